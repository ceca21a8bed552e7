import type { Greeting } from "./greeting";

/** What a watch looks at, and how patient it is, in seconds. */
export interface Watched {
    ask: () => Promise<Greeting>;
    /** Between two questions. */
    every: number;
    /** So many times in a row it was silent: it will not speak any more. */
    misses: number;
    /** The longest time that the step may take in any case. */
    longest: number;
}

/**
 * Waits for the end of a step whose plugin reads without a limit once it is connected. A node that cannot be reached is
 * left to TCP, which ends a connection to a dead peer: after 2.5 minutes by the keep-alive probes that Go sends.
 *
 * @returns why the step is to be ended, or undefined when it has ended by itself
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
            return `accepts connections to its SSH port and then is silent, for ${misses * every} s in the middle of a step`;
        }
        if (performance.now() >= last) {
            return `has not ended a step within ${longest / 60} minutes`;
        }
    }
}

/** Whether it settles in this time. The timer alone does not keep the program running. */
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
