/**
 * Two nodes with the real bridge, a client and the cloud's router, each in its own network namespace, without agents,
 * keepalived and API: these tests are about packets only. Needs root.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { until } from "../../lab/stack/until";

export const VIPS = ["10.0.1.1", "10.0.1.6"];
/** The node that has the alias, and the node that asks it. */
export type Node = "holder" | "asker";
export const NODES: Node[] = ["holder", "asker"];
const ADDRESS = { holder: "10.0.1.2", asker: "10.0.1.3", client: "10.0.2.1" };
/** An echo server. */
const SERVICE = `
import socket, sys, threading
def serve(server):
    while True:
        channel = server.accept()[0]
        print("accepted", flush=True)
        channel.sendall(sys.argv[1].encode())
        if "talks" in sys.argv[1]:
            while data := channel.recv(4096): channel.sendall(data)
        channel.close()
servers = [socket.create_server((sys.argv[2], int(port))) for port in sys.argv[3:]]
for server in servers: threading.Thread(target=serve, args=(server,)).start()
print("ready", flush=True)
`;
const CLIENT = `
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1) as channel: print(channel.recv(64).decode())
except OSError as error: print("none: %s" % error)
`;

const TALK = `
import socket, sys
channel = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
channel.recv(64)
print("connected", flush=True)
for line in sys.stdin:
    channel.sendall(line.encode())
    print(channel.recv(64).decode(), end="", flush=True)
`;

async function ended(one: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (one.exitCode === null && one.signalCode === null) {
        const end = once(one, "exit");
        one.kill(signal);
        await end;
    }
}

export interface Journey {
    /** Why the journey failed, or null. */
    story: string | null;
    ms: number;
    published: string[];
    counters: Record<string, number>[];
}

let count = 0;

export class TwoNodes {
    private readonly prefix = `fpj${process.pid}-${++count}-`;
    private readonly folder = mkdtempSync(join(tmpdir(), "fpj-"));
    private readonly processes: ChildProcess[] = [];
    private readonly services = new Map<string, ChildProcess>();
    /** The output of each service, by its name. */
    readonly said: Record<string, string> = {};

    static async open(vips = VIPS.slice(0, 1)): Promise<TwoNodes> {
        const ground = new TwoNodes(vips);
        try {
            await ground.build();
        } catch (error) {
            await ground.close();
            throw error;
        }
        return ground;
    }

    private constructor(readonly vips: string[]) {}

