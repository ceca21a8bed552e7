import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { sh } from "../../../cli/pair/shell";
import { type Server, SystemSsh } from "../../../cli/pair/ssh";
import { until } from "../../../cli/until";
import { SshServer } from "../lab/engine/sshServer";

/** The real ssh and a real server. */
describe("a connection that commands share", function () {
    this.timeout(20_000);
    let folder: string;
    let host: SshServer;
    let ssh: SystemSsh;
    let server: Server;
    const { TMPDIR } = process.env;

    beforeEach(async () => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "f-"));
        host = await SshServer.start({ answer: ({ command }) => ({ stdout: command }) });
        fs.writeFileSync(path.join(folder, "key"), host.privateKey, { mode: 0o600 });
        server = { name: "web0", target: "root@127.0.0.1", hostKey: host.hostKeys.ed25519 };
        ssh = new SystemSsh(path.join(folder, "key"), [`Port=${host.port}`]);
    });
    afterEach(async () => {
        ssh.close();
        process.env.TMPDIR = TMPDIR;
        if (TMPDIR === undefined) {
            delete process.env.TMPDIR;
        }
        await host.stop();
        fs.rmSync(folder, { recursive: true });
    });

    /** The sockets of this program. */
    const sockets = () =>
        fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /^failover-.*\.s$/.test(file));
    const ours = () => fs.readdirSync(folder).filter((name) => name.startsWith("failover-"));
    const commands = () => host.ran.map(({ command }) => command);

    it("opens with the second command to a node, and carries all later commands", async () => {
        process.env.TMPDIR = folder;
        await ssh.run(server, sh`true`);
        expect([host.connections, sockets()]).to.deep.equal([1, []]);
        await ssh.run(server, sh`true`);
        await until("the socket", 10_000, () => sockets().length === 1);
        const made = host.connections;
        expect(made).to.be.within(2, 3);
        const answers = await Promise.all([1, 2, 3, 4].map(() => ssh.run(server, sh`id`)));
        expect(answers.map(({ code, stdout }) => [code, stdout])).to.deep.equal(Array(4).fill([0, "id"]));
        expect(host.connections).to.equal(made);
        expect(commands().filter((command) => command === "id")).to.have.length(4);
    });

    it("closes at the end, and its socket and folder are removed", async () => {
        process.env.TMPDIR = folder;
        await ssh.run(server, sh`true`);
        await ssh.run(server, sh`true`);
        await until("the socket", 10_000, () => sockets().length === 1);
        ssh.close();
        expect(ours()).to.deep.equal([]);
        await until("the connection to end", 10_000, () => host.open === 0);
    });

    it("opens again after it broke; meanwhile a command has its own connection", async () => {
        process.env.TMPDIR = folder;
        await ssh.run(server, sh`true`);
        await ssh.run(server, sh`true`);
        await until("the socket", 10_000, () => sockets().length === 1);
        host.hangUp();
        await until("the socket to go", 10_000, () => sockets().length === 0);
        expect((await ssh.run(server, sh`id`)).code).to.equal(0);
        expect((await ssh.run(server, sh`id`)).code).to.equal(0);
        await until("another socket", 10_000, () => sockets().length === 1);
    });

    it("is not used if the path of its socket would be too long", async () => {
        process.env.TMPDIR = path.join(folder, "x".repeat(60));
        fs.mkdirSync(process.env.TMPDIR);
        for (let time = 0; time < 3; time++) {
            expect((await ssh.run(server, sh`true`)).code).to.equal(0);
        }
        expect([host.connections, commands()]).to.deep.equal([3, ["true", "true", "true"]]);
    });
});
