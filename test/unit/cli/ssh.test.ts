import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { Mending } from "../../../cli/pair/mending";
import { sh } from "../../../cli/pair/shell";
import { type Ssh, SystemSsh, Unreachable } from "../../../cli/pair/ssh";
import { Failed } from "../../../cli/problem";
import { until } from "../../../cli/until";
import { NODES } from "./reports";

/**
 * Uses a script instead of ssh: it writes down its arguments and then runs `script`, with the remote command in
 * $command.
 */
describe("the system's ssh", () => {
    const { PATH } = process.env;
    let folder: string;
    let ssh: Ssh;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-ssh-"));
        ssh = new SystemSsh("/keys/id", ["ProxyJump=bastion"]);
    });
    afterEach(() => {
        ssh.close();
        process.env.PATH = PATH;
        fs.rmSync(folder, { recursive: true });
    });

    function fake(script: string): void {
        const log = `printf '%s\\n' "$@" >>${folder}/words; for command; do :; done`;
        fs.writeFileSync(path.join(folder, "ssh"), `#!/bin/sh\n${log}\n${script}\n`, { mode: 0o755 });
        process.env.PATH = `${folder}:${PATH}`;
    }
    const words = () => fs.readFileSync(path.join(folder, "words"), "utf8").trim().split("\n");
    const server = { name: "web0", target: "root@198.51.100.2", hostKey: "ssh-ed25519 AAAA" };

    async function failure(work: Promise<unknown>): Promise<Error> {
        return work.then(
            () => new Error("it did not fail"),
            (error: Error) => error,
        );
    }

    it("accepts only the host key in the outputs, takes the operator's options, and never asks", async () => {
        fake(`file=$(printf '%s\\n' "$@" | sed -n 's/^UserKnownHostsFile=//p'); cat "$file"; cat`);
        const { stdout } = await ssh.run(server, sh`true`, { input: "in" });
        expect(stdout).to.equal("198.51.100.2 ssh-ed25519 AAAA\nin");
        const said = words();
        expect(said).to.include.members([
            "StrictHostKeyChecking=yes",
            "HostKeyAlgorithms=ssh-ed25519",
            "BatchMode=yes",
        ]);
        // ssh uses the first value that it finds
        expect(said.indexOf("ProxyJump=bastion")).to.be.greaterThan(said.indexOf("StrictHostKeyChecking=yes"));
        expect(said.indexOf("ProxyJump=bastion")).to.be.lessThan(said.indexOf("BatchMode=yes"));
        expect(said.slice(-6)).to.deep.equal(["-i", "/keys/id", "-T", "--", "root@198.51.100.2", "true"]);
        const file = said.find((word) => word.startsWith("UserKnownHostsFile="))!.split("=")[1];
        ssh.close();
        expect(fs.existsSync(file)).to.equal(false);
    });

    it("forwards nothing of this machine to a node, whatever ssh's configuration says", async () => {
        fake("");
        await ssh.run(server, sh`true`);
        const said = words();
        process.env.PATH = PATH;
        const config = path.join(folder, "config");
        fs.writeFileSync(
            config,
            [
                "Host *",
                "ForwardAgent yes\nForwardX11 yes\nLocalForward 9 x:9\nTunnel yes\nPermitLocalCommand yes",
                "RemoteCommand reboot\nControlMaster auto\nControlPath /tmp/%C\nVerifyHostKeyDNS yes",
            ].join("\n"),
        );
        const real = execa.sync("ssh", ["-G", "-F", config, ...said.slice(0, said.indexOf("--")), "198.51.100.2"]);
        expect(real.stderr).to.not.match(/option|unsupported/i);
        const settings = real.stdout.split("\n");
        expect(settings).to.include.members([
            "forwardagent no",
            "forwardx11 no",
            "clearallforwardings yes",
            "tunnel false",
            "permitlocalcommand no",
            "controlmaster false",
            "verifyhostkeydns false",
            "stricthostkeychecking true",
        ]);
        expect(settings.filter((setting) => /^remotecommand (?!none)/.test(setting))).to.deep.equal([]);
        // a socket of this program, in a folder that only this user can enter
        const socket = settings.find((setting) => setting.startsWith("controlpath "))!.split(" ")[1];
        expect(fs.statSync(path.dirname(socket)).mode & 0o777).to.equal(0o700);
        expect(path.dirname(path.dirname(socket))).to.equal(os.tmpdir());
    });

    it("uses the operator's known hosts for a server whose key is not in the outputs", async () => {
        fake("");
        await ssh.run({ name: "client", target: "client" }, sh`true`);
        expect(words().join()).to.not.contain("KnownHosts").and.not.contain("StrictHostKeyChecking");
    });

    it("returns the exit code of a failed command, and throws only if the server was not reached", async () => {
        fake("echo no >&2; exit 3");
        expect(await ssh.run(server, sh`false`)).to.deep.equal({ code: 3, stdout: "", stderr: "no\n" });
        fake("echo 'ssh: connect to host 198.51.100.2 port 22: Connection refused' >&2; exit 255");
        const error = await failure(ssh.run(server, sh`true`));
        expect(error).to.be.instanceOf(Unreachable);
        expect(error.message).to.match(/^web0 \(root@198\.51\.100\.2\) cannot be reached: ssh: connect .* refused$/);
    });

    it("says what to do about a refused key, and about another host key", async () => {
        fake("echo 'root@198.51.100.2: Permission denied (publickey).' >&2; exit 255");
        expect((await failure(ssh.run(server, sh`true`))).message).to.contain("--identity");
        fake("echo '@ WARNING @' >&2; echo 'Host key verification failed.' >&2; exit 255");
        expect((await failure(ssh.run(server, sh`true`))).message)
            .to.contain("Host key verification failed. Either it is another machine, or the server was rebuilt")
            .and.contain("pulumi up --refresh");
    });

    it("has a time limit", async () => {
        fake("exec sleep 100");
        const error = await failure(ssh.run(server, sh`true`, { seconds: 0.2 }));
        expect(error.message).to.equal("web0 (root@198.51.100.2) did not answer within 0.2 s");
    });

    it("says how to install ssh if it is missing", async () => {
        process.env.PATH = folder;
        expect((await failure(ssh.run(server, sh`true`))).message).to.contain("apt-get install openssh-client");
    });

    describe("a fault on a node", () => {
        /** Servers whose systemd knows a timer, or none, and does nothing else. */
        function node(busy = false): void {
            fake(`cd ${folder}; eval "$command"`);
            const systemctl = `test "$1" = stop${busy ? ' || test "$1" = is-active' : ""}`;
            for (const [name, does] of Object.entries({ "systemd-run": "true", systemctl })) {
                fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
            }
        }
        const there = (name: string) => fs.existsSync(path.join(folder, name));

        it("is undone when the work has ended", async () => {
            node();
            const mending = new Mending(ssh, () => undefined);
            await mending.during(async () => {
                expect((await mending.break(NODES[0], sh`touch broken`, sh`rm broken`)).code).to.equal(0);
                expect(there("broken")).to.equal(true);
            });
            expect(there("broken")).to.equal(false);
        });

        it("is undone when the work fails, the latest fault first", async () => {
            node();
            const mending = new Mending(ssh, () => undefined);
            const error = await failure(
                mending.during(async () => {
                    await mending.break(NODES[0], sh`mkdir a`, sh`rmdir a`);
                    await mending.break(NODES[1], sh`mkdir a/b`, sh`rmdir a/b`);
                    throw new Error("no luck");
                }),
            );
            expect(error.message).to.equal("no luck");
            expect(there("a")).to.equal(false);
        });

        it("is undone when the program is interrupted, and no more faults follow", async () => {
            node();
            const said: string[] = [];
            const mending = new Mending(ssh, (text) => said.push(text));
            let goOn: () => void;
            const waiting = new Promise<void>((resolve) => (goOn = resolve));
            let second: Promise<Error> | undefined;
            const first = failure(
                mending.during(async () => {
                    await mending.break(NODES[0], sh`touch broken`, sh`rm broken`);
                    process.emit("SIGINT");
                    await waiting;
                    second = failure(mending.break(NODES[1], sh`touch again`, sh`rm again`));
                }),
            );
            expect(await first).to.include({ message: "interrupted; all changes are undone", exit: 130 });
            expect(there("broken")).to.equal(false);
            expect(said).to.have.length(1);
            goOn!();
            await until("the work to go on", 1000, () => second !== undefined);
            expect(await second!).to.include({ exit: 130 });
            expect(there("again")).to.equal(false);
        });

        it("is undone when an event handler throws an error", async () => {
            node();
            const mending = new Mending(ssh, () => undefined);
            // mocha's own handler would count it as a failure of this test
            const others = process.listeners("uncaughtException");
            process.removeAllListeners("uncaughtException");
            const error = await failure(
                mending.during(async () => {
                    await mending.break(NODES[0], sh`touch broken`, sh`rm broken`);
                    process.emit("uncaughtException", new Error("not JSON"));
                    await new Promise(() => undefined);
                }),
            );
            others.forEach((listener) => process.on("uncaughtException", listener));
            expect(error.message).to.equal("not JSON");
            expect(there("broken")).to.equal(false);
        });

        it("counts as done if the node died in the middle of its answer", async () => {
            fake("echo struck; exit 255");
            const mending = new Mending(ssh, () => undefined);
            expect((await mending.break(NODES[0], sh`reboot`, sh`true`)).code).to.equal(0);
        });

        it("is not caused if another drill holds the node", async () => {
            node(true);
            const mending = new Mending(ssh, () => undefined);
            const { code, stderr } = await mending.break(NODES[0], sh`touch broken`, sh`touch mended`);
            await mending.mendAll();
            expect([code, there("broken"), there("mended")]).to.deep.equal([9, false, false]);
            expect(stderr)
                .to.contain("another drill or switchover holds this node")
                .and.contain("systemctl start failover-mend.service");
        });

        it("is reported with what to do by hand if the undo fails", async () => {
            node();
            const mending = new Mending(ssh, () => undefined, 200);
            await mending.break(NODES[0], sh`touch broken`, sh`false`);
            const error = await failure(mending.mendAll());
            expect(error).to.be.instanceOf(Failed);
            expect(error.message).to.contain("run by hand: on web0: false");
        });
    });
});
