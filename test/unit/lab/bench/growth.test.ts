import { expect } from "chai";
import { forecast, growth, LINEAR } from "../../../../lab/bench/scale/growth";

const SIZES = [1, 10, 50, 200];
const costs = (cost: (pairs: number) => number) => SIZES.map((pairs) => ({ pairs, cost: cost(pairs) }));

describe("how a cost grows with the number of pairs", () => {
    it("is the slope and base of a line, and has the ratio 1 for a line", () => {
        const { slope, base, ratio } = growth(
            costs((pairs) => 5 + 2 * pairs),
            10,
        );
        expect(slope).to.be.closeTo(2, 1e-9);
        expect(base).to.be.closeTo(5, 1e-9);
        expect(ratio).to.be.closeTo(1, 1e-9);
    });

    it("is more than linear for a square, also with a large first value", () => {
        expect(
            growth(
                costs((pairs) => 1000 + pairs ** 2),
                10,
            ).ratio,
        ).to.be.closeTo(201 / 11, 1e-9);
    });

    it("is linear within the variation of single runs", () => {
        const noisy = costs((pairs) => 5 + 2 * pairs + (pairs === 200 ? 40 : 0));
        expect(growth(noisy, 10).ratio).to.be.within(1, LINEAR);
    });

    it("does not depend on the order, and uses all sizes", () => {
        const points = costs((pairs) => pairs + (pairs === 50 ? 10 : 0));
        expect(growth([...points].reverse(), 10)).to.deep.equal(growth(points, 10));
        expect(growth(points, 10).base).to.be.above(0);
    });

    it("needs the reference size and a smaller size", () => {
        expect(() => growth(costs(Number), 20)).to.throw("20 pairs were not measured");
        expect(() => growth(costs(Number), 1)).to.throw("no smaller size");
    });

    it("predicts the next size from two or more sizes", () => {
        expect(forecast([{ pairs: 1, cost: 3 }], 10)).to.equal(undefined);
        const two = [
            { pairs: 1, cost: 3 },
            { pairs: 10, cost: 12 },
        ];
        expect(forecast(two, 50)).to.be.closeTo(52, 1e-9);
    });
});
