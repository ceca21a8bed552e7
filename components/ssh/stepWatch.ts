import type { Greeting } from "./greeting";

/** What a watch asks, and its time limits, s. */
export interface Watched {
    ask: () => Promise<Greeting>;
    /** The time between two questions. */
    every: number;
    /** After this many silent answers in a row the node counts as gone. */
    misses: number;
    /** The time limit of the whole step. */
    longest: number;
}

/**
 * Waits for the end of a step, whose plugin reads without a time limit when it is connected. TCP handles a node that
 * cannot be reached: Go's keep-alive probes end a connection to a dead peer after 2.5 minutes.
 *
 * @returns the reason to end the step, or undefined if it ended by itself
 */
export async function watchStep(ended: Promise<unknown>, watched: Watched): Promise<string | undefined> {
    const { ask, every, misses, longest } = watched;
    const last = performance.now() + longest * 1000;
    for (let missed = 0; ;) {
        if (await within(ended, every)) {
            return undefined;
        }
        missed = (await ask()) === "silent" ? missed + 1 : 0;
        if (missed >= misses) {
            return `accepts connections to its SSH port but sent nothing for ${misses * every} s during a step`;
        }
        if (performance.now() >= last) {
            return `did not finish a step within ${longest / 60} minutes`;
        }
    }
}

/** Whether the promise settles in this time. The timer does not keep the program running. */
function within(ended: Promise<unknown>, seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), seconds * 1000).unref();
        const settled = () => {
            clearTimeout(timer);
            resolve(true);
        };
        ended.then(settled, settled);
    });
}
