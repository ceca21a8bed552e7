import { expect } from "chai";
import { COUNTS_MS, goneBack, promotionsOf } from "../../../cli/client/history";
import type { Sample } from "../../../cli/client/outage";

const EVERY = 100;

/** One node after the other answers for so many ms; null: no answer. */
function answers(...parts: [who: string | null, ms: number][]): Sample[] {
    const who = parts.flatMap(([name, ms]) => Array<string | null>(ms / EVERY).fill(name));
    return who.map((answer, seq) => ({ seq, sentAt: seq * EVERY, ms: answer === null ? null : 1, answer }));
}

const LONG = 2 * COUNTS_MS;
const BEFORE = { node: "a", at: -1000 };

describe("what clients saw, as a history", () => {
    it("goes on from one promotion to the next", () => {
        const history = answers(["a", LONG], [null, 1000], ["b", LONG], ["a", LONG]);
        expect(goneBack(history, [BEFORE, { node: "b", at: LONG }, { node: "a", at: 2 * LONG + 1000 }])).to.deep.equal(
            [],
        );
    });

    it("went back if a node answers again without another promotion", () => {
        const history = answers(["a", LONG], ["b", LONG], ["a", LONG]);
        expect(goneBack(history, [BEFORE, { node: "b", at: LONG }])).to.deep.equal([
            "a answers again, and b, which was promoted later, had answered before",
        ]);
    });

    it("begins with the node that answers first, whenever that was promoted", () => {
        expect(
            goneBack(answers([null, EVERY], ["a", LONG], ["b", LONG], ["a", LONG]), [{ node: "b", at: LONG }]),
        ).to.have.length(1);
    });

    it("counts only a node that answers for some seconds without a lost answer", () => {
        const short = COUNTS_MS / 2;
        const promotions = [BEFORE, { node: "b", at: LONG }];
        expect(goneBack(answers(["a", LONG], ["b", short], ["a", LONG]), promotions)).to.deep.equal([]);
        expect(
            goneBack(answers(["a", LONG], ["b", LONG], ["a", short], [null, 100], ["a", short]), promotions),
        ).to.deep.equal([]);
    });

    it("tells nothing of answers without a known promotion", () => {
        expect(goneBack(answers(["answered", LONG], ["b", LONG], ["answered", LONG]), [BEFORE])).to.deep.equal([]);
    });

    it("takes the promotions from keepalived's journals", () => {
        const line = { at: 5, node: "a", unit: "Keepalived_vrrp", priority: 6 };
        const texts = ["(nginx) Entering BACKUP STATE", "(nginx) Entering MASTER STATE"];
        expect(promotionsOf(texts.map((text) => ({ ...line, text })))).to.deep.equal([{ node: "a", at: 5 }]);
    });
});
