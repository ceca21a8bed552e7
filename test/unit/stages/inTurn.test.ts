import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { inTurn } from "../../stages/inTurn";
import { kept } from "../../stages/output";
import { shares } from "../../stages/shares";

interface Fake {
    name: string;
    early?: boolean;
}

describe("stages in their turn", () => {
    const FORMAT: Fake = { name: "format" };
    const UNIT: Fake = { name: "unit", early: true };
    const AGENT: Fake = { name: "agent" };

    it("an early one begins with the first one, and says nothing before its turn", async () => {
        const events: string[] = [];
        let unitEnds = () => undefined as void;
        const run = async ({ name }: Fake, output?: number) => {
            events.push(`${name} begins`);
            if (output !== undefined) {
                await new Promise<void>((resolve) => (unitEnds = resolve));
            } else if (name === "format") {
                unitEnds();
            }
            events.push(`${name} ends`);
            return name;
        };
        const head = ({ name }: Fake, beside: boolean) => events.push(`head ${name} ${beside}`);
        expect(await inTurn([FORMAT, UNIT, AGENT], run, head)).to.deep.equal(["format", "unit", "agent"]);
        expect(events).to.deep.equal([
            "unit begins",
            "head format false",
            "format begins",
            "format ends",
            "unit ends",
            "head unit true",
            "head agent false",
            "agent begins",
            "agent ends",
        ]);
    });

    it("an early one that is the first one or the only one is like any other", async () => {
        const run = (_stage: Fake, output?: number) => Promise.resolve(output);
        expect(await inTurn([UNIT, AGENT], run, () => undefined)).to.deep.equal([undefined, undefined]);
    });

    it("what was kept is shown as it was written, also into a file", async () => {
        const { result, show } = await kept((output) => Promise.resolve(fs.writeSync(output, "said\n")));
        expect(result).to.equal(5);
        const file = path.join(os.tmpdir(), `failover-pair-shown-${process.pid}`);
        const output = fs.openSync(file, "a");
        show(output);
        fs.closeSync(output);
        expect(fs.readFileSync(file, "utf8")).to.equal("said\n");
        fs.rmSync(file);
    });
});

describe("the shares of the processes of a stage", () => {
    const files = Array.from({ length: 25 }, (_, i) => `${i}`);

    it("have each file once, and the neighbours apart", () => {
        const dealt = shares(files, 2);
        expect(dealt.flat()).to.have.members(files);
        expect(dealt.map(([first]) => first)).to.deep.equal(["0", "1"]);
    });

    it("are no more than are worth a process", () => {
        expect(shares(files, 8)).to.have.length(2);
        expect(shares(files.slice(0, 3), 8)).to.deep.equal([files.slice(0, 3)]);
    });
});
