import type { FastifyInstance } from "fastify";
import { actionRoute } from "../collection";
import type { Context } from "../context";
import { invalidInput } from "../errors";
import type { Kinds } from "../kinds";
import type { Network, Route } from "../model";
import { object, rangeSchema } from "../validation";
import type { SubnetBody } from "./networkRules";
import { checkNewRange, checkRoute, checkSubnetIsEmpty, newSubnet } from "./networkRules";
import { routeSchema, subnetSchema } from "./networks";

export function networkActionRoutes(app: FastifyInstance, ctx: Context, { network: kind }: Kinds): void {
    actionRoute(app, ctx, kind, "add_subnet", subnetSchema, (network, body: SubnetBody) => {
        const subnet = newSubnet(network, body);
        return { command: "add_subnet", complete: () => void network.subnets.push(subnet) };
    });

    const byRange = object({ ip_range: rangeSchema }, "ip_range");
    actionRoute(app, ctx, kind, "delete_subnet", byRange, (network, body: { ip_range: string }) => {
        const subnet = network.subnets.find(({ ipRange }) => ipRange === body.ip_range);
        if (!subnet) {
            throw invalidInput({ ip_range: ["is not a subnet of the network"] });
        }
        checkSubnetIsEmpty(ctx, network, subnet);
        return {
            command: "delete_subnet",
            complete: () => void (network.subnets = network.subnets.filter((other) => other !== subnet)),
        };
    });

    actionRoute(app, ctx, kind, "change_ip_range", byRange, (network, body: { ip_range: string }) => {
        checkNewRange(network, body.ip_range);
        return { command: "change_ip_range", complete: () => void (network.ipRange = body.ip_range) };
    });

    actionRoute(app, ctx, kind, "add_route", routeSchema, (network, { destination, gateway }: Route) => {
        checkRoute(network, { destination, gateway });
        return {
            command: "add_route",
            complete: () => setRoutes(ctx, network, [...network.routes, { destination, gateway }]),
        };
    });

    actionRoute(app, ctx, kind, "delete_route", routeSchema, (network, body: Route) => {
        const isIt = (route: Route) => route.destination === body.destination && route.gateway === body.gateway;
        if (!network.routes.some(isIt)) {
            throw invalidInput({ destination: ["is not a route of the network with this gateway"] });
        }
        return {
            command: "delete_route",
            complete: () =>
                setRoutes(
                    ctx,
                    network,
                    network.routes.filter((route) => !isIt(route)),
                ),
        };
    });

    const protection = object({ delete: { type: "boolean" } });
    actionRoute(app, ctx, kind, "change_protection", protection, (network, body: { delete?: boolean }) => ({
        command: "change_protection",
        complete: () => void (network.protection = { delete: body.delete ?? network.protection.delete }),
    }));
}

async function setRoutes(ctx: Context, network: Network, routes: Route[]): Promise<void> {
    await ctx.fabric.setRoutes(network.id, routes);
    network.routes = routes;
}
