import type { FastifyInstance } from "fastify";
import type { ActionPlan } from "../actions";
import type { IdParams } from "../collection";
import { get, mustBeFree, ref } from "../collection";
import type { Context } from "../context";
import { unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import type { Action, Firewall } from "../model";
import { idParams, object } from "../validation";
import { actionView } from "../views";
import { parseRules, rulesSchema, targetsSchema } from "./firewalls";
import type { TargetBody } from "./firewallTargets";
import { checkNewTargets, enforceAll, parseTargets, sameTarget, startApply, startRemove } from "./firewallTargets";

/** Unlike the actions of other resources these answer with a list of actions. */
export function firewallActionRoutes(app: FastifyInstance, ctx: Context, { firewall: kind }: Kinds): void {
    const route = <B>(name: string, body: object, start: (firewall: Firewall, body: B, plan: ActionPlan) => Action[]) =>
        app.post<{ Params: IdParams; Body: B }>(
            `/firewalls/:id/actions/${name}`,
            { schema: { params: idParams, body } },
            (request, reply) => {
                const firewall = get(kind, request.params.id);
                mustBeFree(ctx, "firewall", firewall.id);
                const actions = start(firewall, request.body as B, request.trail.plan);
                void reply.code(201);
                return { actions: actions.map((action) => actionView(ctx, action)) };
            },
        );

    type Rules = { rules: Parameters<typeof parseRules>[0] };
    route("set_rules", object({ rules: rulesSchema }, "rules"), (firewall, body: Rules, plan) => {
        const rules = parseRules(body.rules);
        const self = ref("firewall", firewall.id);
        const complete = async () => {
            firewall.rules = rules;
            await enforceAll(ctx, firewall.appliedTo);
        };
        return [ctx.actions.start({ command: "set_firewall_rules", resources: [self], lock: [self], plan, complete })];
    });

    const applySchema = object({ apply_to: targetsSchema }, "apply_to");
    route("apply_to_resources", applySchema, (firewall, body: { apply_to: TargetBody[] }, plan) =>
        startApply(ctx, firewall, checkNewTargets(ctx, firewall, body.apply_to), plan),
    );

    const removeSchema = object({ remove_from: targetsSchema }, "remove_from");
    route("remove_from_resources", removeSchema, (firewall, body: { remove_from: TargetBody[] }, plan) => {
        const targets = parseTargets(ctx, body.remove_from);
        if (!targets.every((target) => firewall.appliedTo.some((present) => sameTarget(present, target)))) {
            // not in the description, but in hcloud-go
            throw unprocessable("firewall_already_removed", "the firewall is not applied to the resource");
        }
        return startRemove(ctx, firewall, targets, plan);
    });
}
