import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Api, ApiOptions } from "../../../../lab/cloud/api/server";
import { startApi } from "../../../../lab/cloud/api/server";
import { today } from "../../../../lab/cloud/api/changes";
import { Conformance } from "../../../../lab/cloud/api/description/conformance";
import type { locationView, pricingView, serverTypeView } from "../../../../lab/cloud/api/catalogViews";
import type { anyImageView } from "../../../../lab/cloud/api/resources/images";
import type { memberView } from "../../../../lab/cloud/api/resources/members";
import type {
    actionView,
    firewallView,
    floatingIpView,
    networkView,
    placementGroupView,
    primaryIpView,
    serverView,
    sshKeyView,
} from "../../../../lab/cloud/api/views";
import type { Exchange } from "../../../../lab/cloud/api/pipeline";
import { NullFabric } from "../../../../lab/cloud/fabric/null";
import { instance, type Instance } from "../../../../lab/cloud/instance";

export const TOKEN = "t".repeat(64);
export const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGeVSOZQlVleB0YGMCcGsM2LG8fQuKhVXuKiL9dWdGBS test";

type ServerJson = ReturnType<typeof serverView>;
type NetworkJson = ReturnType<typeof networkView>;
type FirewallJson = ReturnType<typeof firewallView>;
type GroupJson = ReturnType<typeof placementGroupView>;
type FloatingIpJson = ReturnType<typeof floatingIpView>;
type PrimaryIpJson = ReturnType<typeof primaryIpView>;
type SshKeyJson = ReturnType<typeof sshKeyView>;
type ActionJson = ReturnType<typeof actionView>;

/** All fields that answers can have. Each test uses those of its own answer. */
export interface Json {
    action: ActionJson;
    actions: ActionJson[];
    next_actions: ActionJson[];
    root_password: string | null;
    server: ServerJson;
    servers: ServerJson[];
    network: NetworkJson;
    networks: NetworkJson[];
    members: ReturnType<typeof memberView>[];
    firewall: FirewallJson;
    placement_group: GroupJson;
    placement_groups: GroupJson[];
    floating_ip: FloatingIpJson;
    primary_ip: PrimaryIpJson;
    primary_ips: PrimaryIpJson[];
    ssh_key: SshKeyJson;
    ssh_keys: SshKeyJson[];
    server_types: ReturnType<typeof serverTypeView>[];
    image: ReturnType<typeof anyImageView>;
    images: ReturnType<typeof anyImageView>[];
    location: ReturnType<typeof locationView>;
    locations: ReturnType<typeof locationView>[];
    pricing: ReturnType<typeof pricingView>;
    error: { code: string; message: string; details: { fields: { name: string; messages: string[] }[] } };
    meta: { pagination: Record<string, number | null> };
}

export interface Answer {
    status: number;
    body: Json;
    headers: Headers;
}

/**
 * An API on a fabric that does nothing, with a client. By default it has no latency, and actions complete at once.
 * Every answer is compared with Hetzner's description, also the answers that a test fetches by itself: then the next
 * `call`, or `close`, fails.
 */
export class Cloud {
    private constructor(
        readonly api: Api,
        readonly fabric: NullFabric,
        readonly token: string,
        readonly conformance: Conformance,
    ) {}

    static async start(options: Partial<ApiOptions> = {}): Promise<Cloud> {
        const fabric = new NullFabric();
        const conformance = new Conformance(today({ date: options.date ?? null }));
        const defaults = {
            token: TOKEN,
            tls: null,
            host: "127.0.0.1",
            port: 0,
            stateFile: null,
            latencyMs: 0,
            actionMs: 0,
            onAnswer: (exchange: Exchange) => conformance.see(exchange),
        };
        return new Cloud(await startApi({ fabric, ...defaults, ...options }), fabric, TOKEN, conformance);
    }

    /** The same cloud, used with another token. */
    as(token: string): Cloud {
        return new Cloud(this.api, this.fabric, token, this.conformance);
    }

    async call(method: string, path: string, body?: unknown): Promise<Answer> {
        const headers: Record<string, string> = { authorization: `Bearer ${this.token}` };
        const text = body === undefined ? undefined : JSON.stringify(body);
        const answer = await fetch(this.api.url + path, { method, headers, body: text });
        const received = await answer.text();
        this.conformance.check();
        // a test that expects no body passes it explicitly
        const parsed = (received === "" ? null : JSON.parse(received)) as Json;
        return { status: answer.status, headers: answer.headers, body: parsed };
    }

    get = (path: string) => this.call("GET", path);
    put = (path: string, body: unknown) => this.call("PUT", path, body);
    delete = (path: string) => this.call("DELETE", path);
    post = (path: string, body?: unknown) => this.call("POST", path, body);

    /** Posts, expects 201, waits for every action. */
    async done(path: string, body?: unknown): Promise<Json> {
        const answer = await this.post(path, body);
        if (answer.status !== 201) {
            throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        }
        await this.api.settled();
        return answer.body;
    }

    async server(name: string, more: object = {}): Promise<number> {
        const { server } = await this.done("/servers", {
            name,
            server_type: "cx23",
            image: "debian-12",
            location: "fsn1",
            ...more,
        });
        return server.id;
    }

    /** 10.0.0.0/8 with the subnet 10.0.1.0/24. */
    async network(name = "net"): Promise<number> {
        const subnets = [{ type: "cloud", network_zone: "eu-central", ip_range: "10.0.1.0/24" }];
        return (await this.done("/networks", { name, ip_range: "10.0.0.0/8", subnets })).network.id;
    }

    /** Two servers, 10.0.1.2 and 10.0.1.3, attached to a network. */
    async pair(): Promise<{ network: number; a: number; b: number }> {
        const network = await this.network();
        const [a, b] = [await this.server("a"), await this.server("b")];
        await this.done(`/servers/${a}/actions/attach_to_network`, { network, ip: "10.0.1.2" });
        await this.done(`/servers/${b}/actions/attach_to_network`, { network, ip: "10.0.1.3" });
        return { network, a, b };
    }

    async aliases(server: number): Promise<string[]> {
        return (await this.get(`/servers/${server}`)).body.server.private_net[0].alias_ips;
    }

    /** "422 ip_not_available" */
    async refusal(method: string, path: string, body?: unknown): Promise<string> {
        const answer = await this.call(method, path, body);
        const refused = answer.body as Partial<Json> | null;
        return `${answer.status} ${refused?.error?.code}`;
    }

    async close(): Promise<void> {
        await this.api.close();
        this.conformance.check();
    }
}

/** A temporary folder for a test, removed after the callback. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "cloud-"));
    try {
        await use(folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** An instance with its files in this folder. */
export function instanceIn(folder: string, name: string): Instance {
    const { LOCALCLOUD_DIR } = process.env;
    process.env.LOCALCLOUD_DIR = folder;
    try {
        return instance(name);
    } finally {
        if (LOCALCLOUD_DIR === undefined) {
            delete process.env.LOCALCLOUD_DIR;
        } else {
            process.env.LOCALCLOUD_DIR = LOCALCLOUD_DIR;
        }
    }
}
