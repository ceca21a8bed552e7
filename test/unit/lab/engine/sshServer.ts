import { AddressInfo } from "node:net";
import { Server, utils, type Connection, type ServerChannel } from "ssh2";

export interface Ran {
    command: string;
    stdin: string;
    environment: Record<string, string>;
}

export interface Answer {
    stdout?: string;
    stderr?: string;
    code?: number;
    signal?: string;
    /** Closes the connection without an exit code. */
    drop?: boolean;
}

export interface Behaviour {
    answer?: (ran: Ran) => Answer | Promise<Answer>;
    acceptEnvironment?: boolean;
    port?: number;
    password?: string;
}

/** A real SSH server in this process. Each test decides what its commands do. */
export class SshServer {
    readonly ran: Ran[] = [];
    open = 0;
    /** The number so far. */
    connections = 0;
    port = 0;
    private readonly clients = new Set<Connection>();

    private constructor(
        readonly privateKey: string,
        /** By algorithm. */
        readonly hostKeys: Record<string, string>,
        private readonly server: Server,
    ) {}

    static async start(behaviour: Behaviour = {}): Promise<SshServer> {
        const client = keyPair("ed25519");
        const hosts = [keyPair("ecdsa"), keyPair("ed25519")];
        const server = new Server({ hostKeys: hosts.map((host) => host.private) });
        const [ecdsa, ed25519] = hosts.map((host) => host.public);
        const self = new SshServer(client.private, { ecdsa, ed25519 }, server);
        server.on("connection", (connection) => self.serve(connection, client.public, behaviour));
        await new Promise<void>((resolve) => server.listen(behaviour.port ?? 0, "127.0.0.1", resolve));
        self.port = (server.address() as AddressInfo).port;
        return self;
    }

    hangUp(): void {
        this.clients.forEach((client) => client.end());
    }

    async stop(): Promise<void> {
        this.hangUp();
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
    }

    private serve(connection: Connection, publicKey: string, behaviour: Behaviour): void {
        // missing in the types
        (connection as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
        this.clients.add(connection);
        this.open++;
        this.connections++;
        connection.on("error", () => undefined);
        connection.on("close", () => {
            this.clients.delete(connection);
            this.open--;
        });
        const known = utils.parseKey(publicKey);
        connection.on("authentication", (context) => {
            const withKey =
                context.method === "publickey" &&
                !(known instanceof Error) &&
                context.key.data.equals(known.getPublicSSH()) &&
                (context.signature === undefined || known.verify(context.blob ?? "", context.signature) === true);
            const withPassword = context.method === "password" && context.password === behaviour.password;
            return withKey || withPassword ? context.accept() : context.reject(["publickey", "password"]);
        });
        connection.on("session", (accept) => {
            const session = accept();
            const environment: Record<string, string> = {};
            session.on("env", (acceptEnv, reject, info: { key: string; val: string }) => {
                if (behaviour.acceptEnvironment) {
                    environment[info.key] = info.val;
                }
                // the client wants no answer if these are missing, contrary to the types
                (behaviour.acceptEnvironment ? acceptEnv : reject)?.();
            });
            session.on("exec", (acceptExec, _reject, info) => {
                void this.execute(
                    connection,
                    acceptExec(),
                    { command: info.command, stdin: "", environment },
                    behaviour,
                );
            });
        });
    }

    private async execute(
        connection: Connection,
        channel: ServerChannel,
        ran: Ran,
        behaviour: Behaviour,
    ): Promise<void> {
        await new Promise((resolve) =>
            channel.on("data", (chunk: Buffer) => (ran.stdin += String(chunk))).on("end", resolve),
        );
        this.ran.push(ran);
        const answer = (await behaviour.answer?.(ran)) ?? {};
        if (answer.drop) {
            connection.end();
            return;
        }
        channel.write(answer.stdout ?? "");
        channel.stderr.write(answer.stderr ?? "");
        if (answer.signal !== undefined) {
            channel.exit(answer.signal);
        } else {
            channel.exit(answer.code ?? 0);
        }
        channel.end();
    }
}

/** ssh2 sometimes creates a key that it cannot read itself. */
function keyPair(type: "ed25519" | "ecdsa"): { private: string; public: string } {
    const pair =
        type === "ecdsa" ? utils.generateKeyPairSync("ecdsa", { bits: 256 }) : utils.generateKeyPairSync("ed25519");
    return utils.parseKey(pair.private) instanceof Error ? keyPair(type) : pair;
}

/** Waits until the condition holds; mocha's timeout ends the wait. */
export async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}
