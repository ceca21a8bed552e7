/**
 * Handlers for Ctrl-C. Only the one that was added last is called, so that the innermost work decides what is undone.
 */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const handlers: (() => void)[] = [];

/** @returns a function that removes the handler */
export function onInterrupt(handler: () => void): () => void {
    if (handlers.length === 0) {
        SIGNALS.forEach((signal) => process.on(signal, interrupt));
    }
    handlers.push(handler);
    return () => {
        handlers.splice(handlers.lastIndexOf(handler), 1);
        if (handlers.length === 0) {
            SIGNALS.forEach((signal) => process.off(signal, interrupt));
        }
    };
}

function interrupt(): void {
    handlers.at(-1)?.();
}
