import type { Counts } from "./mocha";

/** If more than this failed, their neighbours were not the reason. */
export const MOST = 3;

/**
 * Tests run side by side to save time, and many of them compare times. Such a comparison means nothing while all
 * processors are busy, so a second run, alone, decides about a failure beside other tests. The first failure is printed,
 * and the table marks the second run.
 *
 * @param found What ran beside each other.
 * @param again Runs what has this name once more.
 * @returns What counts, in the same order.
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
