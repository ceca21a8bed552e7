import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { running, type Running } from "../support/running";

describe("the nodes' API token", function () {
    this.timeout(120_000);
    let pair: Running;
    let token: string;

    before(async () => {
        pair = await running();
        token = (await pair.cloud.exec("nginx0", ["cat", "/etc/failover-pair/token"])).stdout.trim();
        expect(token).to.have.length(64);
    });

    it("is in one file on each node, with the agent's user as owner and mode 0400", async () => {
        for (const node of ["nginx0", "nginx1"]) {
            const { stdout } = await pair.cloud.exec(node, ["stat", "-c", "%U %a", "/etc/failover-pair/token"]);
            expect(stdout).to.equal("failover-agent 400");
            const command = [
                "grep",
                "-rlF",
                "--exclude-dir=proc",
                "--exclude-dir=sys",
                "-f",
                "-",
                "/etc",
                "/var",
                "/run",
                "/tmp",
                "/root",
                "/usr/local",
            ];
            const found = await pair.cloud.exec(node, command, { input: token, reject: false });
            expect(found.stdout.split("\n")).to.deep.equal(["/etc/failover-pair/token"]);
        }
    });

    it("is in no other file of the local cloud, the stack, the engine or its state", async () => {
        const folders = [pair.cloud.dir, pair.engine.env.PULUMI_HOME];
        const { stdout } = await execa("grep", ["-rlaF", "-f", "-", ...folders], { input: token, reject: false });
        const files = stdout.split("\n").filter((file) => file !== "");
        expect(files.filter((file) => !file.endsWith("/etc/failover-pair/token"))).to.deep.equal([]);
        expect(files, "the search itself works").to.not.be.empty;
        const key = fs.readFileSync(pair.deployment.sshKeyFile, "utf8").split("\n")[2];
        const keys = await execa("grep", ["-rlaF", "-f", "-", ...folders], { input: key, reject: false });
        expect(keys.stdout.split("\n")).to.deep.equal([pair.deployment.sshKeyFile]);
    });

    it("was in no argument and no environment of a process during the demo", () => {
        expect(pair.processes.size).to.be.greaterThan(100);
        for (const text of pair.processes) {
            expect(text.includes(token), text.replaceAll(token, "<TOKEN>").slice(0, 300)).to.equal(false);
        }
    });

    it("was not printed", () => {
        expect(pair.output.includes(token)).to.equal(false);
    });

    it("is in no journal", async () => {
        for (const node of ["nginx0", "nginx1"]) {
            const { stdout } = await pair.cloud.exec(node, ["journalctl", "--no-pager", "-o", "export"]);
            expect(stdout.length).to.be.greaterThan(1000);
            expect(stdout.includes(token)).to.equal(false);
        }
    });

    it("is encrypted in the exported state", async () => {
        const { dir, env, pulumiBin } = pair.deployment;
        const pulumi = path.join(pulumiBin, "pulumi");
        const { stdout: state } = await execa(pulumi, ["stack", "export", "--stack", "dev"], { cwd: dir, env });
        expect(state).to.contain("ciphertext");
        expect(state.includes(token)).to.equal(false);
    });
});
