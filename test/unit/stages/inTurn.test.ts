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

describe("stages in order", () => {
    const FORMAT: Fake = { name: "format" };
    const UNIT: Fake = { name: "unit", early: true };
    const AGENT: Fake = { name: "agent" };

    it("include an early stage, which begins with the first one and prints nothing before its turn", async () => {
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

    it("run an early stage like any other if it is the first or the only one", async () => {
        const run = (_stage: Fake, output?: number) => Promise.resolve(output);
        expect(await inTurn([UNIT, AGENT], run, () => undefined)).to.deep.equal([undefined, undefined]);
    });

    it("show stored output unchanged, also in a file", async () => {
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

describe("the processes of a stage", () => {
    const files = Array.from({ length: 25 }, (_, i) => `${i}`);

    it("get each test file once, and neighbours in different processes", () => {
        const dealt = shares(files, 2);
        expect(dealt.flat()).to.have.members(files);
        expect(dealt.map(([first]) => first)).to.deep.equal(["0", "1"]);
    });

    it("are few if there are few files", () => {
        expect(shares(files, 8)).to.have.length(2);
        expect(shares(files.slice(0, 3), 8)).to.deep.equal([files.slice(0, 3)]);
    });
});
