import type { Context } from "./context";
import { labelSelector } from "./labels";
import type { Firewall, FirewallTarget, Server } from "./model";

/** The servers that a target of a firewall selects now. */
export function applied(ctx: Context, target: FirewallTarget): Server[] {
    const servers = [...ctx.store.servers.values()];
    if (target.type === "server") {
        return servers.filter(({ id }) => id === target.id);
    }
    const matches = labelSelector(target.selector);
    return servers.filter(({ labels }) => matches(labels));
}

export function firewallsOf(ctx: Context, server: Server): Firewall[] {
    return [...ctx.store.firewalls.values()].filter(({ appliedTo }) =>
        appliedTo.some((target) => applied(ctx, target).includes(server)),
    );
}

/** Applies a server's current rules in the fabric. Must be called after each change of rules, targets or labels. */
export async function enforce(ctx: Context, server: Server): Promise<void> {
    const firewalls = firewallsOf(ctx, server);
    const rules = firewalls.flatMap((firewall) => firewall.rules.map(({ description: _, ...rule }) => rule));
    await ctx.fabric.setFirewall(server.id, firewalls.length > 0 ? rules : null);
}
