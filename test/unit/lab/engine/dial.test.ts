import { expect } from "chai";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { dial } from "../../../../lab/engine/command/dial";
import type { Connection } from "../../../../lab/engine/command/inputs";
import { SshServer, until } from "./sshServer";
import { ownSshAuthSock } from "../../../support/sshAuthSock";

describe("dialling", () => {
    let server: SshServer;
    let retries: string[];

    beforeEach(async () => {
        retries = [];
        server = await SshServer.start({ password: "pass" });
    });
    afterEach(() => server.stop());

    const connection = (more: Partial<Connection> = {}): Connection => ({
        host: "127.0.0.1",
        port: server.port,
        user: "root",
        privateKey: server.privateKey,
        dialErrorLimit: 0,
        perDialTimeout: 15,
        ...more,
    });
    const connect = async (more: Partial<Connection>, signal = new AbortController().signal): Promise<void> => {
        const client = await dial(connection(more), signal, (message) => retries.push(message));
        client.end();
    };
    const failure = (more: Partial<Connection>, signal?: AbortSignal): Promise<string> =>
        connect(more, signal).then(
            () => "it did not fail",
            (error: Error) => error.message,
        );

    it("logs in by private key", () => connect({}));

    it("logs in by password", () => connect({ privateKey: undefined, password: "pass" }));

    it("tries the password when the server does not know the key", async () => {
        const other = await SshServer.start();
        await other.stop();
        await connect({ privateKey: other.privateKey, password: "pass" });
    });

    it("counts a refused login as a failed attempt", async () => {
        expect(await failure({ privateKey: undefined, password: "no" })).to.match(/^after 0 failed attempts: /);
    });

    for (const algorithm of ["ed25519", "ecdsa"]) {
        it(`accepts the pinned ${algorithm} key of a server that has several`, () =>
            connect({ hostKey: `${server.hostKeys[algorithm]} root@host` }));
    }

    it("refuses a server with another key than the pinned key", async () => {
        const other = await SshServer.start();
        await other.stop();
        expect(await failure({ hostKey: other.hostKeys.ed25519, dialErrorLimit: 1 })).to.equal(
            "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch",
        );
        expect(retries).to.deep.equal(["Dial 1/1 failed: retrying"]);
    });

    it("fails at once for an unreadable private key, and does not show it", async () => {
        const message = await failure({ privateKey: "-----BEGIN nothing-----\nc2VjcmV0", dialErrorLimit: 10 });
        expect(message).to.match(/^failed to parse private key/);
        expect(message).not.to.contain("c2VjcmV0");
        expect(retries).to.deep.equal([]);
    });

    it("retries until the server answers", async () => {
        const { port } = server;
        await server.stop();
        const done = connect({ port, privateKey: undefined, password: "pass", dialErrorLimit: 10 });
        await until(() => retries.length === 2);
        server = await SshServer.start({ port, password: "pass" });
        await done;
        expect(retries.slice(0, 2)).to.deep.equal(["Dial 1/10 failed: retrying", "Dial 2/10 failed: retrying"]);
    });

    it("retries until it is cancelled with -1", async () => {
        const { port } = server;
        await server.stop();
        const controller = new AbortController();
        const done = failure({ port, dialErrorLimit: -1 }, controller.signal);
        await until(() => retries.length === 3);
        controller.abort(new Error("context canceled"));
        expect(await done).to.equal("context canceled");
        expect(retries[2]).to.equal("Dial 3/inf failed: retrying");
        server = await SshServer.start();
    });

    describe("to a server that accepts and is silent", () => {
        let silent: Server;
        let sockets: Socket[];

        beforeEach(async () => {
            sockets = [];
            silent = createServer((socket) => sockets.push(socket));
            await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
        });
        afterEach(() => silent.close());

        it("waits as the original does: neither perDialTimeout nor the operation's timeout stops it", async () => {
            const controller = new AbortController();
            const { port } = silent.address() as AddressInfo;
            let ended = false;
            const done = failure({ port, perDialTimeout: 0.05 }, controller.signal).finally(() => (ended = true));
            await until(() => sockets.length === 1);
            controller.abort(new Error("context deadline exceeded"));
            await new Promise((resolve) => setTimeout(resolve, 300));
            expect(ended).to.equal(false);
            sockets[0].destroy();
            expect(await done).to.match(/^after 0 failed attempts: /);
        });
    });

    describe("with SSH_AUTH_SOCK", () => {
        const folder = ownSshAuthSock();

        it("fails as the original does when no agent is there, although a key is given", async () => {
            const path = (process.env.SSH_AUTH_SOCK = join(folder(), "gone"));
            expect(await failure({})).to.equal(`dial unix ${path}: connect: no such file or directory`);
            expect(retries).to.deep.equal([]);
        });

        it("logs in with the key, without asking the agent", async () => {
            process.env.SSH_AUTH_SOCK = join(folder(), "agent");
            let asked = 0;
            const agent = createServer((socket) => socket.on("data", () => asked++));
            await new Promise<void>((resolve) => agent.listen(process.env.SSH_AUTH_SOCK, resolve));
            try {
                await connect({});
                expect(asked).to.equal(0);
            } finally {
                agent.close();
            }
        });

        it("ignores an empty one", async () => {
            process.env.SSH_AUTH_SOCK = "";
            await connect({});
        });
    });
});
