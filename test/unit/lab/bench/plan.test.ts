import { expect } from "chai";
import { parse as parseWords } from "../../../../cli/options";
import { FAULT_NAMES } from "../../../../lab/bench/faults";
import { OPTIONS, optionsOf } from "../../../../lab/bench/options";
import { describePlan, nameOf, phases, planOf, secondsOf } from "../../../../lab/bench/plan";
import { Random } from "../../../../lab/stack/random";

const parse = (...words: string[]) => optionsOf(parseWords("bench", words, OPTIONS).values, () => 7);

describe("the benchmark's options", () => {
    it("have defaults", () => {
        const { mode, rounds, latencyMs, actionMs, faults, seed, load } = parse();
        expect({ mode, rounds, latencyMs, actionMs, seed, load }).to.deep.equal({
            mode: null,
            rounds: 10,
            latencyMs: 60,
            actionMs: 800,
            seed: 7,
            load: false,
        });
        expect(faults).to.deep.equal(FAULT_NAMES);
    });

    it("are read from the command line", () => {
        const { rounds, faults, seed, quick } = parse("--quick", "--rounds", "3", "--faults", "partition, switchover");
        expect({ rounds, faults, seed, quick }).to.deep.equal({
            rounds: 3,
            faults: ["partition", "switchover"],
            seed: 7,
            quick: true,
        });
        expect(parse("--seed", "0", "--cost").mode).to.equal("cost");
        expect(parse("--scale").mode).to.equal("scale");
    });

    it("are refused with the mistake and the valid values", () => {
        expect(() => parse("--rounds", "0")).to.throw("--rounds 0: write a whole number, at least 1");
        expect(() => parse("--latency", "fast")).to.throw("--latency fast");
        expect(() => parse("--faults", "partition,fire")).to.throw(/unknown fault "fire": choose from service-crash, /);
        expect(() => parse("--cost", "--scale")).to.throw("--cost and --scale exclude each other");
        expect(() => parse("--fast")).to.throw(/--fast/);
    });
});

describe("the benchmark's plan", () => {
    it("has the note, three presets with and without the bridge, then a sweep of the API's times", () => {
        const legs = planOf(parse());
        const first = legs.filter(({ api }) => api.latencyMs === 60);
        expect(first.map(({ variant }) => nameOf(variant))).to.deep.equal([
            "the note",
            "pair, fast, bridge off",
            "pair, fast, bridge on",
            "pair, balanced, bridge off",
            "pair, balanced, bridge on",
            "pair, conservative, bridge off",
            "pair, conservative, bridge on",
        ]);
        expect(first.every(({ faults, rounds }) => faults.length === FAULT_NAMES.length && rounds === 10)).to.equal(
            true,
        );
        const swept = legs.slice(first.length).map(({ api }) => `${api.latencyMs}/${api.actionMs}`);
        expect([...new Set(swept)]).to.deep.equal(["30/400", "120/1600"]);
    });

    it("has one preset and no sweep with --quick, and takes less than five minutes", () => {
        const legs = planOf(parse("--quick"));
        expect(legs).to.have.length(3);
        expect(secondsOf(legs)).to.be.below(300);
        expect(describePlan(legs, 7)).to.match(
            /^seed 7; this will take about 4 minutes:\n {2}API 60\/800 ms, the note: /,
        );
    });

    it("sweeps only the faults that were asked for", () => {
        expect(planOf(parse("--faults", "switchover"))).to.have.length(7);
    });
});

describe("the times at which the rounds strike", () => {
    it("are the same for the same seed", () => {
        expect(phases(new Random(3), 10)).to.deep.equal(phases(new Random(3), 10));
        expect(phases(new Random(3), 10)).to.not.deep.equal(phases(new Random(4), 10));
    });

    it("are spread evenly over an interval", () => {
        const parts = phases(new Random(3), 10).map((share) => Math.floor(share * 10));
        expect([...parts].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        expect(parts).to.not.deep.equal([...parts].sort());
    });
});
