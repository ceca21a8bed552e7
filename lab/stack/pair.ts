import { promotionsOf, type Promotion } from "../../cli/client/history";
import { journalCommand, parseJournal } from "../../cli/pair/journal";
import type { Cloud } from "../cloud";
import type { AuditEntry } from "../cloud/api/audit";
import { hasAddress } from "../cloud/fabric/processes";
import { until } from "./until";

export const VIP = "10.0.1.1";
export const NODES = ["nginx0", "nginx1"];

interface ApiState {
    actions: { id: number; status: string }[];
    servers: { id: number; name: string; nics: { networkId: number; ip: string; aliasIps: string[] }[] }[];
}

/** The roles of the nodes at one moment. */
export interface Roles {
    /** The running nodes with the VIP on their NIC, which are keepalived's MASTERs. */
    masters: string[];
    /** Which server has the alias, by the API's own records; null if none has. */
    holder: string | null;
}

/** Observes a pair from outside. It uses neither the nodes nor the API's quota, and also works with a frozen node. */
export class Pair {
    /** @param nodes Their names, if they are not the dev stack's. */
    constructor(
        readonly cloud: Cloud,
        readonly nodes: string[] = NODES,
    ) {}

    async roles(): Promise<Roles> {
        const [masters, servers] = await Promise.all([this.masters(), this.servers()]);
        const own = servers.filter(({ name }) => this.nodes.includes(name));
        const holder = own.find(({ nics }) => nics.some(({ aliasIps }) => aliasIps.includes(VIP)));
        return { masters, holder: holder?.name ?? null };
    }

    async masters(): Promise<string[]> {
        const running = (await this.cloud.control.servers()).filter((server) => server.running);
        const nodes = running.filter(({ name }) => this.nodes.includes(name));
        return nodes.filter(({ namespace }) => hasAddress(namespace, VIP)).map(({ name }) => name);
    }

    async servers(): Promise<ApiState["servers"]> {
        return (await this.state()).servers;
    }

    private async state(): Promise<ApiState> {
        return (await this.cloud.control.state()) as unknown as ApiState;
    }

    /** The state of an action, by the API's own records. */
    async action(id: number): Promise<string | undefined> {
        return (await this.state()).actions.find((action) => action.id === id)?.status;
    }

    /** Waits until exactly one node is MASTER and has the alias for `steadyMs`. @returns its name and the ms it took */
    settled(timeoutMs: number, steadyMs = 400): Promise<{ master: string; ms: number }> {
        return this.settledAs("the one MASTER", timeoutMs, steadyMs, () => true);
    }

    settledOn(node: string, timeoutMs: number, steadyMs = 0): Promise<{ master: string; ms: number }> {
        return this.settledAs(`${node} to be MASTER and`, timeoutMs, steadyMs, (master) => master === node);
    }

    private async settledAs(who: string, timeoutMs: number, steadyMs: number, wanted: (master: string) => boolean) {
        const began = Date.now();
        let since: number | null = null;
        let last: Roles = { masters: [], holder: null };
        await until(`${who} to have the alias`, timeoutMs + steadyMs, async () => {
            const at = Date.now();
            last = await this.roles();
            const { masters, holder } = last;
            since = masters.length === 1 && holder === masters[0] && wanted(masters[0]) ? (since ?? at) : null;
            return since !== null && Date.now() - since >= steadyMs;
        }).catch((error: Error) => {
            const { masters, holder } = last;
            throw new Error(`${error.message}; MASTER: ${masters.join(" and ") || "none"}, holder: ${holder}`);
        });
        return { master: last.masters[0], ms: since! - began };
    }

    other(node: string): string {
        return this.nodes.find((name) => name !== node)!;
    }

    /** The sequence number of the last request to the API so far. */
    async mark(): Promise<number> {
        return (await this.cloud.control.audit()).at(-1)?.seq ?? 0;
    }

    /** The assignments of the VIP that the API has accepted since `mark`. */
    async claims(mark: number): Promise<AuditEntry[]> {
        return (await this.cloud.control.audit(mark)).filter(assigns);
    }

    /** @throws Error if the node is off. */
    async run(node: string, command: string): Promise<string> {
        return (await this.cloud.exec(node, ["sh", "-c", command])).stdout;
    }

    /** When keepalived made this node MASTER, by its journal. @throws Error if the node is off. */
    async promotions(node: string, since: number): Promise<Promotion[]> {
        return promotionsOf(parseJournal(node, await this.run(node, journalCommand(since))));
    }

    /** An id that changes with each boot. */
    bootId(node: string): Promise<string> {
        return this.run(node, "cat /proc/sys/kernel/random/boot_id");
    }
}

/** Whether this request was an accepted assignment of the VIP. */
export function assigns({ method, path, status, body }: AuditEntry): boolean {
    const aliases = (body as { alias_ips?: unknown } | null)?.alias_ips;
    const hasVip = Array.isArray(aliases) && aliases.includes(VIP);
    return method === "POST" && path.endsWith("/change_alias_ips") && hasVip && (status === 201 || status === null);
}
