import type { FastifyInstance } from "fastify";
import { subnetOf } from "../addresses";
import { has } from "../changes";
import type { IdParams } from "../collection";
import { get } from "../collection";
import type { Context } from "../context";
import { ApiError } from "../errors";
import type { Kinds } from "../kinds";
import { listPage, listQuery } from "../listing";
import type { Network } from "../model";
import { idParams } from "../validation";

const STATUSES = ["ok", "attaching", "detaching", "updating", "error"] as const;
const TYPES = ["server", "load_balancer"];

/** The status of a server's membership during an action. */
const STATUS_OF: Record<string, (typeof STATUSES)[number]> = {
    attach_to_network: "attaching",
    detach_from_network: "detaching",
    change_alias_ips: "updating",
};

interface Member {
    type: "server";
    id: number;
    ip: string;
    aliasIps: string[];
    status: (typeof STATUSES)[number];
}

interface Filters {
    type?: string[];
    status?: string[];
    subnet?: string[];
}

const texts = (values: readonly string[]) => ({ type: "array", items: { enum: values } });

/** GET /networks/{id}/members: who is attached to the network, with which addresses. */
export function memberRoutes(app: FastifyInstance, ctx: Context, { network: kind }: Kinds): void {
    const querystring = listQuery(["id", "type", "status", "ip"], {
        type: texts(TYPES),
        status: texts(STATUSES),
        subnet: { type: "array", items: { type: "string" } },
    });
    app.get<{ Params: IdParams }>(
        "/networks/:id/members",
        { schema: { params: idParams, querystring } },
        (request, reply) => {
            if (!has(ctx.settings, "networkMembers")) {
                throw new ApiError(404, "not_found", `${request.url} does not exist`);
            }
            const network = get(kind, request.params.id);
            const { type, status, subnet } = request.query as Filters;
            const kept = membersOf(ctx, network).filter(
                (member) =>
                    (!type || type.includes(member.type)) &&
                    (!status || status.includes(member.status)) &&
                    (!subnet || subnet.includes(subnetOf(network, member.ip)?.ipRange ?? "")),
            );
            return listPage(request, reply, "members", kept, (member) => memberView(network, member));
        },
    );
}

export function memberView(network: Network, { type, id, ip, aliasIps, status }: Member) {
    return { type, id, ip, alias_ips: aliasIps, subnet: subnetOf(network, ip)?.ipRange ?? null, status };
}

/** Includes servers that are being attached, which already have an address in the stored state. */
function membersOf(ctx: Context, network: Network): Member[] {
    const running = ctx.actions.runningOn({ type: "network", id: network.id });
    const statusOf = (id: number) => {
        const action = running.find(({ resources }) => resources.some((of) => of.type === "server" && of.id === id));
        return (action && STATUS_OF[action.command]) ?? "ok";
    };
    const attached = [...ctx.store.servers.values()].flatMap(({ id, nics }) =>
        nics
            .filter(({ networkId }) => networkId === network.id)
            .map(({ ip, aliasIps }): Member => ({ type: "server", id, ip, aliasIps, status: statusOf(id) })),
    );
    const attaching = running
        .filter(({ command }) => command === "attach_to_network")
        .map(({ resources, claimed: [ip, ...aliasIps] }): Member => {
            const { id } = resources.find(({ type }) => type === "server")!;
            return { type: "server", id, ip, aliasIps, status: "attaching" };
        })
        .filter(({ id }) => !attached.some((member) => member.id === id));
    return [...attached, ...attaching];
}
