/** The exit codes of the commands, the same as those of alias-switch on the nodes. */
export const EXIT = { good: 0, warning: 1, critical: 2, cannotTell: 3, interrupted: 130 } as const;

/**
 * An error that the operator has to fix. The message says what is wrong and what to do, and is printed without a stack
 * trace.
 */
export class Problem extends Error {
    readonly exit: number = EXIT.cannotTell;
}

/** The command started, but failed. */
export class Failed extends Problem {
    override readonly exit = EXIT.warning;
}

/** The operator interrupted the command. */
export class Interrupted extends Problem {
    override readonly exit = EXIT.interrupted;

    constructor() {
        super("interrupted; all changes are undone");
    }
}

export type Level = 0 | 1 | 2;
export const LEVELS = ["ok", "warning", "critical"] as const;
