import { describeRows } from "./rows";

// a rule without a count: assignments that come too early are refused and start no action
const HANGS = { kind: "actionHangs", match: { method: "POST" } } as const;

describeRows("an action that hangs", [
    { name: "at the clear, for 6 s", faults: [{ ...HANGS, at: "clear", forMs: 6000 }], withinMs: 9000 },
    { name: "at the assign, for 6 s", faults: [{ ...HANGS, at: "assign", forMs: 6000 }], withinMs: 8000 },
    {
        name: "at the assign, for longer than the agent waits",
        faults: [{ ...HANGS, at: "assign", forMs: 22_000 }],
        cause: "action-hangs",
        withinMs: 30_000,
    },
]);
