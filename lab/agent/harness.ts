import assert from "node:assert/strict";
/**
 * A pair of agents as processes, in their own network namespace, with the API of the local cloud in this process. The
 * test takes the place of keepalived: it sets the VIP on the NIC and writes lines into the FIFO. Needs root.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { AuditEntry } from "../cloud/api/audit";
import { until } from "../stack/until";
import { AgentNode, VIP } from "./agentNode";
import { CloudSide, TOKEN } from "./cloudSide";
import { Gate } from "./gate";
import { Namespace } from "./namespace";

export { VIP } from "./agentNode";
export { TOKEN } from "./cloudSide";
/** Aliases outside the pair, one on each node. No test may lose them. */
export const OTHERS = ["10.0.1.101", "10.0.1.102"];
const ADDRESSES = ["10.0.1.2", "10.0.1.3"];
/** How long (ms) a request can be in flight when its sender is demoted. */
const ON_ITS_WAY = 100;

export interface StandOptions {
    /** Default: 8. The real cloud probably needs 60. */
    latencyMs?: number;
    /** Default: 100. The real cloud probably needs 800. */
    actionMs?: number;
    vips?: string[];
    /** Seconds. Default: 1. */
    verifySeconds?: number;
    metadata?: boolean;
    /** Serves the API at [::1] too. */
    ipv6?: boolean;
}

let count = 0;

