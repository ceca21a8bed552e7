/** What a command's exit code says; alias-switch on the nodes has the same. */
export const EXIT = { good: 0, warning: 1, critical: 2, cannotTell: 3, interrupted: 130 } as const;

/** Something that the operator has to put right: its message names what, and the way out. It is shown without a stack. */
export class Problem extends Error {
    readonly exit: number = EXIT.cannotTell;
}

/** What was begun did not end well. */
export class Failed extends Problem {
    override readonly exit = EXIT.warning;
}

/** The operator has had enough. */
export class Interrupted extends Problem {
    override readonly exit = EXIT.interrupted;

    constructor() {
        super("interrupted; what was broken is mended");
    }
}

export type Level = 0 | 1 | 2;
export const LEVELS = ["ok", "warning", "critical"] as const;
