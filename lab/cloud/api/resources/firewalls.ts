import { isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import { deleteRoute, mustBeUnique, readRoutes, updateRoute } from "../collection";
import type { Context } from "../context";
import { invalidInput, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { Firewall, FirewallTarget, StoredFirewallRule } from "../model";
import { idSchema, labelsSchema, nameSchema, object } from "../validation";
import { actionView } from "../views";
import type { TargetBody } from "./firewallTargets";
import { checkNewTargets, startApply } from "./firewallTargets";

interface RuleBody {
    description?: string | null;
    direction: "in" | "out";
    source_ips?: string[];
    destination_ips?: string[];
    protocol: StoredFirewallRule["protocol"];
    port?: string | null;
}

const blocks = { type: "array", items: { type: "string" }, maxItems: 100 };
const ruleSchema = object(
    {
        description: { type: ["string", "null"], maxLength: 255 },
        direction: { enum: ["in", "out"] },
        source_ips: blocks,
        destination_ips: blocks,
        protocol: { enum: ["tcp", "udp", "icmp", "esp", "gre"] },
        port: { type: ["string", "null"] },
    },
    "direction",
    "protocol",
);
export const rulesSchema = { type: "array", items: ruleSchema, maxItems: 50 };
const byId = object({ id: idSchema }, "id");
const bySelector = object({ selector: { type: "string" } }, "selector");
export const targetsSchema = {
    type: "array",
    items: object({ type: { enum: ["server", "label_selector"] }, server: byId, label_selector: bySelector }, "type"),
};

interface CreateFirewall {
    name: string;
    labels?: Record<string, string>;
    rules?: RuleBody[];
    apply_to?: TargetBody[];
}

const CREATE = object({ name: nameSchema, labels: labelsSchema, rules: rulesSchema, apply_to: targetsSchema }, "name");

export function firewallRoutes(app: FastifyInstance, ctx: Context, { firewall: kind }: Kinds): void {
    readRoutes(app, kind);
    updateRoute(app, ctx, kind);
    deleteRoute(app, ctx, kind, ({ appliedTo }) => {
        if (appliedTo.length > 0) {
            throw unprocessable("resource_in_use", "firewall is still applied to a resource");
        }
    });

    app.post<{ Body: CreateFirewall }>("/firewalls", { schema: { body: CREATE } }, (request, reply) => {
        const { name, labels, rules = [], apply_to = [] } = request.body;
        mustBeUnique(kind, name);
        const parsed = parseRules(rules);
        const appliedTo: FirewallTarget[] = [];
        const firewall: Firewall = { ...newResource(ctx, name, labels), rules: parsed, appliedTo };
        const targets = checkNewTargets(ctx, firewall, apply_to);
        kind.items.set(firewall.id, firewall);
        const actions = startApply(ctx, firewall, targets, request.trail.plan);
        void reply.code(201);
        return { firewall: kind.view(firewall), actions: actions.map((action) => actionView(ctx, action)) };
    });
}

/** @throws ApiError `invalid_input` */
export function parseRules(rules: RuleBody[]): StoredFirewallRule[] {
    return rules.map((rule, index) => {
        const { description = null, direction, protocol, port = null, source_ips: sourceIps = [] } = rule;
        const { destination_ips: destinationIps = [] } = rule;
        const [used, field] = direction === "in" ? [sourceIps, "source_ips"] : [destinationIps, "destination_ips"];
        if (used.length === 0 || !used.every(isBlock)) {
            throw invalidInput({ [`rules.${index}.${field}`]: ["must be a list of CIDR blocks, with at least one"] });
        }
        const hasPorts = protocol === "tcp" || protocol === "udp";
        if (hasPorts !== (port !== null) || !isPort(port ?? "1")) {
            throw invalidInput({
                [`rules.${index}.port`]: ["must be a port, a range or any for tcp and udp, and absent else"],
            });
        }
        return { description, direction, protocol, port, sourceIps, destinationIps };
    });
}

function isBlock(text: string): boolean {
    const [address, bits = ""] = text.split("/");
    const version = isIP(address);
    return version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

function isPort(text: string): boolean {
    const [low, high = low, ...more] = text.split("-").map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : NaN));
    return text === "any" || (more.length === 0 && low >= 1 && low <= high && high <= 65_535);
}
