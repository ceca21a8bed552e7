import type { ActionPlan } from "../actions";
import { ref } from "../collection";
import type { Context } from "../context";
import { ApiError, invalidInput, unprocessable } from "../errors";
import { applied, enforce, firewallsOf } from "../firewalling";
import { labelSelector } from "../labels";
import type { Action, Firewall, FirewallTarget } from "../model";
import { primaryIpOf } from "../views";

const MAX_PER_SERVER = 5;

export interface TargetBody {
    type: "server" | "label_selector";
    server?: { id: number };
    label_selector?: { selector: string };
}

export function sameTarget(a: FirewallTarget, b: FirewallTarget): boolean {
    return a.type === "server"
        ? b.type === "server" && a.id === b.id
        : b.type === "label_selector" && a.selector === b.selector;
}

/** @throws ApiError `invalid_input`; 404 `firewall_resource_not_found` */
export function parseTargets(ctx: Context, targets: TargetBody[]): FirewallTarget[] {
    return targets.map(({ type, server, label_selector }) => {
        if (type === "server") {
            if (!server || !ctx.store.servers.has(server.id)) {
                throw new ApiError(404, "firewall_resource_not_found", `server with ID '${server?.id}' not found`);
            }
            return { type, id: server.id };
        }
        if (!label_selector) {
            throw invalidInput({ label_selector: ["is required"] });
        }
        labelSelector(label_selector.selector);
        return { type, selector: label_selector.selector };
    });
}

/** @throws ApiError 422 where a target already has the firewall or cannot have it */
export function checkNewTargets(ctx: Context, firewall: Firewall, bodies: TargetBody[]): FirewallTarget[] {
    const targets = parseTargets(ctx, bodies);
    for (const target of targets) {
        if (firewall.appliedTo.some((present) => sameTarget(present, target))) {
            throw unprocessable("firewall_already_applied", "firewall is already applied to the resource");
        }
        for (const server of target.type === "server" ? applied(ctx, target) : []) {
            if (!primaryIpOf(ctx, server.id, "ipv4") && !primaryIpOf(ctx, server.id, "ipv6")) {
                throw unprocessable("private_net_only_server", "the server has no public interface");
            }
            if (firewallsOf(ctx, server).length >= MAX_PER_SERVER) {
                throw invalidInput({ apply_to: [`server ${server.id} has ${MAX_PER_SERVER} firewalls already`] });
            }
        }
    }
    return targets;
}

/** One apply_firewall action for each target. */
export function startApply(ctx: Context, firewall: Firewall, targets: FirewallTarget[], plan: ActionPlan): Action[] {
    return targets.map((target) =>
        startFor(ctx, "apply_firewall", firewall, target, plan, async () => {
            firewall.appliedTo.push(target);
            await enforceAll(ctx, [target]);
        }),
    );
}

export function startRemove(ctx: Context, firewall: Firewall, targets: FirewallTarget[], plan: ActionPlan): Action[] {
    return targets.map((target) =>
        startFor(ctx, "remove_firewall", firewall, target, plan, async () => {
            firewall.appliedTo = firewall.appliedTo.filter((present) => !sameTarget(present, target));
            await enforceAll(ctx, [target]);
        }),
    );
}

function startFor(
    ctx: Context,
    command: string,
    firewall: Firewall,
    target: FirewallTarget,
    plan: ActionPlan,
    complete: () => Promise<void>,
): Action {
    const self = ref("firewall", firewall.id);
    const resources = target.type === "server" ? [self, ref("server", target.id)] : [self];
    return ctx.actions.start({ command, resources, lock: [self], plan, complete });
}

export async function enforceAll(ctx: Context, targets: FirewallTarget[]): Promise<void> {
    for (const server of new Set(targets.flatMap((target) => applied(ctx, target)))) {
        await enforce(ctx, server);
    }
}
