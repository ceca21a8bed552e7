import { expect } from "chai";
import { describeStep, KINDS, PLANS, schedule, type Step } from "../../../../lab/soak/schedule";

function steps(seed: number, count: number): Step[] {
    const source = schedule(seed);
    return Array.from({ length: count }, () => source.next().value);
}

describe("a soak's schedule", () => {
    it("is the same for the same seed, and differs for another", () => {
        expect(steps(7, 50)).to.deep.equal(steps(7, 50));
        expect(steps(7, 50)).to.not.deep.equal(steps(8, 50));
    });

    it("does not depend on how many steps are used", () => {
        expect(steps(7, 100).slice(0, 50)).to.deep.equal(steps(7, 50));
    });

    it("has every kind of fault sooner or later, each with its planned duration", () => {
        const troubles = steps(1, 1500).flatMap((step) => step.troubles);
        expect([...new Set(troubles.map(({ kind }) => kind))]).to.have.members(KINDS);
        for (const { kind, ms } of troubles) {
            expect(ms, kind).to.be.within(PLANS[kind].from, PLANS[kind].to);
        }
        expect(new Set(troubles.map(({ on }) => on)).size).to.equal(2);
    });

    it("numbers the steps, and gives each at least one fault and never two on the nodes", () => {
        steps(3, 200).forEach(({ number, troubles }, index) => {
            expect(number).to.equal(index + 1);
            expect(troubles).to.not.be.empty;
            expect(troubles.filter(({ kind }) => PLANS[kind].class === "node").length).to.be.at.most(1);
        });
    });

    it("describes a step in one line", () => {
        const troubles = [{ kind: "agent killed", on: "BACKUP", at: 20, ms: 300 } as const];
        expect(describeStep({ number: 4, troubles })).to.equal("4: agent killed (BACKUP, at 20 ms, 300 ms)");
    });
});
