import { expect } from "chai";
import { doctor } from "../../../cli/commands/doctor";
import { logs } from "../../../cli/commands/logs";
import { status } from "../../../cli/commands/status";
import { healthy } from "./exams";
import { FakePair } from "./fakePair";

describe("failover status, logs and doctor", () => {
    let pair: FakePair;

    beforeEach(() => (pair = new FakePair()));
    afterEach(() => expect(pair.closed).to.equal(1));

    it("status shows both nodes and a verdict, whose level is the exit code", async () => {
        const { code, printed } = await pair.failover(status);
        expect(code).to.equal(0);
        expect(printed).to.contain("OK: web0 is MASTER and holder, web1 is ready to take over");
    });

    it("status --json and the exit code agree", async () => {
        pair.node("web1").up = false;
        const { code, printed } = await pair.failover(status, "--json");
        expect(code).to.equal(1);
        expect(JSON.parse(printed)).to.include({ level: "warning" });
    });

    it("logs shows the lines of both nodes, and fails for a node that did not answer", async () => {
        const { code, printed } = await pair.failover(logs, "--since", "10m");
        expect([code, printed.match(/web[01] keepalived: state/g)]).to.deep.equal([
            0,
            ["web0 keepalived: state", "web1 keepalived: state"],
        ]);
    });

    it("logs continues without a node that does not answer", async () => {
        pair.node("web0").up = false;
        const { code, printed, said } = await pair.failover(logs);
        expect(code).to.equal(1);
        expect(said).to.contain("web0 cannot be reached");
        expect(printed).to.contain("web1 keepalived: state");
    });

    it("doctor finds nothing wrong with a healthy pair", async () => {
        const { code, printed } = await pair.failover(doctor);
        expect([code, printed.split("\n").at(-1)]).to.deep.equal([0, "nothing is wrong"]);
    });

    it("doctor prints each finding with what to do about it", async () => {
        pair.exam = (index) => ({ ...healthy(index), tokenFile: null, nonlocalBind: "0" });
        const { code, printed } = await pair.failover(doctor);
        expect(code).to.equal(2);
        const ways = printed.split("\n").filter((line) => line.trim().startsWith("→ "));
        expect(ways).to.have.length(4);
        expect(printed)
            .to.match(/critical +token +web0: .*\n +→ pulumi up /)
            .and.match(/4 found$/);
    });

    it("doctor --json prints the same findings", async () => {
        pair.exam = (index) => ({ ...healthy(index), tokenFile: null });
        const { printed } = await pair.failover(doctor, "--json");
        const { level, findings } = JSON.parse(printed) as {
            level: string;
            findings: { level: string; way: string | null }[];
        };
        expect(level).to.equal("critical");
        expect(findings.every((finding) => (finding.level === "ok") === (finding.way === null))).to.equal(true);
    });

    it("doctor says how to reach a node that does not answer, and examines the other one", async () => {
        pair.node("web1").up = false;
        const { code, printed } = await pair.failover(doctor);
        expect(code).to.equal(2);
        expect(printed).to.match(/ssh +web1 cannot be reached: .*\n +→ .*hcloud server poweron 43/);
        expect(printed).to.contain("web0: the token is good");
    });

    it("doctor reports a node that could not be examined", async () => {
        pair.instead = ({ name }, command) =>
            name === "web0" && command.startsWith("python3 - ")
                ? { code: 127, stderr: "python3: command not found" }
                : undefined;
        const { code, printed } = await pair.failover(doctor);
        expect(code).to.equal(2);
        expect(printed).to.contain("web0: the examination failed with exit code 127: python3: command not found");
    });
});
