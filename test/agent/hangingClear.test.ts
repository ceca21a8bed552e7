import { describeRows } from "./rows";

// each one, as changes that come too early are refused and start no action
const HANGS = { kind: "actionHangs", match: { method: "POST" } } as const;

describeRows("an action that hangs long", [
    {
        name: "at the clear, for longer than the agent waits",
        faults: [{ ...HANGS, at: "clear", forMs: 22_000 }],
        // whether it is looked at then depends on when it is tried
        cause: /^$|action-hangs/,
        withinMs: 30_000,
    },
]);
