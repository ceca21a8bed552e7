import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { Stand, TOKEN } from "../../lab/agent/harness";
import { took } from "./rows";

const SECOND = "An0ther".repeat(10).slice(0, 64);
const READ_ONLY = "r3ad".repeat(16);

describe("the token", function () {
    this.timeout(40_000);
    let stand: Stand;

    beforeEach(async () => {
        stand = await Stand.open();
        stand.api.addToken(SECOND, { readOnly: false });
        stand.api.addToken(READ_ONLY, { readOnly: true });
        await stand.startAgents();
    });
    afterEach(() => stand.close());

    const installed = () => readFileSync(stand.nodes[0].file("token"), "utf8");

    it("can be replaced while the agent runs with a refused token", async () => {
        stand.api.revokeToken(TOKEN);
        await stand.nodes[0].promote();
        await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*\(token-refused, try 1\)/) === 1);
        expect((await stand.nodes[0].command(["status"])).exitCode).to.equal(2);
        const set = await stand.nodes[0].command(["set-token"], `${SECOND}\n`);
        expect(set.exitCode, set.stderr).to.equal(0);
        const replaced = performance.now();
        await stand.claimed(0);
        expect(performance.now() - replaced).to.be.below(3000);
        expect(statSync(stand.nodes[0].file("token")).mode & 0o777).to.equal(0o400);
    });

    for (const [what, spoil] of [
        ["revoked", () => stand.api.revokeToken(TOKEN)],
        ["made read-only", () => stand.nodes[0].replaceToken(READ_ONLY)],
    ] as const) {
        it(`can be replaced after it is ${what} in the middle of a claim`, async function () {
            await stand.settle(1);
            const seq = stand.seq;
            await stand.switchTo(0);
            await until("the clear", 5000, () => stand.posts(seq).some(({ status }) => status === 201), 1);
            spoil();
            await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*\(token-re.*, try 1\)/) === 1);
            stand.api.addToken(TOKEN, { readOnly: false });
            stand.nodes[0].replaceToken(SECOND);
            const replaced = performance.now();
            await stand.ends(0);
            took(this, (performance.now() - replaced) / 1000);
        });
    }

    it("is reported if its file is empty, and the agent does not read it again and again", async () => {
        await stand.settle(1);
        const from = stand.nodes[0].log.length;
        writeFileSync(stand.nodes[0].file("token"), "");
        await stand.switchTo(0);
        await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*no token: .*\(token-missing,/, from) > 0);
        const before = stand.nodes[0].cpuSeconds();
        await delay(2000);
        expect(stand.nodes[0].cpuSeconds() - before).to.be.below(0.1);
        expect(stand.nodes[0].said(/was replaced/, from)).to.equal(1);
        stand.nodes[0].replaceToken(TOKEN);
        await stand.ends(0);
    });

    it("raises an alarm if it is read-only, and the agent keeps trying", async () => {
        stand.nodes[0].replaceToken(READ_ONLY);
        await stand.nodes[0].promote();
        await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*\(token-read-only, try 1\)/) === 1);
        await stand.nodes[0].tells(/^failover_pair_token_valid\{.*\} 0\.0$/m);
        expect((await stand.nodes[0].command(["status", "--json"])).exitCode).to.equal(2);
        stand.nodes[0].replaceToken(TOKEN);
        await stand.claimed(0);
    });

    it("is reported if its file is missing, and used as soon as the file is there", async () => {
        await stand.nodes[1].stop();
        stand.nodes[1].configure({ tokenFile: stand.nodes[1].file("later") });
        await stand.nodes[1].start();
        await stand.nodes[1].promote();
        await until("the alarm", 10_000, () => stand.nodes[1].said(/^<2>.*\(token-missing,/) > 0);
        expect((await stand.nodes[1].command(["set-token"], TOKEN)).exitCode).to.equal(0);
        await stand.claimed(1);
    });

    for (const [name, token, code] of [
        ["unknown", "unkn0wn".repeat(9), 1],
        ["read-only", READ_ONLY, 1],
        ["empty", "", 1],
        ["two words", `${TOKEN} ${TOKEN}`, 1],
    ] as const) {
        it(`is not replaced by one that is ${name}`, async () => {
            const check = await stand.nodes[0].command(["check-token", "--stdin"], token);
            const set = await stand.nodes[0].command(["set-token"], token);
            expect([check.exitCode, set.exitCode]).to.deep.equal([code, code]);
            expect(set.stderr).to.not.equal("");
            expect(installed()).to.equal(`${TOKEN}\n`);
        });
    }

    it("is not replaced while the API cannot be asked", async () => {
        await stand.gate.set("api0", "refuse");
        const set = await stand.nodes[0].command(["set-token"], SECOND);
        expect(set.exitCode).to.equal(2);
        expect(set.stderr).to.contain("was not replaced");
        expect(installed()).to.equal(`${TOKEN}\n`);
    });

    it("passes check-token if it is good, and check-token changes nothing", async () => {
        const seq = stand.seq;
        const check = await stand.nodes[0].command(["check-token"]);
        expect(check.exitCode, check.stderr).to.equal(0);
        expect(check.stdout).to.contain("reads and writes server nginx0");
        expect(stand.posts(seq)).to.deep.equal([]);
    });

    it("appears in no output, no argument, and no file but its own", async () => {
        stand.api.faults.add({ kind: "error", status: 500, code: TOKEN, message: `no: ${TOKEN}`, count: 4 });
        await stand.nodes[0].promote();
        await stand.claimed(0);
        const outputs = [];
        for (const args of [["status"], ["status", "--json"], ["check-token"], ["claim"]]) {
            const { stdout, stderr } = await stand.nodes[0].command(args);
            outputs.push(stdout, stderr);
        }
        const { runDir, log } = stand.nodes[0];
        const files = readdirSync(runDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
        expect(files.map(({ name }) => name)).to.include.members(["agent.json", "metrics.prom"]);
        const texts = [...outputs, ...log, ...files.map((one) => readFileSync(join(one.path, one.name), "utf8"))];
        expect(texts.join("\n")).to.contain("<token>").and.not.contain(TOKEN);
    });
});
