import { expect } from "chai";
import { compare, middleMean, order, verdict } from "../../../../lab/bench/cost/compare";
import { median } from "../../../../lab/bench/statistics";
import { pingTime } from "../../../../lab/bench/cost/traffic";
import { readingOf, unitCosts } from "../../../../lab/bench/cost/units";

describe("the cost of the pair without faults", () => {
    it("is the median of an even or an odd number of values", () => {
        expect(median([3, 1, 2])).to.equal(2);
        expect(median([4, 1, 3, 2])).to.equal(2.5);
    });

    it("is compared within each round, because a machine that is slow for a while slows both halves", () => {
        const rounds = [
            { vip: 100, own: 100 },
            { vip: 49, own: 50 },
            { vip: 99, own: 100 },
        ];
        expect(compare(rounds, "more")).to.deep.include({ vip: 99, own: 100, ratio: 0.99, between: [0.98, 1] });
    });

    it("has a ratio below 1 if it is worse, for latency too", () => {
        expect(compare([{ vip: 2, own: 1 }], "less").ratio).to.equal(0.5);
        expect(compare([{ vip: 1, own: 2 }], "more").ratio).to.equal(0.5);
    });

    it("is more certain with more rounds, and misses a goal only if noise cannot be the reason", () => {
        const rounds = (count: number) => Array.from({ length: count }, (_, i) => ({ vip: 90 + (i % 11), own: 100 }));
        const [few, many] = [compare(rounds(11), "more"), compare(rounds(1100), "more")];
        expect([few.ratio, many.ratio]).to.deep.equal([0.95, 0.95]);
        expect(few.between[1] - few.between[0]).to.be.above(many.between[1] - many.between[0]);
        expect([few, many].map((one) => verdict(one, 0.97))).to.deep.equal(["too noisy to tell", "missed"]);
        expect(verdict(many, 0.95)).to.equal("ok");
    });

    it("uses the mean of the middle half", () => {
        expect(middleMean([1000, 1, 2, 3, 4, 0])).to.equal(2.5);
    });

    it("is measured with each of the two ways first equally often", () => {
        const first = [0, 1, 2, 3].map((round) => order(round, ["vip", "own"])[0]);
        expect(first).to.deep.equal(["vip", "own", "vip", "own"]);
    });

    it("reads ping's output, and refuses lost replies", () => {
        const reply = (ms: number) => `64 bytes from 10.0.1.1: icmp_seq=1 ttl=63 time=${ms} ms\n`;
        const end = "3 packets transmitted, 3 received, 0% packet loss, time 4ms\n";
        expect(pingTime(reply(0.1) + reply(0.3) + reply(0.2) + end)).to.be.closeTo(0.2, 1e-9);
        expect(() => pingTime(reply(0.1) + end)).to.throw("1 of 3 pings were answered");
    });

    it("is scaled to an hour for each unit, and shows units without processes", () => {
        const lines = (at: number, used: number) => [`a.service ${at}.5 ${used} 2 100`, `b.service ${at} 0 0 0`];
        const [a, b] = unitCosts("web0", lines(1000, 5_000_000).map(readingOf), lines(1060, 5_500_000).map(readingOf));
        expect(a).to.include({ node: "web0", unit: "a.service", processes: 2, memoryBytes: 102_400 });
        expect(a.cpuSecondsPerHour).to.be.closeTo(30, 1e-9);
        expect(b).to.include({ unit: "b.service", processes: null, cpuSecondsPerHour: 0 });
    });
});
