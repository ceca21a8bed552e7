import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { tsxArgs } from "../../../lab/cloud/tsx";
import { FORBIDDEN } from "./hostile";
import { backup, NODES, report } from "./reports";

const FAILOVER = path.resolve(__dirname, "../../../cli/main.ts");

/** `npx failover` with a script instead of ssh: web0 (….2) prints the given output, web1 is a healthy backup. */
describe("npx failover and a hostile node", function () {
    this.timeout(90_000);
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-hostile-"));
        fs.writeFileSync(path.join(folder, "outputs.json"), JSON.stringify({ nodes: NODES }));
        fs.writeFileSync(path.join(folder, "good"), JSON.stringify(backup()));
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    function failover(script: string, other: string, ...args: string[]) {
        const choice = `case "$*" in *198.51.100.2*) ${script} ;; *) ${other} ;; esac`;
        const head = `for command; do :; done; printf '%s\\n' "$*" >>${folder}/words`;
        fs.writeFileSync(path.join(folder, "ssh"), `#!/bin/sh\n${head}\n${choice}\n`, { mode: 0o755 });
        const [command, ...rest] = args;
        const words = [...tsxArgs(FAILOVER), command, "--outputs", path.join(folder, "outputs.json"), ...rest];
        const env = { PATH: `${folder}:${process.env.PATH}` };
        return execa(process.execPath, words, { reject: false, input: "", env, cwd: folder });
    }
    const says = (name: string, text: string | Buffer) => {
        fs.writeFileSync(path.join(folder, name), text);
        return `cat ${folder}/${name}`;
    };
    const good = () => `cat ${folder}/good`;
    const escapes = "\x1b[2J\x1b]0;title\x07\x9b31m\u202egood\u2066\0";

    it("status prints no terminal sequence of a report", async () => {
        const told = report({
            verdict: `${escapes}\nOK: all is well`,
            exit: 1,
            apiError: escapes,
            checks: { [escapes]: escapes },
        });
        const { stdout, stderr, exitCode } = await failover(says("bad", JSON.stringify(told)), good(), "status");
        expect(stdout + stderr).to.not.match(FORBIDDEN);
        expect(stdout).to.contain("\\u001b[2J").and.contain("BACKUP, ready to take over").and.not.match(/^OK: /m);
        expect(exitCode).to.equal(1);
    });

    it("status prints ssh's output as one plain line", async () => {
        const loud = `${says("bad", `${escapes}\nfailover: web1 is gone\x1b[1A`)} >&2; exit 255`;
        const { stdout, stderr } = await failover(loud, good(), "status");
        expect(stdout + stderr).to.not.match(FORBIDDEN);
        expect(stdout).to.match(/^ {2}- web0 \(root@198\.51\.100\.2\) cannot be reached: .*web1 is gone/m);
    });

    const odd: [string, string][] = [
        ["100 MB", "head -c 100000000 /dev/zero"],
        ["output without end, through a helper that keeps the pipe open", "sleep 60 & cat /dev/zero"],
        ["half a line", `printf '{"pair": "web", "verdict": "MAS'`],
        ["no output", "true"],
        ["an empty object", "echo '{}'"],
        [
            "wrong types",
            `echo '{"verdict": "x", "vips": [null], "vipsOnNic": {}, "lastClaim": 5, "checks": [null], "vrrp": []}'`,
        ],
        ["deep nesting", `python3 -c 'print("[" * 400000 + "]" * 400000)'`],
    ];
    for (const [what, script] of odd) {
        it(`status shows the other node within seconds if one node prints ${what}`, async () => {
            const from = Date.now();
            const { stdout, stderr, exitCode } = await failover(script, good(), "status");
            expect(stdout, stderr).to.contain("BACKUP, ready to take over");
            expect(stderr).to.equal("");
            expect(exitCode).to.be.within(1, 2);
            expect(Date.now() - from).to.be.lessThan(20_000);
        });
    }

    it("switchover is refused, with the reasons", async () => {
        const { stdout, exitCode } = await failover("echo '{}'", good(), "switchover");
        expect(stdout).to.contain("REFUSED").and.contain("web0: ");
        expect(exitCode).to.equal(1);
    });

    it("logs prints the lines of both nodes, and no line that a message forged", async () => {
        const line = (message: unknown, at = 1_800_000_000_000_000) =>
            JSON.stringify({ __REALTIME_TIMESTAMP: String(at), SYSLOG_IDENTIFIER: "alias-switch", MESSAGE: message });
        const forged = [...Buffer.from("x\n2026-01-01 00:00:00.000 web1 keepalived: forged\x1b[2J")];
        const lines = [
            line(forged),
            line("y".repeat(200_000)),
            line("z", 1e30),
            line(escapes),
            "{",
            "null",
            line("last"),
        ];
        fs.writeFileSync(path.join(folder, "good"), `${line("good")}\n`);
        const { stdout, stderr, exitCode } = await failover(says("bad", lines.join("\n")), good(), "logs", "--json");
        expect(stdout + stderr).to.not.match(FORBIDDEN);
        const told = stdout.split("\n").map((one) => JSON.parse(one) as { node: string; text: string });
        expect(told.map(({ node }) => node)).to.deep.equal(["web0", "web0", "web0", "web1"]);
        expect(told[0].text).to.contain("x\\n2026-01-01").and.contain("\\u001b");
        expect(stderr).to.contain("web0: 1 lines were skipped");
        expect(exitCode).to.equal(1);
    });

    it("doctor examines the other node", async () => {
        const exam = `echo 1e400; ${says("bad", JSON.stringify({ status: report({ verdict: escapes }), disks: [null], failedUnits: [escapes] }))}`;
        const { stdout, stderr, exitCode } = await failover(exam, "echo 1800000000.5; echo '{}'", "doctor");
        expect(stdout + stderr).to.not.match(FORBIDDEN);
        expect(stdout).to.contain("web1: there is no token file").and.contain("web0: there is no token file");
        expect(exitCode).to.equal(2);
    });

    describe("drill", () => {
        const service = (name: string) => `echo '{"service": "${name}"}'`;
        const asks = (name: string, told: { node: string }) =>
            `case "$command" in cat*) ${service(name)} ;; *) ${says(told.node, JSON.stringify(told))} ;; esac`;
        const drill = (a: string, b: string) => failover(a, b, "drill", "--client", "client", "--yes", "service-stop");

        it("does not use one node's service for the other node", async () => {
            const { stderr, exitCode } = await drill(asks("ssh.service", report()), asks("nginx.service", backup()));
            expect(stderr).to.contain(
                "the nodes watch different services: web0 watches ssh.service, web1 watches nginx.service",
            );
            expect(exitCode).to.equal(3);
            expect(fs.readFileSync(path.join(folder, "words"), "utf8")).to.not.contain("systemctl");
        });

        it("runs no service whose name is not the name of a unit", async () => {
            const injected = "x.service; touch never; y.service";
            const { stderr, exitCode } = await drill(asks(injected, report()), asks(injected, backup()));
            expect(stderr).to.contain("names a service that is not a systemd unit");
            expect(exitCode).to.equal(3);
            expect(fs.readFileSync(path.join(folder, "words"), "utf8")).to.not.contain("touch");
        });

        it("takes neither the address to ask nor a file's name from one node alone", async () => {
            for (const own of [{ vips: ["203.0.113.1"] }, { pair: "other" }]) {
                const a = asks("nginx.service", { ...report(), ...own });
                const { stderr, exitCode } = await drill(a, asks("nginx.service", backup()));
                expect(stderr).to.contain("the nodes disagree on the pair and its virtual IPs");
                expect(exitCode).to.equal(3);
            }
        });
    });

    it("refuses a pair whose address is a path or an option", async () => {
        for (const publicIpv4 of ["../../../tmp/x", "-oProxyCommand=x", "198.51.100.2\n* "]) {
            fs.writeFileSync(
                path.join(folder, "outputs.json"),
                JSON.stringify({ nodes: [{ ...NODES[0], publicIpv4 }, NODES[1]] }),
            );
            const { stderr, exitCode } = await failover("true", "true", "status");
            expect(stderr).to.contain("nodes[0].publicIpv4 is ");
            expect([exitCode, fs.existsSync(path.join(folder, "words"))]).to.deep.equal([3, false]);
        }
    });
});