    async close(): Promise<void> {
        for (const one of this.processes) {
            await ended(one);
        }
        const { stdout } = await execa("ip", ["netns", "list"]);
        const names = stdout.split("\n").map((line) => line.split(" ")[0]);
        for (const name of names.filter((one) => one.startsWith(this.prefix))) {
            await execa("ip", ["netns", "delete", name], { reject: false });
        }
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** Runs a shell's command line in a namespace. */
    async run(where: string, command: string): Promise<string> {
        return (await execa("ip", ["netns", "exec", this.prefix + where, "sh", "-ec", command])).stdout;
    }

    /** Adds a filter with this hook, these rules and this priority. */
    async filter(where: Node, hook: string, rules: string, priority = 0): Promise<void> {
        const chain = `chain theirs { type filter hook ${hook} priority ${priority}; ${rules}; }`;
        await this.run(where, `nft 'table inet theirs-${hook} { ${chain}; }'`);
    }

    /** Starts a service in a namespace. It sends its name to each client. */
    async serve(where: string, ports: number[], address = "0.0.0.0", name = where): Promise<void> {
        const words = ["netns", "exec", this.prefix + where, "python3", "-c", SERVICE, name, address];
        const service = spawn("ip", [...words, ...ports.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
        this.processes.push(service);
        this.services.set(where, service);
        this.said[name] = "";
        service.stdout.on("data", (chunk: Buffer) => (this.said[name] += chunk.toString()));
        await until(`${name} to serve`, 10_000, () => this.said[name].includes("ready"), 10);
    }

    async stopService(where: string): Promise<void> {
        await ended(this.services.get(where)!);
    }

    /** A container behind a node. Port 8080 of the VIPs is forwarded to its port 80, as Docker and Podman do it. */
    async container(node: Node, index: number): Promise<void> {
        const name = `${node}-box`;
        const [inside, outside] = [`172.17.${index}.2`, `172.17.${index}.1`];
        const netns = this.prefix + name;
        await execa("ip", ["netns", "add", netns]);
        await this.run(
            node,
            `ip link add box type veth peer name e0 netns ${netns}; ip link set box up; ip address add ${outside}/24 dev box
             sysctl -qw net.ipv4.ip_forward=1`,
        );
        await this.run(
            name,
            `ip link set lo up; ip address add ${inside}/24 dev e0; ip link set e0 up; ip route add default via ${outside}`,
        );
        const rules = this.vips.map((vip) => `ip daddr ${vip} tcp dport 8080 dnat to ${inside}:80;`).join(" ");
        await this.run(node, `nft 'table ip box { chain p { type nat hook prerouting priority -100; ${rules} }; }'`);
        await this.serve(name, [80], "0.0.0.0", `${name} talks`);
    }

    /** Adds or removes the VIPs on a node's NIC, as keepalived does. */
    async vipsOn(node: Node, verb: "add" | "del"): Promise<void> {
        for (const vip of this.vips) {
            await this.run(node, `ip address ${verb} ${vip}/32 dev e0`);
        }
    }

    /** The service failed on the holder: the other node is MASTER. */
    async failOver(): Promise<void> {
        await this.vipsOn("holder", "del");
        await this.vipsOn("asker", "add");
    }

    async ask(kind: "real" | "peace", ports: string[] = ["80/tcp"], from: Node = "asker"): Promise<Journey> {
        const to = from === "asker" ? "holder" : "asker";
        const program = join(__dirname, "journeyProgram.py");
        const words = [program, this.config(from), this.config(to), kind, ...ports];
        let journey: Journey | undefined;
        // the bridge recreates its table when other rules change, and then its counters begin at 0
        await until("the bridges' tables to stay", 20_000, async () => {
            const before = await this.tables();
            const { stdout } = await execa("ip", ["netns", "exec", this.prefix + from, "python3", ...words]);
            journey = JSON.parse(stdout) as Journey;
            return (await this.tables()) === before;
        });
        return journey!;
    }

    /** The handles of both nodes' tables: a recreated table has another handle. */
    private async tables(): Promise<string> {
        return (await Promise.all(NODES.map((node) => this.run(node, "nft --json list tables")))).join();
    }

    /** The answer that a client of the VIP gets. */
    async client(port: number, vip = this.vips[0]): Promise<string> {
        const words = ["netns", "exec", `${this.prefix}client`, "python3", "-c", CLIENT, vip, String(port)];
        return (await execa("ip", words)).stdout;
    }

    /** A client's connection that stays open, to a service that echoes. */
    async longTalk(port: number): Promise<{ say: (line: string) => Promise<string>; end: () => Promise<void> }> {
        const words = ["netns", "exec", `${this.prefix}client`, "python3", "-c", TALK, this.vips[0], String(port)];
        const client = spawn("ip", words, { stdio: ["pipe", "pipe", "inherit"] });
        this.processes.push(client);
        let heard = "";
        client.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
        await until("the connection", 5000, () => heard.includes("connected"), 10);
        const say = async (line: string) => {
            heard = "";
            client.stdin.write(`${line}\n`);
            await until(`an answer to ${line}`, 5000, () => heard.includes("\n"), 10);
            return heard.trim();
        };
        return { say, end: () => ended(client) };
    }

    /** Moves the alias to the other node. */
    async moveAlias(to: Node): Promise<void> {
        for (const vip of this.vips) {
            await this.run("router", `ip route replace ${vip}/32 via ${ADDRESS[to]} dev r-${to} onlink`);
        }
        await this.sourceFilter(to);
        for (const node of NODES) {
            await this.tell(node, node === to ? "self" : "peer");
        }
    }

    bridgeState(node: Node): { ready: boolean; problem: string | null } {
        return JSON.parse(readFileSync(join(this.folder, node, "bridge", "bridge.json"), "utf8")) as {
            ready: boolean;
            problem: string | null;
        };
    }

    private config(node: Node): string {
        return join(this.folder, node, "config.json");
    }

    private async tell(node: Node, holder: string): Promise<void> {
        const path = join(this.folder, node, "bridge", "bridge.sock");
        const program = `import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"${holder}", "${path}")`;
        await execa("python3", ["-c", program]);
    }

    private async build(): Promise<void> {
        for (const name of ["router", "client", ...NODES]) {
            await execa("ip", ["netns", "add", this.prefix + name]);
            await this.run(name, "ip link set lo up");
        }
        for (const [name, address] of Object.entries(ADDRESS)) {
            await this.run(
                "router",
                `ip link add r-${name} type veth peer name e0 netns ${this.prefix}${name}; ip link set r-${name} up
                 ip address add 10.0.0.1/32 dev r-${name}`,
            );
            await this.run(
                name,
                `ip link set e0 up; ip address add ${address}/32 dev e0; ip route add 10.0.0.1 dev e0
                 ip route add 10.0.0.0/16 via 10.0.0.1 dev e0`,
            );
            await this.run("router", `ip route add ${address}/32 dev r-${name}`);
        }
        await this.run("router", "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0");
        for (const node of NODES) {
            await this.run(node, "sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv4.conf.e0.rp_filter=1");
            this.configure(node);
            await this.start("guard", node);
            await this.start("bridge", node);
            await this.serve(node, [80, 443]);
        }
        await this.moveAlias("holder");
        await this.vipsOn("holder", "add");
        for (const node of NODES) {
            await until("answers to know their way", 10_000, async () => {
                const rules = await this.run(node, "ip -4 rule");
                return rules.includes(`from ${this.vips[0]} `) === (node === "asker");
            });
        }
    }

    private configure(node: Node): void {
        const runDir = join(this.folder, node);
        mkdirSync(join(runDir, "agent"), { recursive: true });
        mkdirSync(join(runDir, "bridge"));
        const peer = node === "holder" ? "asker" : "holder";
        const config = { address: ADDRESS[node], peerAddress: ADDRESS[peer], vips: this.vips, runDir };
        writeFileSync(this.config(node), JSON.stringify(config));
    }

    /** Starts `bridge` or `guard` on a node, and waits until it is ready. */
    async start(program: "bridge" | "guard", node: Node, env: NodeJS.ProcessEnv = {}): Promise<void> {
        const words = ["python3", join(__dirname, "nodeProgram.py"), program, this.config(node), "run"];
        const started = spawn("/usr/sbin/ip", ["netns", "exec", this.prefix + node, ...words], {
            stdio: ["ignore", "ignore", "pipe"],
            env: { ...process.env, ...env },
        });
        const name = `${node}'s ${program}`;
        this.processes.push(started);
        this.services.set(name, started);
        this.said[name] = "";
        started.stderr.on("data", (chunk: Buffer) => (this.said[name] += chunk.toString()));
        await until(name, 15_000, () => /carried between|on guard for/.test(this.said[name]), 10);
    }

    /** A PATH with all programs except this one. */
    async withoutProgram(name: string): Promise<string> {
        const folder = mkdtempSync(join(this.folder, "path-"));
        const all = `for d in $(echo "$PATH" | tr : ' '); do ln -s "$d"/* ${folder}/ 2>/dev/null || true; done; rm -f ${folder}/${name}`;
        await execa("sh", ["-c", all]);
        return folder;
    }

    /** Stops a program as systemd does, or kills it. */
    async stop(program: "bridge" | "guard", node: Node, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        await ended(this.services.get(`${node}'s ${program}`)!, signal);
    }

    /** Removes everything that `bridge` or `guard` has set up on a node. */
    async remove(program: "bridge" | "guard", node: Node): Promise<void> {
        await this.run(node, `python3 ${join(__dirname, "nodeProgram.py")} ${program} ${this.config(node)} remove`);
    }

    /** Starts a Python program in a namespace, as root or as this user without rights; `said` collects its output. */
    async python(where: string, name: string, program: string, words: string[] = [], user = 0): Promise<void> {
        const as = user === 0 ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
        const line = ["netns", "exec", this.prefix + where, ...as, "/usr/bin/python3", "-uc", program, ...words];
        const started = spawn("ip", line, { stdio: ["ignore", "pipe", "inherit"] });
        this.processes.push(started);
        this.services.set(name, started);
        this.said[name] = "";
        started.stdout.on("data", (chunk: Buffer) => (this.said[name] += chunk.toString()));
        await until(`${name} to begin`, 10_000, () => this.said[name].includes("ready"), 10);
    }

    /** Drops packets whose source address does not belong to their NIC, as the cloud does. */
    private async sourceFilter(holder: Node): Promise<void> {
        const rules = NODES.map((node) => {
            const sources = [ADDRESS[node], ...(node === holder ? this.vips : [])].join(", ");
            return `iifname "r-${node}" ip saddr != { ${sources} } drop;`;
        });
        const chain = `chain f { type filter hook prerouting priority -300; ${rules.join(" ")} };`;
        await this.run("router", `nft 'table ip sources; delete table ip sources; table ip sources { ${chain} }'`);
    }
}
