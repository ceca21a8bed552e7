import { expect } from "chai";
import { once } from "events";
import * as inspector from "inspector";
import { refusable } from "../../../components/refusable";

/** Of promises that follow from one: each level doubles the ways to the last one. */
const LEVELS = 18;

/** How long (ms) the rejection of a promise takes from which a graph of promises follows, as from an argument of a pair. */
async function rejection(refuse: () => Promise<number>): Promise<number> {
    let last = refuse();
    for (let level = 0; level < LEVELS; level++) {
        const before = last;
        last = Promise.all([before.then((n) => n), before.then((n) => n)]).then(([n]) => n);
    }
    const from = performance.now();
    // no handler: with one at the end of the graph, the first way through it would lead to a handler
    const [error] = (await once(process, "unhandledRejection")) as [Error];
    expect(error.message).to.equal("refused");
    return performance.now() - from;
}

describe("a callback of apply that throws", function () {
    this.timeout(60_000);
    const session = new inspector.Session();

    let listeners: NodeJS.UnhandledRejectionListener[] = [];

    before(() => {
        session.connect();
        session.post("Debugger.enable");
        listeners = process.listeners("unhandledRejection");
        process.removeAllListeners("unhandledRejection");
    });
    after(() => {
        session.disconnect();
        listeners.forEach((listener) => process.on("unhandledRejection", listener));
    });

    const later = () => new Promise((resolve) => setTimeout(resolve, 20));
    const rows: [string, () => number | Promise<number>][] = [
        [
            "before it waits",
            () => {
                throw new Error("refused");
            },
        ],
        [
            "after it has waited",
            async () => {
                await later();
                throw new Error("refused");
            },
        ],
    ];
    for (const [when, work] of rows) {
        it(`${when} takes no time for each way through the promises that follow`, async () => {
            const plain = await rejection(async () => {
                await later();
                return work();
            });
            const ours = await rejection(() => refusable(work));
            console.log(`      ${plain.toFixed(0)} ms without refusable, ${ours.toFixed(0)} ms with it`);
            expect(ours).to.be.lessThan(plain / 4);
        });
    }

    it("passes on the value", async () => {
        expect(await refusable(() => 1)).to.equal(1);
        expect(await refusable(() => Promise.resolve(2))).to.equal(2);
    });
});
