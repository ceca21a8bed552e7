import { expect } from "chai";
import { median, ratio, silence, typical } from "../../../../lab/bench/statistics";

describe("the benchmark's statistics", () => {
    it("take the middle value as the median, or the mean of the two middle values", () => {
        expect(median([3, 100, 1])).to.equal(3);
        expect(median([4, 1, 2, 100])).to.equal(3);
        expect(() => median([])).to.throw(RangeError);
    });

    it("do not change the order of the numbers", () => {
        const numbers = [3, 1, 2];
        median(numbers);
        expect(numbers).to.deep.equal([3, 1, 2]);
    });

    it("round a ratio to three places, and have null instead of a division by zero", () => {
        expect(ratio(1000, 3000)).to.equal(0.333);
        expect(ratio(5, 0)).to.equal(null);
        expect(ratio(5, null)).to.equal(null);
    });

    it("sum up all times without an answer, by the times of the requests", () => {
        const sample = (letter: string, seq: number) => ({
            seq,
            sentAt: 2 * seq,
            ms: null,
            answer: letter === "." ? null : letter,
        });
        const samples = [..."aa..a...bb"].map(sample);
        expect(silence(samples)).to.equal(4 + 6);
        expect(silence([...samples].reverse())).to.equal(10);
        expect(silence([])).to.equal(0);
    });

    it("choose as typical the value closest to the median", () => {
        expect(typical([{ ms: 900 }, { ms: 10 }, { ms: 12 }], ({ ms }) => ms)).to.deep.equal({ ms: 12 });
    });
});
