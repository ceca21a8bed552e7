import { describeRows } from "./rows";

// a rule without a count: assignments that come too early are refused and start no action
const HANGS = { kind: "actionHangs", match: { method: "POST" } } as const;

describeRows("an action that hangs for longer", [
    {
        name: "at the clear, for longer than the agent waits",
        faults: [{ ...HANGS, at: "clear", forMs: 22_000 }],
        // the agent reports the action only if it looks at it before its next try
        cause: /^$|action-hangs/,
        withinMs: 30_000,
    },
]);