export class Stand extends CloudSide {
    // in memory, like /run on a node
    readonly folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "fpa-"));
    readonly namespace = new Namespace(`fpa-${process.pid}-${++count}`, ADDRESSES);
    gate!: Gate;
    nodes!: [AgentNode, AgentNode];
    networkId = 0;
    serverIds: number[] = [];

    private constructor(readonly options: StandOptions) {
        super();
    }

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

    override async close(): Promise<void> {
        await Promise.all((this.nodes ?? []).map((node) => node.stop("SIGKILL")));
        const complaints = (this.nodes ?? []).map((node) => node.complaints()).join("");
        await this.gate?.close();
        await super.close();
        await this.namespace.close();
        rmSync(this.folder, { recursive: true, force: true });
        // `status` has to read the files of an agent that ended in any state
        assert.equal(complaints, "", "the agent cannot read back the file that it wrote");
    }

    async startAgents(): Promise<void> {
        await Promise.all(this.nodes.map((node) => node.start()));
    }

    /** Makes a node MASTER and waits until the node has confirmed that it is the holder. */
    async settle(index: number): Promise<void> {
        await this.nodes[index].promote();
        await this.claimed(index);
    }

    async claimed(index: number, timeoutMs = 20_000): Promise<void> {
        const node = this.nodes[index];
        await until(`${node.name} to hold the alias`, timeoutMs, () => this.holds(index) && node.state().confirmed, 10);
    }

    /**
     * Checks the end of every test: this node and no other has the alias, all other aliases are in place, and no node
     * that was not MASTER has changed anything. Waits for it and asks the API.
     *
     * @param others The other aliases of the nodes.
     * @param unconfirmed The agent cannot write its state.
     * @returns The seconds from the promotion to the confirmed alias.
     */
    async ends(index: number, others = OTHERS.map((one) => [one]), unconfirmed = false): Promise<number> {
        const timeoutMs = 45_000;
        if (unconfirmed) {
            await until("the alias", timeoutMs, () => this.holds(index), 10);
        } else {
            await this.claimed(index, timeoutMs);
        }
        const seconds = (performance.now() - this.nodes[index].promotedAt) / 1000;
        this.api.faults.clear();
        await this.api.settled();
        const vips = this.options.vips ?? [VIP];
        const expected = others.map((list, node) => [...list, ...(node === index ? vips : [])].sort());
        const found = await Promise.all(this.serverIds.map((id) => this.serverByApi(id)));
        expect(found.map(({ aliases }) => aliases.sort())).to.deep.equal(expected);
        expect(this.trespasses(), "changes by a node that is not MASTER").to.deep.equal([]);
        return seconds;
    }

    /**
     * Waits until the last promotion is more than 10 s old. Before that, an agent takes a lost alias for a late claim
     * of the former master, and repairs it soon.
     */
    async settled(): Promise<void> {
        const youngest = Math.max(...this.nodes.map(({ promotedAt }) => promotedAt));
        await until("the promotion to be old", 15_000, () => performance.now() - youngest > 10_500);
    }

    /** Resolves when a MASTER has read the metadata this often. */
    async metadataLooks(index: number, times: number): Promise<void> {
        const from = this.metadataRequests[index];
        await until(`${times} looks`, 20_000, () => this.metadataRequests[index] - from >= times);
    }

    /** Moves the MASTER state as keepalived does after the other node died or was drained. */
    async switchTo(index: number): Promise<void> {
        await this.nodes[1 - index].demote();
        await this.nodes[index].promote();
    }

    /** Does what keepalived does when the MASTER's agent asks it to step down. The agent waits 0.5 s for that. */
    async letsGo(index: number): Promise<void> {
        const node = this.nodes[index];
        await until(`${node.name} to let go`, 5000, () => node.flag("yield") === "1", 5);
        await this.switchTo(1 - index);
        await until(`${node.name} to be eligible again`, 5000, () => node.flag("yield") === "0");
    }

    /**
     * Sets whether a node carries, that is whether questions to the stand-ins of the VIPs are answered. At the start it
     * does not.
     */
    async carries(index: number, carries: boolean): Promise<void> {
        await this.namespace.answersStandIns(index, carries);
    }

    holds(index: number, vips = this.options.vips ?? [VIP]): boolean {
        return vips.every((vip) => this.aliases(index).includes(vip));
    }

    /** The addresses that the network delivers to a node at this moment. */
    aliases(index: number): string[] {
        return this.aliasesOf(this.serverIds[index]);
    }

    aliasesOf(serverId: number): string[] {
        const changes = this.fabric.changes.filter((change) => change.serverId === serverId);
        return changes.at(-1)?.ips ?? [];
    }

    async serverByApi(serverId: number): Promise<{ locked: boolean; aliases: string[] }> {
        type Nics = { network: number; alias_ips: string[] }[];
        type Answer = { server: { locked: boolean; private_net: Nics } };
        const { locked, private_net: nics } = (await this.call<Answer>("GET", `/servers/${serverId}`)).server;
        return { locked, aliases: nics.find(({ network }) => network === this.networkId)?.alias_ips ?? [] };
    }

    /** Sets this list through the API, as another client does. */
    async order(serverId: number, aliasIps: string[]): Promise<void> {
        const body = { network: this.networkId, alias_ips: aliasIps };
        await this.call("POST", `/servers/${serverId}/actions/change_alias_ips`, body);
    }

    /** Changes the list without the API. */
    async force(index: number, aliasIps: string[]): Promise<void> {
        const [serverId, networkId] = [this.serverIds[index], this.networkId];
        const match = { sourceIp: "127.0.0.1" };
        const fault = this.api.faults.add({ kind: "changeAliases", serverId, networkId, aliasIps, count: 1, match });
        await this.call("GET", `/servers/${serverId}`);
        this.api.faults.remove(fault);
    }

    get seq(): number {
        return this.api.audit.at(-1)?.seq ?? 0;
    }

    /** The requests of a node's agent. */
    requests(index: number, since = 0): AuditEntry[] {
        return this.api.auditSince(since).filter(({ sourceIp }) => sourceIp === `127.0.0.${index + 2}`);
    }

    /** The requests that change aliases, of agents and test. */
    posts(since = 0): AuditEntry[] {
        return this.api
            .auditSince(since)
            .filter(({ method, path }) => method === "POST" && path.endsWith("change_alias_ips"));
    }

    /** The requests that an agent sent while its node was not MASTER. */
    trespasses(): AuditEntry[] {
        return this.nodes.flatMap(({ mastership }, index) =>
            this.posts().filter(({ sourceIp, time }) => {
                const at = Date.parse(time);
                const allowed = mastership.some(({ from, to }) => from <= at && at <= to + ON_ITS_WAY);
                return sourceIp === `127.0.0.${index + 2}` && !allowed;
            }),
        );
    }

    /** Adds a server to the pair's network, with this address and these aliases. */
    async addServer(name: string, ip: string, aliases: string[]): Promise<number> {
        const image = { server_type: "cx23", image: "debian-12", location: "nbg1" };
        const { server } = await this.call<{ server: { id: number } }>("POST", "/servers", { name, ...image });
        await this.api.settled();
        const nic = { network: this.networkId, ip };
        await this.call("POST", `/servers/${server.id}/actions/attach_to_network`, nic);
        await this.api.settled();
        await this.order(server.id, aliases);
        await this.api.settled();
        return server.id;
    }

    /** Runs a preparation of a test without latency. */
    async quickly<T>(work: () => Promise<T>): Promise<T> {
        this.api.setTiming({ latencyMs: 0, actionMs: 0 });
        const result = await work();
        await this.api.settled();
        const { latencyMs = 8, actionMs = 100 } = this.options;
        this.api.setTiming({ latencyMs, actionMs });
        return result;
    }

    private async build(): Promise<void> {
        await this.serve(this.options.metadata ? ADDRESSES : []);
        writeFileSync(join(this.folder, "ca.pem"), this.identity.cert);
        await this.quickly(async () => {
            const subnets = [{ type: "cloud", ip_range: "10.0.1.0/24", network_zone: "eu-central" }];
            const order = { name: "private", ip_range: "10.0.0.0/16", subnets };
            this.networkId = (await this.call<{ network: { id: number } }>("POST", "/networks", order)).network.id;
            for (const [index, address] of ADDRESSES.entries()) {
                this.serverIds.push(await this.addServer(`nginx${index}`, address, [OTHERS[index]]));
            }
        });
        await this.namespace.open();
        const ways = ADDRESSES.flatMap((_, index) => {
            const source = `127.0.0.${index + 2}`;
            const api = { listen: 8440 + index, target: this.apiPort, source };
            const six = this.options.ipv6 ? [{ ...api, name: `six${index}`, address: "::1" }] : [];
            const metadata = { name: `metadata${index}`, listen: 8450 + index, target: this.metadataPort, source };
            return [{ ...api, name: `api${index}` }, ...six, metadata];
        });
        this.gate = await Gate.open(this.namespace.name, ways);
        this.nodes = [this.makeNode(0), this.makeNode(1)];
    }

    private makeNode(index: number): AgentNode {
        return new AgentNode({
            namespace: this.namespace,
            folder: join(this.folder, `node${index}`),
            nic: `nic${index}`,
            token: TOKEN,
            config: {
                pair: "web",
                node: `nginx${index}`,
                serverId: this.serverIds[index],
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
