/**
 * A pair of agents as processes, in a network namespace of their own, against the API of the local cloud in this process.
 * keepalived's part (the VIP on the NIC, lines in the FIFO) is played by the test. Needs root.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { generate } from "selfsigned";
import { Agent as Dispatcher, fetch } from "undici";
import type { AuditEntry } from "../cloud/api/audit";
import type { Api } from "../cloud/api/server";
import { startApi } from "../cloud/api/server";
import { NullFabric } from "../cloud/fabric/null";
import { until } from "../stack/until";
import { AgentNode, VIP } from "./agentNode";
import { Gate } from "./gate";

export { VIP } from "./agentNode";
export const TOKEN = "t0ken".repeat(13).slice(0, 64);
/** Aliases of somebody else, one on each node, that have to survive everything. */
export const OTHERS = ["10.0.1.101", "10.0.1.102"];
const ADDRESSES = ["10.0.1.2", "10.0.1.3"];

export interface StandOptions {
    /** As the real cloud is thought to be, unless told: 60 ms a call, 800 ms an action. */
    latencyMs?: number;
    actionMs?: number;
    vips?: string[];
    /** Seconds; 1 unless told. */
    verifySeconds?: number;
    metadata?: boolean;
}

/** When which list of aliases came into force. */
interface Change {
    at: number;
    serverId: number;
    ips: string[];
}

class TimedFabric extends NullFabric {
    readonly changes: Change[] = [];

    override setAliases = (serverId: number, _networkId: number, ips: string[]): Promise<void> => {
        this.changes.push({ at: performance.now(), serverId, ips });
        return Promise.resolve();
    };
}

let count = 0;

export class Stand {
    readonly fabric = new TimedFabric();
    readonly folder = mkdtempSync(join(tmpdir(), "fpa-"));
    readonly netns = `fpa-${process.pid}-${++count}`;
    api!: Api;
    gate!: Gate;
    nodes!: [AgentNode, AgentNode];
    networkId = 0;
    serverIds: number[] = [];
    private metadata: HttpServer | undefined;
    private dispatcher!: Dispatcher;

    private constructor(readonly options: StandOptions) {}

    static async open(options: StandOptions = {}): Promise<Stand> {
        const stand = new Stand(options);
        try {
            await stand.build();
        } catch (error) {
            await stand.close();
            throw error;
        }
        return stand;
    }

    async close(): Promise<void> {
        await Promise.all((this.nodes ?? []).map((node) => node.stop("SIGKILL")));
        await this.gate?.close();
        await this.api?.close();
        await this.dispatcher?.destroy();
        this.metadata?.close();
        this.metadata?.closeAllConnections();
        await execa("ip", ["netns", "delete", this.netns], { reject: false });
        rmSync(this.folder, { recursive: true, force: true });
    }

    async startAgents(): Promise<void> {
        await Promise.all(this.nodes.map((node) => node.start()));
    }

    /** Makes a node MASTER and waits until the cloud agrees and the node knows it. */
    async settle(index: number): Promise<void> {
        await this.nodes[index].promote();
        await this.claimed(index);
    }

    async claimed(index: number, timeoutMs = 20_000): Promise<void> {
        const node = this.nodes[index];
        await until(`${node.name} to hold the alias`, timeoutMs, () => this.holds(index) && node.state().confirmed, 10);
    }

    /**
     * Waits until the last promotion is no longer young: for 10 s an agent takes what undoes its claim for a late claim of
     * the former master, and looks again itself.
     */
    async settled(): Promise<void> {
        const youngest = Math.max(...this.nodes.map(({ promotedAt }) => promotedAt));
        await until("the promotion to be old", 15_000, () => performance.now() - youngest > 10_500);
    }

    /** Moves mastership as keepalived does when the other node has died or given up. */
    async switchTo(index: number): Promise<void> {
        await this.nodes[1 - index].demote();
        await this.nodes[index].promote();
    }

    holds(index: number, vips = this.options.vips ?? [VIP]): boolean {
        return vips.every((vip) => this.aliases(index).includes(vip));
    }

    aliases(index: number): string[] {
        return this.aliasesOf(this.serverIds[index]);
    }

    aliasesOf(serverId: number): string[] {
        const changes = this.fabric.changes.filter((change) => change.serverId === serverId);
        return changes.at(-1)?.ips ?? [];
    }

    /** Somebody else changes the list, past the API. */
    async force(index: number, aliasIps: string[]): Promise<void> {
        const [serverId, networkId] = [this.serverIds[index], this.networkId];
        const fault = this.api.faults.add({ kind: "changeAliases", serverId, networkId, aliasIps, count: 1 });
        await this.call("GET", `/servers/${serverId}`);
        this.api.faults.remove(fault);
    }

    /** The requests that change aliases, of agents and test. */
    posts(since = 0): AuditEntry[] {
        return this.api
            .auditSince(since)
            .filter(({ method, path }) => method === "POST" && path.endsWith("change_alias_ips"));
    }

    get seq(): number {
        return this.api.audit.at(-1)?.seq ?? 0;
    }

