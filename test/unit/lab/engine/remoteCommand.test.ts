import { expect } from "chai";
import type { Log } from "../../../../lab/engine/command/log";
import { RemoteCommand, type Operation } from "../../../../lab/engine/command/provider";
import { UNKNOWN, isSecret, reveal, secret, type Properties } from "../../../../lab/engine/command/values";
import { SshServer, until, type Behaviour } from "./sshServer";

const URN = "urn:pulumi:dev::project::my:Component$command:remote:Command::install";

class Recorder implements Log {
    readonly lines: string[] = [];

    write(severity: string, _urn: string, message: string, status = false): void {
        this.lines.push(`${status ? "status" : severity}: ${message}`);
    }

    flush(): Promise<void> {
        return Promise.resolve();
    }
}

describe("the stand-in of remote.Command", () => {
    let server: SshServer;
    let log: Recorder;
    let command: RemoteCommand;

    beforeEach(() => {
        log = new Recorder();
        command = new RemoteCommand(log);
    });
    afterEach(() => server?.stop());

    const start = async (behaviour: Behaviour = {}): Promise<void> => {
        server = await SshServer.start(behaviour);
    };
    const operation = (more: Partial<Operation> = {}): Operation => ({
        urn: URN,
        preview: false,
        signal: new AbortController().signal,
        ...more,
    });
    const inputs = (more: Properties = {}, connection: Properties = {}): Properties => ({
        connection: {
            host: "127.0.0.1",
            port: server.port,
            user: "root",
            privateKey: server.privateKey,
            dialErrorLimit: 0,
            perDialTimeout: 15,
            ...connection,
        },
        addPreviousOutputInEnv: false,
        ...more,
    });
    const failure = async (work: Promise<unknown>): Promise<string> => {
        try {
            await work;
        } catch (error) {
            return (error as Error).message;
        }
        throw new Error("it did not fail");
    };

    describe("create", () => {
        it("runs the command with its input and stores its output without the last newline", async () => {
            await start({ answer: () => ({ stdout: "one\ntwo\n", stderr: "warned\n\n" }) });
            const { id, state } = await command.create(inputs({ create: "install", stdin: "payload" }), operation());
            expect(server.ran).to.deep.equal([{ command: "install", stdin: "payload", environment: {} }]);
            expect(state).to.include({ stdout: "one\ntwo", stderr: "warned\n" });
            expect(id).to.match(/^install[0-9a-f]{8}$/);
        });

        it("keeps secrets secret, and the connection in any case", async () => {
            await start();
            const { state } = await command.create(inputs({ create: "true", stdin: secret("token") }), operation());
            expect(server.ran[0]?.stdin).to.equal("token");
            expect(state.stdin).to.deep.equal(secret("token"));
            expect(isSecret(state.connection)).to.equal(true);
            expect(reveal(state.connection)).to.have.property("privateKey", server.privateKey);
        });

        it("opens no connection without a command", async () => {
            await start();
            const { state } = await command.create(inputs(), operation());
            expect(state).to.include({ stdout: "", stderr: "" });
            expect(server.ran).to.deep.equal([]);
        });

        it("opens no connection in a preview, and does not know the output", async () => {
            await start();
            const unknown = inputs({ create: "true", connection: secret({ host: UNKNOWN }) });
            const { state } = await command.create(unknown, operation({ preview: true }));
            expect(state).to.include({ stdout: UNKNOWN, stderr: UNKNOWN, create: "true" });
        });

        it("runs several commands at once", async () => {
            let arrived = 0;
            await start({
                answer: async () => {
                    arrived++;
                    await until(() => arrived === 3);
                    return {};
                },
            });
            const names = ["a", "b", "c"];
            await Promise.all(names.map((create) => command.create(inputs({ create }), operation())));
            expect(server.ran.map((ran) => ran.command).sort()).to.deep.equal(names);
        });

        it("leaves no connection open", async () => {
            await start();
            await command.create(inputs({ create: "true" }), operation());
            await until(() => server.open === 0);
        });
    });

    describe("update", () => {
        it("runs the update command", async () => {
            await start({ answer: () => ({ stdout: "new" }) });
            const state = await command.update({}, inputs({ create: "c", update: "u" }), operation());
            expect(server.ran.map((ran) => ran.command)).to.deep.equal(["u"]);
            expect(state.stdout).to.equal("new");
        });

        it("runs the create command if there is no update command", async () => {
            await start();
            await command.update({}, inputs({ create: "c" }), operation());
            expect(server.ran.map((ran) => ran.command)).to.deep.equal(["c"]);
        });

        it("keeps the previous output if there is neither", async () => {
            await start();
            const old = { stdout: secret("before"), stderr: "" };
            const state = await command.update(old, inputs({ delete: "d" }), operation());
            expect(state.stdout).to.equal("before");
            expect(server.ran).to.deep.equal([]);
        });
    });

    describe("delete", () => {
        it("runs the delete command with the stored connection", async () => {
            await start();
            const { state } = await command.create(inputs({ create: "c", delete: "d", stdin: "in" }), operation());
            await command.delete(state, operation());
            expect(server.ran.map((ran) => `${ran.command}<${ran.stdin}`)).to.deep.equal(["c<in", "d<in"]);
        });

        it("needs no server if there is no command", async () => {
            await start();
            const { state } = await command.create(inputs({ create: "c" }), operation());
            await server.stop();
            await command.delete(state, operation());
            await start();
        });
    });

    describe("a command that fails", () => {
        it("reports its exit code, the command and all output", async () => {
            await start({ answer: () => ({ stdout: "did this\n", code: 3 }) });
            const message = await failure(command.create(inputs({ create: 'echo "x"' }), operation()));
            expect(message).to.equal('Process exited with status 3: running "echo \\"x\\"":\ndid this\n');
        });

        it("reports its stderr even if nothing is logged", async () => {
            await start({ answer: () => ({ stderr: "broken", code: 1 }) });
            const message = await failure(command.create(inputs({ create: "f", logging: "none" }), operation()));
            expect(message).to.equal('Process exited with status 1: running "f":\nbroken');
            expect(log.lines).to.deep.equal([]);
        });

        it("does not report its input", async () => {
            await start({ answer: () => ({ code: 1 }) });
            const message = await failure(command.create(inputs({ create: "f", stdin: "token" }), operation()));
            expect(message).not.to.contain("token");
        });

        it("reports the signal that ended it", async () => {
            await start({ answer: () => ({ signal: "TERM" }) });
            const message = await failure(command.create(inputs({ create: "f" }), operation()));
            expect(message).to.equal('Process exited with status 143 from signal TERM: running "f":\n');
        });

        it("fails if the server closes the connection during the command", async () => {
            await start({ answer: () => ({ drop: true }) });
            const message = await failure(command.create(inputs({ create: "reboot" }), operation()));
            expect(message).to.contain("remote command exited without exit status or exit signal");
        });
    });

    describe("logging", () => {
        const logged = async (logging?: string): Promise<string[]> => {
            await start({ answer: () => ({ stdout: "o1\no2", stderr: "e1\n" }) });
            await command.create(inputs({ create: "c", logging }), operation());
            return log.lines.sort();
        };

        it("writes both streams by default, line by line", async () => {
            expect(await logged()).to.deep.equal(["info: e1", "info: o1", "info: o2"]);
        });
        it("writes both streams with stdoutAndStderr", async () => {
            expect(await logged("stdoutAndStderr")).to.deep.equal(["info: e1", "info: o1", "info: o2"]);
        });
        it("writes only stdout with stdout", async () => {
            expect(await logged("stdout")).to.deep.equal(["info: o1", "info: o2"]);
        });
        it("writes only stderr with stderr", async () => {
            expect(await logged("stderr")).to.deep.equal(["info: e1"]);
        });
        it("writes nothing with none", async () => {
            expect(await logged("none")).to.deep.equal([]);
        });
    });

    describe("environment", () => {
        const old = { stdout: "before", stderr: "" };

        it("reaches the command, with the previous output", async () => {
            await start({ acceptEnvironment: true });
            const news = inputs({ create: "c", environment: { LANG: secret("C") }, addPreviousOutputInEnv: undefined });
            await command.update(old, news, operation());
            expect(server.ran[0]?.environment).to.deep.equal({ LANG: "C", PULUMI_COMMAND_STDOUT: "before" });
        });

        it("fails the command if the server refuses it", async () => {
            await start();
            const news = inputs({ create: "c", environment: { FOO: "secret value" } });
            const message = await failure(command.create(news, operation()));
            expect(message).to.equal('could not set environment variable "FOO": ssh: setenv failed');
            expect(log.lines[0]).to.match(/^error: Unable to set 'FOO'/);
            expect(log.lines.join()).not.to.contain("secret value");
            expect(server.ran).to.deep.equal([]);
        });

        it("only causes a warning if the server refuses the previous output", async () => {
            await start();
            await command.update(old, inputs({ create: "c", addPreviousOutputInEnv: true }), operation());
            expect(log.lines).to.have.length(1);
            expect(log.lines[0]).to.match(/^warning: Unable to set 'PULUMI_COMMAND_STDOUT'/);
            expect(server.ran).to.have.length(1);
        });
    });
});
