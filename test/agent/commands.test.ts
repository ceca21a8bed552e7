import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { Stand, VIP } from "../../lab/agent/harness";

interface Status {
    vrrp: string;
    vipsOnNic: string[];
    holderByApi: string | null;
    holderByMetadata: string | null;
    drained: boolean;
    checks: Record<string, string>;
    agent: string;
    ready: boolean;
    notReady: string | null;
    verdict: string;
    exit: number;
}

describe("the operator's commands", function () {
    this.timeout(40_000);
    let stand: Stand;

    beforeEach(async () => {
        stand = await Stand.open({ metadata: true });
        await stand.startAgents();
        await stand.settle(0);
        stand.nodes[1].notify("BACKUP");
        await until("the backup to know", 5000, () => stand.nodes[1].state().vrrp === "BACKUP");
    });
    afterEach(() => stand.close());

    async function status(index: number): Promise<Status> {
        const { stdout, exitCode } = await stand.nodes[index].command(["status", "--json"]);
        const report = JSON.parse(stdout) as Status;
        expect(exitCode).to.equal(report.exit);
        return report;
    }

    it("status shows a healthy pair", async () => {
        expect(await status(0)).to.deep.include({
            vrrp: "MASTER",
            vipsOnNic: [VIP],
            holderByApi: "nginx0",
            holderByMetadata: "nginx0",
            verdict: "MASTER and holder",
            exit: 0,
        });
        expect(await status(1)).to.deep.include({ vrrp: "BACKUP", holderByApi: "nginx0", exit: 0 });
        const { stdout } = await stand.nodes[0].command(["status"]);
        expect(stdout)
            .to.match(/^OK +MASTER and holder$/m)
            .and.match(/^last claim .*: read \d+ ms, assign \d+ ms/m);
    });

    it("status shows the current state of each check", async () => {
        const check = (name: string, script: string) =>
            `vrrp_script ${name} {\n    script "${script}"\n    interval 1\n    timeout 1\n    rise 1\n}\n`;
        const conf = stand.nodes[1].file("keepalived.conf");
        const scripts: [string, string][] = [
            ["http", "/bin/true"],
            ["disk", "/bin/false"],
            ["slow", "/bin/sleep 60"],
            ["gone", "/nowhere/check"],
        ];
        writeFileSync(conf, `global_defs {\n}\n\n${check(...scripts[0])}`);
        expect(await status(1)).to.deep.include({ checks: { http: "good" }, exit: 0 });
        writeFileSync(conf, scripts.map((one) => check(...one)).join("\n"));
        const checks = {
            http: "good",
            disk: "exit 1",
            slow: "no end within 1 s",
            gone: "cannot be run: No such file or directory",
        };
        const report = await status(1);
        expect(report).to.deep.include({ checks, exit: 1 });
        expect(report.verdict).to.match(
            /^the check disk fails: exit 1; the check slow fails: no end .*; the check gone/,
        );
        await stand.nodes[1].stop();
        expect((await status(1)).checks, "without the agent").to.deep.equal(checks);
        const { stdout } = await stand.nodes[1].command(["status"]);
        expect(stdout).to.match(/^checks +http good, disk exit 1, slow no end within 1 s, gone cannot/m);
    });

    it("status works without the agent and without the API", async () => {
        await stand.nodes[0].stop();
        expect(await status(0)).to.deep.include({
            agent: "not running",
            vrrp: "MASTER",
            holderByApi: "nginx0",
            exit: 2,
        });
        await stand.gate.set("api1", "refuse");
        expect(await status(1)).to.deep.include({ vrrp: "BACKUP", holderByApi: null, exit: 1 });
    });

    it("drain and undrain write keepalived's track file, and report a keepalived that does not react", async () => {
        const flag = () => readFileSync(join(stand.nodes[0].runDir, "drain"), "utf8");
        expect((await stand.nodes[0].command(["prepare"])).exitCode).to.equal(0);
        expect(flag()).to.equal("0\n");
        const drain = stand.nodes[0].command(["drain", "--keep-after-reboot"]);
        await until("the flag", 5000, () => flag() === "1\n", 5);
        await stand.nodes[0].demote("FAULT");
        expect((await drain).exitCode).to.equal(0);
        expect(await status(0)).to.deep.include({ drained: true, exit: 1 });
        writeFileSync(join(stand.nodes[0].runDir, "drain"), "");
        expect((await stand.nodes[0].command(["undrain"])).exitCode).to.equal(0);
        expect(flag()).to.equal("0\n");
        await stand.nodes[0].addVips();
        const ignored = await stand.nodes[0].command(["drain"]);
        expect([ignored.exitCode, flag()]).to.deep.equal([1, "1\n"]);
        expect(ignored.stderr).to.contain("does it track the file?");
    });

    it("claim works with and without the agent", async () => {
        await stand.force(0, []);
        expect((await stand.nodes[0].command(["claim"])).exitCode).to.equal(0);
        expect(stand.holds(0)).to.equal(true);
        await stand.nodes[0].stop();
        await stand.force(0, []);
        const alone = await stand.nodes[0].command(["claim"]);
        expect([alone.exitCode, alone.stdout]).to.deep.equal([0, `${VIP} is now here`]);
        expect(stand.holds(0)).to.equal(true);
    });

    it("wait-healthy needs keepalived, the agent, the alias on the VIP's node, and a BACKUP that stays BACKUP", async () => {
        const bin = join(stand.folder, "bin");
        mkdirSync(bin);
        const systemctl = (state: string) =>
            writeFileSync(join(bin, "systemctl"), `#!/bin/sh\necho ActiveState=${state}\n`, { mode: 0o755 });
        const healthy = (index: number, timeout = "0.3") =>
            stand.nodes[index].command(["wait-healthy", "--timeout", timeout], "", {
                PATH: `${bin}:${process.env.PATH}`,
            });
        systemctl("inactive");
        expect((await healthy(0)).stderr).to.contain("keepalived is inactive");
        systemctl("active");
        expect((await healthy(1)).stderr).to.contain("not yet long enough to be sure that the nodes hear each other");
        expect((await Promise.all([healthy(0, "8"), healthy(1, "8")])).map(({ exitCode }) => exitCode)).to.deep.equal([
            0, 0,
        ]);
        await stand.gate.set("api1", "refuse");
        await stand.switchTo(1);
        expect((await healthy(1)).stderr).to.contain("MASTER, alias not here yet");
        await stand.gate.set("api1", "open");
        expect((await healthy(1, "20")).exitCode).to.equal(0);
        await stand.nodes[1].stop();
        expect((await healthy(1)).stderr).to.contain("alias-switch is not running");
    });

    it("status and the metric call a node not ready right after keepalived started", async () => {
        const node = stand.nodes[1];
        // a few seconds from now, so that it still only listens when a busy machine has asked three times
        const started = () => Math.round((Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) + 4) * 1e6);
        const ready = () => Number(/^failover_pair_ready\{.*\} (\S+)$/m.exec(node.metrics())?.[1]);
        await until("the backup to be ready", 5000, () => ready() === 1);
        await node.stop();
        node.systemdSays("show", `ActiveEnterTimestampMonotonic=${started()}`);
        await node.launch();
        const report = await status(1);
        expect(report).to.deep.include({ ready: false, exit: 1, verdict: "keepalived only listens for its first 3 s" });
        expect((await node.command(["status"])).stdout).to.match(/^ready +no: keepalived only listens/m);
        expect(ready(), "the metric").to.equal(0);
        await until("the backup to be ready", 15_000, () => ready() === 1);
        expect(await status(1)).to.deep.include({ ready: true, notReady: null, exit: 0 });
        writeFileSync(join(node.runDir, "tracking.json"), '{"watched": false, "refused": {}}');
        node.notify("FAULT");
        node.notify("BACKUP");
        await until("the metric to tell of the track files", 5000, () => ready() === 0);
        expect((await status(1)).verdict).to.contain("fs.inotify.max_user_instances");
    });

    it("wait-healthy fails if the peer says that it is MASTER too, and passes if the peer is BACKUP or silent", async () => {
        const node = stand.nodes[0];
        node.systemdSays("show", "ActiveState=active");
        const told = (peer: object | null) => {
            const path = node.ownFile("agent.json");
            writeFileSync(path, JSON.stringify({ ...node.state(), peer }));
        };
        for (const [peer, problem] of [
            [{ state: "MASTER", master: true }, "IP protocol 112"],
            [{ state: "BACKUP", master: false }, ""],
            [null, ""],
        ] as const) {
            node.signal("SIGSTOP");
            told(peer);
            const { stderr } = await node.command(["wait-healthy", "--timeout", "5"]);
            node.signal("SIGCONT");
            expect(stderr).to.match(new RegExp(problem === "" ? "^$" : problem));
        }
    });

    it("a broken configuration gives one clear error", async () => {
        writeFileSync(stand.nodes[0].file("config.json"), "{");
        const { exitCode, stderr } = await stand.nodes[0].command(["status"]);
        expect(exitCode).to.equal(3);
        expect(stderr).to.match(/^alias-switch: .*config\.json: /);
    });

    it("a second agent does not start in the same run folder", async () => {
        const second = await stand.nodes[0].command(["run"]);
        expect(second.exitCode).to.equal(3);
        expect(second.stderr).to.contain("another alias-switch is running");
    });
});
