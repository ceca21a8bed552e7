import type { Counts } from "./mocha";

/** If more tests than this failed, their neighbours were not the reason. */
export const MOST = 3;

/**
 * Tests run side by side to save time, and many of them compare times. Such a comparison is unreliable while all
 * processors are busy, so the result of a second run, alone, counts if a test failed beside others. The first failure
 * is printed, and the table marks the second run.
 *
 * @param found The results of tests that ran side by side.
 * @param again Repeats the tests of this name.
 * @returns The results that count, in the same order.
 */
export async function judgedAlone(found: Counts[], again: (name: string) => Promise<Counts>): Promise<Counts[]> {
    const failures = found.filter(({ failed }) => failed > 0);
    if (failures.length > MOST) {
        return found;
    }
    const seconds = new Map<Counts, Counts>();
    for (const one of failures) {
        const { name = "", failed } = one;
        console.log(`\n== ${name}: ${failed} failed beside other tests; running it alone`);
        const second = await again(name);
        console.log(`== ${name}: ${second.failed === 0 ? "passed" : `${second.failed} failed`} alone`);
        seconds.set(one, { ...second, name, seconds: (one.seconds ?? 0) + (second.seconds ?? 0), alone: true });
    }
    return found.map((one) => seconds.get(one) ?? one);
}
