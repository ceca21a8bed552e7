import { expect } from "chai";
import { median, ratio, silence, typical } from "../../../../lab/bench/statistics";

describe("the benchmark's statistics", () => {
    it("the median: the one in the middle, or the mean of the two", () => {
        expect(median([3, 100, 1])).to.equal(3);
        expect(median([4, 1, 2, 100])).to.equal(3);
        expect(() => median([])).to.throw(RangeError);
    });

    it("leaves the numbers in their order", () => {
        const numbers = [3, 1, 2];
        median(numbers);
        expect(numbers).to.deep.equal([3, 1, 2]);
    });

    it("a ratio has three places, and is null where there is nothing to divide by", () => {
        expect(ratio(1000, 3000)).to.equal(0.333);
        expect(ratio(5, 0)).to.equal(null);
        expect(ratio(5, null)).to.equal(null);
    });

    it("silence is the sum of all times without an answer, by when they were asked", () => {
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

    it("the typical one is closest to the median", () => {
        expect(typical([{ ms: 900 }, { ms: 10 }, { ms: 12 }], ({ ms }) => ms)).to.deep.equal({ ms: 12 });
    });
});
