import type { Exchange } from "../pipeline";
import { Description } from "./description";
import { asTemplate } from "./operations";

/** By date: it is read once, however many clouds are held against it. */
const descriptions = new Map<string, Description>();

function descriptionOf(date: string): Description {
    const known = descriptions.get(date) ?? new Description(date);
    descriptions.set(date, known);
    return known;
}

/** Holds every request that the API takes and every answer that it gives against Hetzner's description. */
export class Conformance {
    /** The operations that have been answered with success. */
    readonly succeeded = new Set<string>();
    private readonly description: Description;
    private readonly found: string[] = [];

    /** @param date YYYY-MM-DD, the cloud's own */
    constructor(date: string) {
        this.description = descriptionOf(date);
    }

    see({ method, route, requestBody, status, answer }: Exchange): void {
        const body: unknown = answer === null ? null : JSON.parse(answer);
        const operation = `${method} ${asTemplate((route ?? "").replace(/^\/v1/, ""))}`;
        // also an operation that does not exist before its date
        if (route === null || (status === 404 && !this.description.has(operation))) {
            this.note(`${method} of an unknown path`, status, "answer", this.description.refusalProblems(status, body));
            return;
        }
        this.note(operation, status, "answer", this.description.answerProblems(operation, status, body));
        if (status < 300) {
            this.succeeded.add(operation);
        }
        if (status < 300 && method !== "GET") {
            this.note(operation, status, "request", this.description.requestProblems(operation, requestBody));
        }
    }

    /** @throws Error that names operation, status, and place of each difference since the last call */
    check(): void {
        const found = this.found.splice(0);
        if (found.length > 0) {
            const list = [...new Set(found)].join("\n  ");
            throw new Error(`the local cloud is not what Hetzner describes:\n  ${list}`);
        }
    }

    private note(operation: string, status: number, side: string, problems: string[]): void {
        this.found.push(...problems.map((problem) => `${operation} ${status} ${side}: ${problem}`));
    }
}
