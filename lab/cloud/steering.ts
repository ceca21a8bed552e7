/** The routes of the control socket that steer the fabric, and the client's side of them. */
import type { FastifyInstance } from "fastify";
import { ControlClient } from "./api/controlClient";
import { Disturbances } from "./fabric/disturbances";
import type { LinuxFabric } from "./fabric/linuxFabric";
import { BARE } from "./fabric/server";

export interface ServerStatus {
    id: number;
    name: string;
    running: boolean;
    namespace: string;
    /** Only a network namespace, without an operating system. */
    bare: boolean;
    interfaces: { name: string; address: string; also: string[] }[];
}

interface Calls {
    partition: { from: number; to: number; oneWay?: boolean };
    heal: Record<string, never>;
    lose: { server: number; percent: number };
    api: { server: number; cut: boolean };
    freeze: { server: number };
    thaw: { server: number };
}

/** @param stop Ends everything in order. The daemon goes on until it is killed, and answers here only. */
export function addSteering(app: FastifyInstance, fabric: LinuxFabric, stop: () => Promise<void>): void {
    const disturb = new Disturbances(fabric);
    const calls: { [K in keyof Calls]: (body: Calls[K]) => Promise<void> } = {
        partition: ({ from, to, oneWay }) => disturb.partition(from, to, { oneWay }),
        heal: () => disturb.heal(),
        lose: ({ server, percent }) => disturb.lose(server, percent),
        api: ({ server, cut }) => disturb.cutApi(server, cut),
        freeze: ({ server }) => disturb.freeze(server),
        thaw: ({ server }) => disturb.thaw(server),
    };
    for (const [name, call] of Object.entries(calls)) {
        app.post(`/fabric/${name}`, async ({ body }, reply) => {
            await (call as (body: unknown) => Promise<void>)(body);
            return reply.code(204).send();
        });
    }
    app.post("/stop", async (_request, reply) => {
        await stop();
        return reply.code(204).send();
    });
    app.get("/fabric/servers", () => statusOf(fabric));
}

function statusOf(fabric: LinuxFabric): ServerStatus[] {
    return [...fabric.servers.values()].map((server) => ({
        id: server.spec.id,
        name: server.spec.name,
        running: server.running,
        namespace: fabric.namespaceOf(server.spec.id),
        bare: server.spec.image === BARE,
        interfaces: server.interfaces(),
    }));
}

/** Steers the API and the fabric of a running local cloud; servers are given by name. */
export class Control extends ControlClient {
    servers(): Promise<ServerStatus[]> {
        return this.call("GET", "/fabric/servers") as Promise<ServerStatus[]>;
    }

    /** @throws Error that says which servers there are. */
    async server(name: string): Promise<ServerStatus> {
        const servers = await this.servers();
        const found = servers.find((server) => server.name === name);
        if (found === undefined) {
            throw new Error(
                `there is no server "${name}": choose one of ${servers.map((s) => s.name).join(", ") || "none"}`,
            );
        }
        return found;
    }

    /** Drops what `from` sends to `to` in private networks; and the other way, unless `oneWay`. */
    async partition(from: string, to: string, { oneWay = false } = {}): Promise<void> {
        await this.steer("partition", { from: await this.id(from), to: await this.id(to), oneWay });
    }

    /** Ends all partitions. */
    async heal(): Promise<void> {
        await this.steer("heal", {});
    }

    /** Loses this share of the packets that travel to the server, until it is set to 0. */
    async lose(server: string, percent: number): Promise<void> {
        await this.steer("lose", { server: await this.id(server), percent });
    }

    async cutApi(server: string, cut = true): Promise<void> {
        await this.steer("api", { server: await this.id(server), cut });
    }

    async freeze(server: string): Promise<void> {
        await this.steer("freeze", { server: await this.id(server) });
    }

    async thaw(server: string): Promise<void> {
        await this.steer("thaw", { server: await this.id(server) });
    }

    /** Ends the API and powers all servers off in order. The state of the API stays as it was before. */
    async stop(): Promise<void> {
        await this.call("POST", "/stop");
    }

    /** Locks the server for this time, as another action would. */
    async lock(server: string, ms: number): Promise<void> {
        await this.lockServer(await this.id(server), ms);
    }

    private async steer<K extends keyof Calls>(call: K, body: Calls[K]): Promise<void> {
        await this.call("POST", `/fabric/${call}`, body);
    }

    private async id(server: string): Promise<number> {
        return (await this.server(server)).id;
    }
}
