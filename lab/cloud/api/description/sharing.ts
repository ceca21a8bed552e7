import type { DescribedOperation, Reduced, Schema } from "./reduced";

/** A schema shorter than this is written out each time. */
const WORTH_A_NAME = 100;

/** Takes schemas that occur more than once out of a description: a server alone occurs in eight operations. */
export class Sharing {
    private readonly count = new Map<string, number>();
    private readonly names = new Map<string, string>();
    private readonly schemas: Record<string, Schema> = {};

    share(operations: Record<string, DescribedOperation>): Reduced {
        for (const { request, answers } of Object.values(operations)) {
            [request, ...Object.values(answers)].forEach((schema) => this.countIn(schema));
        }
        const shared = Object.entries(operations).map(([name, { request, answers }]) => {
            const bodies = Object.entries(answers).map(
                ([status, schema]) => [status, this.named(schema, /^[45]/.test(status) ? "error" : "answer")] as const,
            );
            const reduced: DescribedOperation = {
                request: this.named(request, "request"),
                answers: Object.fromEntries(bodies),
            };
            return [name, reduced] as const;
        });
        return { operations: Object.fromEntries(shared), schemas: this.schemas };
    }

    private countIn(node: unknown): void {
        if (typeof node === "object" && node !== null) {
            const text = JSON.stringify(node);
            const seen = this.count.get(text) ?? 0;
            this.count.set(text, seen + 1);
            // what is inside a schema that gets a name occurs once, however often the schema does
            if (seen === 0) {
                Object.values(node).forEach((inner) => this.countIn(inner));
            }
        }
    }

    /** @param hint where the schema stands, which names it */
    private named<T>(node: T, hint: string): T {
        if (typeof node !== "object" || node === null) {
            return node;
        }
        const text = JSON.stringify(node);
        // the fields of an object may include one that is called `type`
        const isSchema = "type" in node && typeof node.type === "string";
        if (!isSchema || text.length < WORTH_A_NAME || this.count.get(text) === 1) {
            return this.inside(node);
        }
        if (!this.names.has(text)) {
            const name = this.freeName(hint);
            this.names.set(text, name);
            this.schemas[name] = {};
            this.schemas[name] = this.inside(node);
        }
        return { $ref: this.names.get(text) } as T;
    }

    private inside<T extends object>(node: T): T {
        if (Array.isArray(node)) {
            return node.map((item: unknown) => this.named(item, "item")) as unknown as T;
        }
        const entries = Object.entries(node).map(([key, value]) => [key, this.named(value as unknown, key)]);
        return Object.fromEntries(entries) as T;
    }

    private freeName(hint: string): string {
        let name = hint;
        for (let number = 2; name in this.schemas; number++) {
            name = `${hint}${number}`;
        }
        return name;
    }
}