    async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
        const answer = await fetch(this.api.url + path, {
            method,
            dispatcher: this.dispatcher,
            headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await answer.text();
        if (!answer.ok) {
            throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        }
        return (text === "" ? {} : JSON.parse(text)) as T;
    }

    /** A server in the pair's network, with this address and these aliases. */
    async addServer(name: string, ip: string, aliases: string[]): Promise<number> {
        const image = { server_type: "cx23", image: "debian-12", location: "nbg1" };
        const { server } = await this.call<{ server: { id: number } }>("POST", "/servers", { name, ...image });
        await this.api.settled();
        const nic = { network: this.networkId, ip };
        await this.call("POST", `/servers/${server.id}/actions/attach_to_network`, nic);
        await this.api.settled();
        await this.call("POST", `/servers/${server.id}/actions/change_alias_ips`, {
            network: this.networkId,
            alias_ips: aliases,
        });
        await this.api.settled();
        return server.id;
    }

    /** Cuts or mends the private network between the nodes, for what is not VRRP: that is up to the test. */
    async partition(cut: boolean): Promise<void> {
        const [from, to] = ADDRESSES;
        for (const [a, b] of [
            [from, to],
            [to, from],
        ]) {
            await execa("ip", [
                "-netns",
                this.netns,
                "rule",
                cut ? "add" : "del",
                "pref",
                "10",
                "from",
                a,
                "to",
                b,
                "blackhole",
            ]);
        }
    }

    /** Without latency, for what a test prepares. */
    async quickly<T>(work: () => Promise<T>): Promise<T> {
        this.api.setTiming({ latencyMs: 0, actionMs: 0 });
        const result = await work();
        const { latencyMs = 60, actionMs = 800 } = this.options;
        this.api.setTiming({ latencyMs, actionMs });
        return result;
    }

    private async build(): Promise<void> {
        await this.startCloud();
        await this.quickly(async () => {
            const subnets = [{ type: "cloud", ip_range: "10.0.1.0/24", network_zone: "eu-central" }];
            const order = { name: "private", ip_range: "10.0.0.0/16", subnets };
            this.networkId = (await this.call<{ network: { id: number } }>("POST", "/networks", order)).network.id;
            for (const [index, address] of ADDRESSES.entries()) {
                this.serverIds.push(await this.addServer(`nginx${index}`, address, [OTHERS[index]]));
            }
        });
        await this.makeNamespace();
        await this.openGate();
    }

    private async startCloud(): Promise<void> {
        const altNames = [{ type: 7 as const, ip: "127.0.0.1" }];
        const extensions = [{ name: "subjectAltName" as const, altNames }];
        const { private: key, cert } = await generate([{ name: "commonName", value: "local cloud" }], { extensions });
        writeFileSync(join(this.folder, "ca.pem"), cert);
        this.dispatcher = new Dispatcher({ connect: { ca: cert } });
        const common = { fabric: this.fabric, token: TOKEN, host: "127.0.0.1", port: 0, stateFile: null };
        this.api = await startApi({ ...common, tls: { key, cert } });
        this.metadata = createServer((request, response) => {
            const address = ADDRESSES[Number(request.socket.remoteAddress?.split(".").at(-1)) - 2];
            const path = request.url!.replace("/hetzner/v1/", "");
            const text = this.options.metadata ? this.api.metadata(address)(path) : null;
            response.writeHead(text === null ? 404 : 200).end(text ?? "");
        });
        await new Promise<void>((resolve) => this.metadata!.listen(0, "127.0.0.1", resolve));
    }

    private async makeNamespace(): Promise<void> {
        const inside = (line: string) => execa("ip", ["-netns", this.netns, ...line.split(" ")]);
        await execa("ip", ["netns", "add", this.netns]);
        await inside("link set lo up");
        for (const [index, address] of ADDRESSES.entries()) {
            await inside(`link add nic${index} type veth peer name far${index}`);
            await inside(`link set nic${index} up`);
            await inside(`link set far${index} up`);
            await inside(`address add ${address}/32 dev nic${index}`);
        }
        // behind the rules of a partition
        await inside("rule add pref 100 lookup local");
        await inside("rule del pref 0");
    }

    private async openGate(): Promise<void> {
        const target = Number(new URL(this.api.url).port);
        const metadata = (this.metadata!.address() as AddressInfo).port;
        const ways = ADDRESSES.flatMap((_, index) => [
            { name: `api${index}`, listen: 8440 + index, target, source: `127.0.0.${index + 2}` },
            { name: `metadata${index}`, listen: 8450 + index, target: metadata, source: `127.0.0.${index + 2}` },
        ]);
        this.gate = await Gate.open(this.netns, ways);
        this.nodes = [this.makeNode(0), this.makeNode(1)];
    }

    private makeNode(index: number): AgentNode {
        return new AgentNode({
            netns: this.netns,
            folder: join(this.folder, `node${index}`),
            nic: `nic${index}`,
            token: TOKEN,
            config: {
                pair: "web",
                node: `nginx${index}`,
                serverId: this.serverIds[index],
                peerServerId: this.serverIds[1 - index],
                networkId: this.networkId,
                address: ADDRESSES[index],
                peerAddress: ADDRESSES[1 - index],
                vips: this.options.vips ?? [VIP],
                endpoint: `https://127.0.0.1:${8440 + index}/v1`,
                caFile: join(this.folder, "ca.pem"),
                metadata: `http://127.0.0.1:${8450 + index}/hetzner/v1/metadata`,
                verifySeconds: this.options.verifySeconds ?? 1,
            },
        });
    }
}
