import { expect } from "chai";
import { Sample, measureOutage, outageText } from "../../../cli/client/outage";

/** "a" and "b" are answers of that node, "." is a lost one; one request every 20 ms. */
function samples(history: string): Sample[] {
    return [...history].map((c, seq) => ({
        seq,
        sentAt: seq * 20,
        ms: c === "." ? null : 1,
        answer: c === "." ? null : c,
    }));
}

describe("measureOutage", () => {
    it("counts from the first lost answer to the first good one", () => {
        expect(measureOutage(samples("aaa...bb"))).to.deep.equal({
            outageMs: 60,
            parts: [60],
            lost: 3,
            before: "a",
            after: "b",
        });
    });

    it("is 0 if nothing was lost, even if another node answers now", () => {
        expect(measureOutage(samples("aabb"))).to.deep.equal({
            outageMs: 0,
            parts: [],
            lost: 0,
            before: "a",
            after: "b",
        });
    });

    it("continues through a single answer between lost ones", () => {
        expect(measureOutage(samples("aa..a..bb"))).to.deep.equal({
            outageMs: 100,
            parts: [100],
            lost: 4,
            before: "a",
            after: "b",
        });
    });

    it("has several parts if the address was back for half a second in between", () => {
        const back = "b".repeat(25);
        const outage = measureOutage(samples(`aa..${back}${back}.....${back}`));
        expect(outage).to.deep.include({ outageMs: 140, parts: [40, 100], lost: 7 });
        expect(outageText(outage)).to.equal("140 ms (40 + 100)");
        expect(measureOutage(samples(`aa..${back.slice(1)}..${back}`)).parts).to.deep.equal([560]);
    });

    it("sorts by sequence number, because a lost answer is known later than a good one sent after it", () => {
        const late = samples("a.b");
        expect(measureOutage([late[0], late[2], late[1]]).outageMs).to.equal(20);
    });

    it("refuses to give the length of an outage that has not ended", () => {
        expect(() => measureOutage(samples("aa.."))).to.throw("no answer since request 2");
    });
});
