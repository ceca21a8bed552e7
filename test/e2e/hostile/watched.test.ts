import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { tell } from "../support/askedPair";
import { own } from "./support";

/** ms from an event to the track file, on a busy machine. */
const AT_ONCE = 1000;

type Told = [ms: number, value: string][];

describe("a watched service whose user writes its environment", function () {
    this.timeout(120_000);
    afterEach(() => own.well());
    let found: Record<string, Told> & { "ran as": string[] };

    before(async function () {
        this.timeout(120_000);
        const node = own.pair.other(await own.master());
        const program = readFileSync(join(__dirname, "watchedUnit.py"), "utf8");
        const { stdout } = await own.exec(node, ["python3", "-"], { input: program });
        found = JSON.parse(stdout) as typeof found;
        Object.entries(found).forEach(([what, told]) => tell(`${what}: ${told.map((one) => String(one)).join(" ")}`));
    });

    it("cannot make root run anything", () => {
        expect(found["ran as"]).to.not.include("0");
    });

    it("has no program of this project in its unit", async () => {
        const names = ["ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"];
        const show = names.map((name) => `--property=${name}`).join(" ");
        expect(await own.run(await own.master(), `systemctl show ${show} nginx.service`)).to.not.contain(
            "failover-pair",
        );
    });

    for (const [what, values] of Object.entries({
        start: ["1", "0"],
        restart: ["0"],
        reload: ["0"],
        crash: ["0", "1"],
        stop: ["0", "1"],
        "slow stop": ["0", "1"],
        "crash, slow ExecStopPost": ["0", "1"],
        "crash, started again": ["0", "1", "0"],
        "restart that fails": ["0", "1"],
        "what tells is stopped": ["0"],
    })) {
        it(`${what}: the track file gets ${values.join(", ")}`, () => {
            expect(found[what].map(([, value]) => value)).to.deep.equal(values);
            if (values[1] === "1") {
                expect(found[what][1][0]).to.be.below(AT_ONCE);
            }
        });
    }

    it("crash, started again at once: the last value in the track file is 0", () => {
        expect(found["crash, started again at once"].at(-1)![1]).to.equal("0");
    });
});
