/** A pair behind a fake SSH, which answers the commands of `failover` as two servers would, in virtual time. */
import type { ChildProcess } from "child_process";
import { EventEmitter } from "events";
import { PassThrough } from "stream";
import { type Command, runCommand } from "../../../cli/command";
import type { NodeReport } from "../../../cli/pair/report";
import { type Answer, type RunOptions, type Server, type Ssh, Unreachable } from "../../../cli/pair/ssh";
import type { Exam } from "../../../cli/doctor/exam";
import { style } from "../../../cli/terminal/style";
import { healthy } from "./exams";
import { FakeNode, type Reply } from "./fakeNode";
import { NODES, NOW } from "./reports";
import { inVirtualTime } from "./virtualTime";

/** ms */
const ROUND_TRIP = 30;
const ELECTION = 300;
const CLAIM = 1500;

/** The result of a command. */
export interface Ran {
    /** The exit code, or the error. */
    code: number | Error;
    /** On stdout. */
    printed: string;
    /** On stderr. */
    said: string;
}

export class FakePair {
    readonly nodes = NODES.map((node) => new FakeNode(this, node.name));
    master = "web0";
    holder = "web0";
    since = NOW - 3600;
    /** Each command that reached a node, as "web0: alias-switch drain". */
    readonly commands: string[] = [];
    /** A replacement for a command on a node that is up; undefined: none. */
    instead: (node: FakeNode, command: string) => Reply | Error | undefined = () => undefined;
    /** Changes of a node's report. */
    reports: (node: FakeNode) => Partial<NodeReport> = () => ({});
    exam: (index: number) => unknown = (index): Exam => healthy(index);
    client: FakeClient | null = null;
    /** The node that answers at the virtual IP: the holder carries to the master while the holder is up. */
    serves = () => (this.node(this.master).able() && this.node(this.holder).up ? this.master : null);
    closed = 0;

    readonly ssh: Ssh = {
        run: (server, command, options) => this.run(server, command, options),
        start: () => {
            this.client = new FakeClient(() => this.serves());
            return this.client as unknown as ChildProcess;
        },
        close: () => void this.closed++,
    };

    /** Another drill holds web0. */
    get heldByOther(): boolean {
        return this.nodes[0].timer === "other";
    }

    set heldByOther(held: boolean) {
        this.nodes[0].timer = held ? "other" : null;
    }

    node(name: string): FakeNode {
        return this.nodes.find((node) => node.name === name)!;
    }

    other(name: string): FakeNode {
        return this.nodes.find((node) => node.name !== name)!;
    }

    /** Runs a sub-command on the pair. */
    async failover(command: Command, ...args: string[]): Promise<Ran> {
        const [out, err]: string[][] = [[], []];
        const context = {
            nodes: NODES,
            ssh: this.ssh,
            json: args.includes("--json"),
            print: (text: string) => void out.push(text),
            say: (text: string) => void err.push(text),
            style: style({}),
        };
        const code = await inVirtualTime(NOW * 1000, () =>
            runCommand(command, args, () => Promise.resolve(context)).catch((error: Error) => error),
        );
        return { code, printed: out.join("\n"), said: err.join("\n") };
    }

    /** A node can no longer serve, or can again. The other node becomes MASTER, and later the holder. */
    changed(): void {
        setTimeout(() => {
            const other = this.other(this.master);
            if (this.node(this.master).able() || !other.able()) {
                return;
            }
            this.master = other.name;
            this.since = Date.now() / 1000;
            setTimeout(() => (this.holder = this.master), CLAIM);
        }, ELECTION);
    }

    private async run(server: Server, command: string, { lines, seconds = 20 }: RunOptions = {}): Promise<Answer> {
        const node = this.node(server.name);
        const reply = node.answer(command);
        const late = reply instanceof Error ? 0 : (reply.after ?? 0);
        await new Promise((resolve) => setTimeout(resolve, Math.min(ROUND_TRIP + late, seconds * 1000)));
        if (reply instanceof Error) {
            throw reply;
        }
        const { code = 0, stdout = "", stderr = "", drops } = reply;
        lines?.push(Buffer.from(stdout));
        lines?.end();
        if (drops !== undefined) {
            throw dropped(server.name, drops);
        }
        return { code, stdout: (lines === undefined ? stdout : "") as unknown as Answer["stdout"], stderr };
    }
}

export function dropped(name: string, why = "Connection reset by peer"): Unreachable {
    return new Unreachable(`${name} cannot be reached: ${why}`);
}

/** The process that sends 50 requests a second to the virtual IP. */
class FakeClient extends EventEmitter {
    readonly stdin = new PassThrough();
    readonly stdout = new PassThrough();
    readonly stderr = new PassThrough();
    exitCode: number | null = null;
    signalCode: string | null = null;
    private seq = 0;
    private readonly timer: NodeJS.Timeout;

    constructor(private readonly serving: () => string | null) {
        super();
        this.timer = setInterval(() => this.ask(), 20);
    }

    kill(): void {
        this.end(null, "SIGTERM");
    }

    /** The process ends by itself. */
    end(code: number | null, signal: string | null = null): void {
        clearInterval(this.timer);
        [this.exitCode, this.signalCode] = [code, signal];
        this.emit("exit", code, signal);
        this.emit("close", code, signal);
    }

    private ask(): void {
        const answer = this.serving();
        const sample = { seq: this.seq++, sentAt: Date.now(), ms: answer === null ? null : 1.5, answer };
        this.stdout.write(`${JSON.stringify(sample)}\n`);
    }
}
