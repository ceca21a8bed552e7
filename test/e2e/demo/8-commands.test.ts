import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import type { Node } from "../../../cli/pair/findPair";
import { outputs, up } from "../../../lab/stack/pulumi";
import { holders } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES, VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { failover, parseXml } from "../support/failover";
import { running, type Running } from "../support/running";

interface Finding {
    check: string;
    level: string;
    text: string;
    way: string | null;
}

describe("npx failover", function () {
    this.timeout(120_000);
    let pair: Running;
    let client: string;

    before(async () => {
        pair = await running();
        await untilHealthy(pair.cloud, NODES);
        const map = (await outputs(pair.deployment)).ip4Map as Record<string, string>;
        client = `root@${map["10.0.2.1"]}`;
    });
    afterEach(() => untilHealthy(pair.cloud, NODES));

    const holder = async () => (await holders(pair.cloud, VIP))[0];
    const other = (node: string) => NODES.find((name) => name !== node)!;
    const onNode = (node: string, command: string) => pair.cloud.exec(node, ["sh", "-euc", command]);

    /** A file with the stack's outputs and wrong data for one node. */
    async function outputsWith(index: number, change: Partial<Node>): Promise<string> {
        const nodes = (await outputs(pair.deployment)).nodes as Node[];
        const file = path.join(pair.cloud.dir, "outputs.json");
        fs.writeFileSync(
            file,
            JSON.stringify({ pair: nodes.map((node, i) => (i === index ? { ...node, ...change } : node)) }),
        );
        return file;
    }

    describe("status", () => {
        it("shows both nodes side by side, and a verdict", async () => {
            const master = await holder();
            const { stdout, exitCode } = await failover(pair, "status", "--stack", "dev");
            expect(stdout).to.match(new RegExp(`^holder by API +${master} +${master}$`, "m"));
            expect(stdout).to.contain(`OK: ${master} is MASTER and holder, ${other(master)} is ready to take over`);
            expect(exitCode).to.equal(0);
            expect(stdout).to.not.contain("\x1b");
            const json = JSON.parse((await failover(pair, "status", "--json")).stdout) as {
                level: string;
                nodes: object[];
            };
            expect(json.level).to.equal("ok");
            expect(json.nodes.map((node) => (node as Node).name)).to.deep.equal(NODES);
        });

        it("says within seconds which node does not answer, and shows what the other node says", async () => {
            const backup = other(await holder());
            const file = await outputsWith(NODES.indexOf(backup), { publicIpv4: "198.51.100.250" });
            const from = Date.now();
            const { stdout, exitCode } = await failover(pair, "status", "--outputs", file);
            // TCP alone would try for more than two minutes
            expect(Date.now() - from).to.be.lessThan(60_000);
            expect(stdout).to.contain(`no node could take over: ${backup} does not answer`);
            expect(stdout).to.contain(`- ${backup} (root@198.51.100.250) cannot be reached`);
            expect(exitCode).to.equal(1);
        });

        it("does not talk to a machine with another host key than the stack's", async () => {
            const nodes = (await outputs(pair.deployment)).nodes as Node[];
            const file = await outputsWith(0, { hostKey: nodes[1].hostKey });
            const { stdout, exitCode } = await failover(pair, "status", "--outputs", file);
            expect(stdout).to.match(/- nginx0 .*Host key verification failed\. Either it is another machine/);
            expect(exitCode).to.be.greaterThan(0);
        });
    });

    describe("switchover", () => {
        it("prints its steps and does nothing with --dry-run", async () => {
            const master = await holder();
            const { stdout, exitCode } = await failover(pair, "switchover", "--dry-run");
            expect(stdout).to.equal(
                `${master} would be drained, ${other(master)} would take over ${VIP}, and ${master} would be undrained`,
            );
            expect([exitCode, await holder()]).to.deep.equal([0, master]);
        });

        it("moves the service to the other node, and measures the outage", async () => {
            const master = await holder();
            const { stdout, stderr, exitCode } = await failover(pair, "switchover", "--client", client);
            expect(exitCode, stderr).to.equal(0);
            console.log(stdout.replace(/^/gm, "      "));
            expect(await holder()).to.equal(other(master));
            expect(stdout).to.contain(`OK: ${other(master)} serves, and ${master} is ready to take over`);
            expect(stdout).to.match(/outage at the client: \d+ ms( \([\d+ ]+\))?, \d+ of \d+ answers lost/);
            expect(stdout).to.match(/its agent had the alias [\d.]+ s later: .*assign [\d.]+ s/);
        });

        it("is refused if the peer could not take over", async () => {
            const master = await holder();
            const backup = other(master);
            await onNode(backup, "alias-switch drain");
            try {
                const { stdout, exitCode } = await failover(pair, "switchover");
                expect(stdout)
                    .to.contain("REFUSED: nothing was changed")
                    .and.contain(`${backup} could not take over: drained`);
                expect([exitCode, await holder()]).to.deep.equal([1, master]);
            } finally {
                await onNode(backup, "alias-switch undrain");
            }
        });
    });

    describe("drill", () => {
        it("runs the named faults and writes a report", async () => {
            const report = path.join(pair.cloud.dir, "drill.html");
            const args = ["--client", client, "--report", report, "--yes", "service-stop", "agent-kill"];
            const { stdout, stderr, exitCode } = await failover(pair, "drill", ...args);
            expect(exitCode, stderr).to.equal(0);
            console.log(stdout.replace(/^/gm, "      "));
            expect(stdout).to.match(
                /^service-stop +(nginx\d) +\1 +nginx\d +\d+ ms( \([\d+ ]+\))? +\d+ of \d+ +passed$/m,
            );
            expect(stdout).to.match(/^agent-kill +(nginx\d) +\1 +\1 +0 ms +0 of \d+ +passed$/m);
            const page = fs.readFileSync(report, "utf8");
            expect(page).to.contain("All 2 faults were survived.").and.contain("<td>service-stop</td>");
            expect(page).to.match(/<td>alias-switch<\/td><td>claimed 10\.0\.1\.1 /);
            const elements = await parseXml(pair, /<svg.*<\/svg>/s.exec(page)![0]);
            expect(elements.svg).to.equal(1);
            expect(elements.g).to.equal(2);
            // one node, no answer, the other node; then only one node
            expect(elements.rect).to.be.at.least(4);
        });

        it("asks before the first fault", async () => {
            const { stderr, exitCode } = await failover(pair, "drill", "--client", client, "reboot");
            expect(stderr).to.contain(`The pair nginx, which serves ${VIP}, will fail 1 times`).and.contain("--yes");
            expect(exitCode).to.equal(3);
        });

        it("undoes its fault when it is interrupted", async () => {
            const master = await holder();
            const drill = failover(pair, "drill", "--client", client, "--yes", "keepalived-stop");
            const isStopped = async () =>
                (await pair.cloud.exec(master, ["systemctl", "is-active", "keepalived"], { reject: false })).failed;
            await until("keepalived to be stopped", 30_000, isStopped);
            drill.kill("SIGINT");
            const { stderr, exitCode } = await drill;
            expect(stderr).to.contain("interrupted; all changes are undone");
            expect(exitCode).to.equal(130);
            expect(await isStopped()).to.equal(false);
            const { stdout } = await onNode(master, "systemctl list-timers --all --no-legend failover-mend.timer");
            expect(stdout).to.equal("");
        });
    });

    it("logs merges both nodes' journals by time", async () => {
        const { stdout, exitCode } = await failover(pair, "logs", "--since", "2h", "--json");
        const lines = stdout
            .split("\n")
            .map((line) => JSON.parse(line) as { at: string; node: string; unit: string; text: string });
        expect(exitCode).to.equal(0);
        expect([...new Set(lines.map(({ node }) => node))].sort()).to.deep.equal(NODES);
        expect(lines.map(({ at }) => at)).to.deep.equal(lines.map(({ at }) => at).sort());
        expect(lines.some(({ unit, text }) => unit === "alias-switch" && text.startsWith("claimed"))).to.equal(true);
        expect(lines.some(({ unit, text }) => unit === "Keepalived_vrrp" && text.includes("MASTER STATE"))).to.equal(
            true,
        );
    });

    describe("doctor", () => {
        /** The findings, without those about free disk space, which depend on this machine. */
        async function wrong(): Promise<Finding[]> {
            const { stdout, exitCode } = await failover(pair, "doctor", "--json");
            const { level, findings } = JSON.parse(stdout) as { level: string; findings: Finding[] };
            expect(exitCode).to.equal(["ok", "warning", "critical"].indexOf(level));
            return findings.filter((finding) => finding.level !== "ok" && finding.check !== "disk");
        }

        const adverts = async () => (await wrong()).filter(({ check }) => check === "vrrp").map(({ text }) => text);

        /** Runs the command that a finding recommends. */
        async function follow({ way }: Finding): Promise<void> {
            const { dir, env, pulumiBin } = pair.deployment;
            const command = /^pulumi up --target-replace '[^']+'/.exec(way ?? "")?.[0];
            expect(command, way ?? "").to.be.a("string");
            const options = { cwd: dir, env: { ...env, PATH: `${pulumiBin}:${process.env.PATH ?? ""}` } };
            await execa("sh", ["-c", `${command} --stack dev --yes --skip-preview`], options);
        }

        it("finds nothing wrong with a healthy pair", async () => {
            expect(await wrong()).to.deep.equal([]);
        });

        it("finds a changed file and a wrong token, and the recommended commands repair both", async () => {
            const backup = other(await holder());
            const good = (await onNode(backup, "cat /etc/failover-pair/token")).stdout;
            const bad = "0".repeat(64);
            await onNode(
                backup,
                `echo ${bad} >/etc/failover-pair/token; echo '#' >>/usr/local/lib/failover-pair/check-http`,
            );
            try {
                const found = await wrong();
                const of = (check: string) => found.filter((finding) => finding.check === check);
                expect(of("token")).to.have.length(1);
                expect(of("token")[0].text).to.contain(`${backup}: the API refuses this token`).and.not.contain(bad);
                expect(of("files").map(({ text }) => text)).to.deep.equal([
                    `${backup}: changed or missing: /usr/local/lib/failover-pair/check-http`,
                ]);
                await follow(of("files")[0]);
                await follow(of("token")[0]);
                expect((await onNode(backup, "cat /etc/failover-pair/token")).stdout).to.equal(good);
            } finally {
                const write = ["sh", "-c", "cat >/etc/failover-pair/token"];
                await pair.cloud.exec(backup, write, { input: `${good}\n` });
            }
            await until("nothing to be wrong", 60_000, async () => (await wrong()).length === 0);
            await up(pair.deployment, "--expect-no-changes");
        });

        it("tells a firewall on a node from a network that drops adverts", async () => {
            const former = await holder();
            const drop =
                "nft add table inet t; nft 'add chain inet t c { type filter hook input priority 0; }'; nft add rule inet t c ip protocol vrrp drop";
            await Promise.all(NODES.map((node) => onNode(node, drop)));
            // within 5 s the agents agree that the other node serves, and this node sends no more adverts
            const settled = async () =>
                /"hearsVrrp": false/.test((await onNode(former, "alias-switch status --json || true")).stdout);
            await until("the agents to settle", 30_000, settled, 500);
            const firewall = await adverts().finally(() =>
                Promise.all(NODES.map((node) => onNode(node, "nft delete table inet t"))),
            );
            expect(firewall.join()).to.match(
                new RegExp(`${former}: \\d+ adverts from .* arrived, but the firewall of ${former} dropped them`),
            );
            await untilHealthy(pair.cloud, NODES);
            await pair.cloud.control.partition("nginx0", "nginx1");
            const masters = () => Promise.all(NODES.map((node) => onNode(node, "alias-switch status --json || true")));
            const bothSend = async () => (await masters()).every(({ stdout }) => /"vrrp": "MASTER"/.test(stdout));
            await until("both nodes to send adverts", 30_000, bothSend, 500);
            const network = await adverts().finally(() => pair.cloud.control.heal());
            expect(network.map((text) => text.replace(/\d+ adverts/, "N adverts"))).to.deep.equal([
                "nginx1 sent N adverts, but none arrived at nginx0",
                "nginx0 sent N adverts, but none arrived at nginx1",
            ]);
        });
    });
});
