/** Aborts when the engine cancels everything or this operation, or when the operation's time limit is over. */
export function signalFor(
    cancelled: AbortSignal,
    timeoutSeconds: number,
    onHangUp: (end: () => void) => void,
): { signal: AbortSignal; release: () => void } {
    const controller = new AbortController();
    const cancel = (): void => controller.abort(new Error("context canceled"));
    cancelled.addEventListener("abort", cancel);
    onHangUp(cancel);
    if (cancelled.aborted) {
        cancel();
    }
    // the engine sends 0 for a resource without customTimeouts
    const timeUp = (): void => controller.abort(new Error("context deadline exceeded"));
    const timer = timeoutSeconds > 0 ? setTimeout(timeUp, timeoutSeconds * 1000) : undefined;
    return {
        signal: controller.signal,
        release: () => {
            clearTimeout(timer);
            cancelled.removeEventListener("abort", cancel);
        },
    };
}
