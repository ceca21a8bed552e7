/**
 * For a callback of `apply` that may throw: the same outcome, and a rejection that takes no time.
 *
 * Pulumi's SDK opens a debugger's session. With one open, V8 looks for a handler whenever a promise is rejected: from
 * its newest reaction on, through all promises that follow from it, and again through each that is reached in several
 * ways. In the graph of a pair that took more than a minute (node 20, `Isolate::PromiseHasUserDefinedRejectHandler`). A
 * handler that is added last is found first.
 */
export function refusable<T>(work: () => T | Promise<T>): Promise<T> {
    const outcome = new Promise<T>((resolve, reject) => {
        const refuse = (error: Error) => {
            outcome.catch(() => undefined);
            reject(error);
        };
        // this promise has one reaction with a handler, so what `work` throws is looked up at once too
        Promise.resolve().then(work).then(resolve, refuse);
    });
    return outcome;
}
