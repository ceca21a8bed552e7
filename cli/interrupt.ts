/** What is done at Ctrl-C: one handler at a time, the one that was added last, so that a longer work decides for all around it. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const handlers: (() => void)[] = [];

/** @returns what removes the handler again. */
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
