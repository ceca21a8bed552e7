import type { StandOptions } from "../../lab/agent/harness";
import { Stand } from "../../lab/agent/harness";

/** A stand for one test, prepared while earlier tests run: some tests need a pair that has been stable for seconds. */
export function early(make: () => Promise<Stand>): () => Promise<Stand> {
    let made: Promise<Stand>;
    before(() => {
        made = make();
        made.catch(() => undefined); // the test reports the error
    });
    after(async () => (await made.catch(() => undefined))?.close());
    return () => made;
}

/** The first node is MASTER, has the alias, and has been so for a while. */
export async function oldMaster(options: StandOptions = {}): Promise<Stand> {
    const stand = await Stand.open(options);
    await stand.startAgents();
    await stand.settle(0);
    await stand.settled();
    return stand;
}
