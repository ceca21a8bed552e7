import { expect } from "chai";
import { style } from "../../../cli/terminal/style";
import { ruledTable, table } from "../../../cli/terminal/table";
import { shown } from "../../../cli/wire/plain";
import { span, when } from "../../../cli/terminal/when";

describe("text on a terminal", () => {
    it("has colours on a terminal only, and not with NO_COLOR", () => {
        expect(style({ isTTY: true }, {}).good("x")).to.equal("\x1b[32mx\x1b[39m");
        expect(style({ isTTY: true }, {}).level(2, "x")).to.equal("\x1b[31mx\x1b[39m");
        expect(style({ isTTY: false }, {}).good("x")).to.equal("x");
        expect(style({ isTTY: true }, { NO_COLOR: "1" }).good("x")).to.equal("x");
        expect(style({ isTTY: true }, { NO_COLOR: "" }).good("x")).to.equal("\x1b[32mx\x1b[39m");
        expect(style({ isTTY: true }, { TERM: "dumb" }).good("x")).to.equal("x");
    });

    it("keeps its colours and no other terminal sequence", () => {
        const { good, warning, critical, strong, dim } = style({ isTTY: true }, {});
        const text = [good, warning, critical, strong, dim].map((paint) => paint("x")).join("");
        expect(text).to.contain("\x1b[");
        expect(shown(text)).to.equal(text);
        expect(shown("\x1b[2J\x1b[0m")).to.equal("\\u001b[2J\\u001b[0m");
    });

    it("is in aligned columns, with and without colours", () => {
        const red = style({ isTTY: true }, {}).critical("no");
        expect(
            table([
                ["a", red, "c"],
                ["long", "b", "–"],
            ]),
        ).to.equal(`a     ${red}  c\nlong  b   –`);
        expect(
            ruledTable(
                [
                    ["fault", "ms"],
                    ["x", "1820"],
                ],
                [1],
            ),
        ).to.equal("fault    ms\n-----  ----\nx      1820");
    });

    it("has times that a person can read", () => {
        expect(when(new Date(2026, 7, 1, 2, 3, 4, 5).getTime(), true)).to.equal("2026-08-01 02:03:04.005");
        expect([0.25, 3.2, 45, 300, 9000, 200_000].map(span)).to.deep.equal([
            "0.25 s",
            "3.2 s",
            "45 s",
            "5 min",
            "2 h",
            "2 d",
        ]);
    });
});
