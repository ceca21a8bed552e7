import type { FaultRule } from "../cloud/api/apiFaults";
import { callApi } from "../stack/api";
import { NODES, Pair } from "../stack/pair";
import { until } from "../stack/until";
import type { Span } from "./invariants";

/** What the troubles act on. */
export class World {
    /** Times in which requests of a node arrive late. */
    readonly delayed: Span[] = [];
    /** The nodes' token where it was replaced: the one that was there first. */
    firstToken: string | null = null;

    constructor(readonly pair: Pair) {}

    get control() {
        return this.pair.cloud.control;
    }

    run(node: string, command: string): Promise<string> {
        return this.pair.run(node, command);
    }

    /** Applies to requests until it is called off; only requests that change something, if `changes`. */
    async fault(rule: FaultRule, changes = false): Promise<() => Promise<void>> {
        const id = await this.control.addFault(changes ? { ...rule, match: { method: "POST" } } : rule);
        return () => this.control.removeFault(id);
    }

    /** Another client that changes a node's aliases by hand and waits for the effect. Its failures are ignored. */
    async changeAliases(node: string, change: (aliases: string[]) => string[]): Promise<void> {
        const server = (await this.pair.servers()).find(({ name }) => name === node)!;
        const [nic] = server.nics;
        if (nic === undefined) {
            return;
        }
        const body = { network: nic.networkId, alias_ips: change(nic.aliasIps) };
        const path = `/servers/${server.id}/actions/change_alias_ips`;
        type Answer = { action: { id: number } };
        const answer = await callApi<Answer>(this.pair.cloud, "POST", path, body).catch(() => undefined);
        if (answer !== undefined) {
            const { id } = answer.action;
            await until(
                "the aliases to be changed",
                30_000,
                async () => (await this.pair.action(id)) !== "running",
                50,
            );
        }
    }

    /** Repeats what may meet another trouble's API fault. */
    async insist(what: string, action: () => Promise<unknown>): Promise<void> {
        await until(what, 60_000, () => action().then(() => true), 250);
    }

    /** Gives both nodes another token, as an operator does. */
    async setToken(token: string): Promise<void> {
        const set = (node: string) => this.pair.cloud.exec(node, ["alias-switch", "set-token"], { input: token });
        await Promise.all(NODES.map((node) => this.insist(`${node} to take the token`, () => set(node))));
    }

    async delay(node: string, action: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
        const span: Span = { node, from: Date.now(), to: Infinity };
        this.delayed.push(span);
        const end = await action();
        return async () => {
            await end();
            span.to = Date.now();
        };
    }

    /** Waits until both nodes run, with all that belongs to a pair. */
    async up(): Promise<void> {
        const units = "keepalived alias-switch nginx";
        // systemd says "active" before a node that reboots has begun to stop anything
        const command = `systemctl is-active --quiet ${units} && ! systemctl is-system-running | grep -q stopping`;
        await Promise.all(
            NODES.map((node) => until(`${node} to be up`, 90_000, () => this.run(node, command).then(() => true), 100)),
        );
    }

    async reboot(nodes: string[]): Promise<void> {
        const boots = await Promise.all(nodes.map((node) => this.pair.bootId(node)));
        await Promise.all(nodes.map((node) => this.run(node, "systemctl --no-block reboot")));
        await Promise.all(
            nodes.map((node, index) =>
                until(`${node} to reboot`, 60_000, async () => (await this.pair.bootId(node)) !== boots[index]),
            ),
        );
    }
}
