import { Random } from "../../../lab/stack/random";

/** The output of a malicious or broken node, made from a seed, so that a failing case can be repeated. */
export class Hostile extends Random {
    /** The same JSON with some places changed. */
    mutated(good: unknown): unknown {
        const value = structuredClone(good);
        const root = { value };
        for (let times = 1 + Math.floor(this.next() * 4); times > 0; times--) {
            const [parent, key] = this.place(root);
            if (this.next() < 0.2) {
                delete parent[key];
            } else {
                parent[key] = this.odd();
            }
        }
        return root.value;
    }

    /** The same as text. Every fifth text is not valid JSON. */
    said(good: unknown): string {
        const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
        const text = (JSON.stringify(this.mutated(good)) ?? "").replaceAll(`"${DEEP}"`, nested);
        return this.next() < 0.2 ? this.garbled(text) : text;
    }

    /** The same text, cut off or with something inserted. */
    private garbled(text: string): string {
        const at = Math.floor(this.next() * text.length);
        return this.next() < 0.5 ? text.slice(0, at) : text.slice(0, at) + this.pick(WORDS) + text.slice(at);
    }

    private odd(): unknown {
        return this.pick<() => unknown>([
            () => this.pick(WORDS),
            () => this.pick([null, true, false, 0, -1, 1e300, -1e300, 1e15, 2 ** 53, 0.1, ""]),
            () => [],
            () => ({}),
            () => [this.pick(WORDS), null, 7, {}],
            () => ({ [this.pick(WORDS)]: this.pick(WORDS), constructor: 1, toString: null }),
            () => JSON.parse('{"__proto__": {"exit": 0}, "length": 5}') as unknown,
            () => DEEP,
            () => Array.from({ length: 3000 }, () => this.pick(WORDS)),
            () => this.pick(WORDS).repeat(500),
        ])();
    }

    private place(root: Record<string, unknown>): [Record<string, unknown>, string] {
        let [parent, key] = [root, "value"];
        for (;;) {
            const value = parent[key];
            const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
            if (keys.length === 0 || (parent !== root && this.next() < 0.4)) {
                return [parent, key];
            }
            [parent, key] = [value as Record<string, unknown>, this.pick(keys)];
        }
    }
}

/** A placeholder for nested arrays, deeper than a program's stack. */
const DEEP = "@deep@";

export const WORDS = [
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\u202egnp.exe\u2066",
    "\u2028\u2029",
    "\ud800",
    "\ufeff\u200b\u{e0041}",
    "a\0b",
    "line\nOK: all is well\r\x7f",
    "$(reboot); `reboot` 'x' \"y\" | & > /etc/passwd",
    "-oProxyCommand=reboot",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "__proto__",
    "MASTER",
    "BACKUP",
    "web0",
    "web1",
    "10.0.1.1",
];

/** The characters that must never be shown, except line breaks. */
export const FORBIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
