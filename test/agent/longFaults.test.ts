import { describeRows } from "./rows";

const NEVER = { kind: "hang", forMs: 20_000 } as const;

describeRows("a fault that lasts for seconds", [
    {
        name: "423 for 10 s at the clear and the assign",
        faults: [{ kind: "error", status: 423, code: "locked", at: "both", forMs: 10_000 }],
        cause: "locked",
        withinMs: 14_000,
    },
    {
        name: "423 for 10 s at the assign",
        faults: [{ kind: "error", status: 423, code: "locked", at: "assign", forMs: 10_000 }],
        withinMs: 13_000,
    },
    {
        name: "429 for 5 s, until the reset that it names",
        faults: [{ kind: "rateLimitExhausted", resetInSeconds: 5, forMs: 5000 }],
        cause: "rate-limit",
        withinMs: 9000,
    },
    {
        name: "the readings of both servers are never answered",
        faults: [{ ...NEVER, match: { method: "GET" }, count: 2 }],
        cause: "network",
        withinMs: 8000,
    },
    {
        name: "the clear is never answered",
        faults: [{ ...NEVER, at: "clear", count: 1 }],
        cause: "network",
        withinMs: 8000,
    },
    {
        name: "the assign is never answered",
        faults: [{ ...NEVER, at: "assign", count: 1 }],
        cause: "network",
        withinMs: 8000,
    },
]);
