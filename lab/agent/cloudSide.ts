import type { Server as HttpServer } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent as Dispatcher, fetch } from "undici";
import type { Api } from "../cloud/api/server";
import { startApi } from "../cloud/api/server";
import { selfSigned } from "../cloud/certificate";
import { NullFabric } from "../cloud/fabric/null";

export const TOKEN = "t0ken".repeat(13).slice(0, 64);
/** The name in the API's certificate, beside 127.0.0.1 and ::1. */
export const API_NAME = "api.test";

/** The time at which a list of aliases came into force. */
interface Change {
    at: number;
    serverId: number;
    ips: string[];
}

class TimedFabric extends NullFabric {
    readonly changes: Change[] = [];

    override setAliases = (serverId: number, _networkId: number, ips: string[]): Promise<void> => {
        this.changes.push({ at: performance.now(), serverId, ips });
        return Promise.resolve();
    };
}

export interface Certificate {
    key: string;
    cert: string;
}

/** A certificate of its own CA, for this name and these addresses. */
export function certificate(name: string, ips = ["127.0.0.1", "::1"]): Promise<Certificate> {
    return selfSigned(name, [`DNS:${name}`, ...ips.map((ip) => `IP:${ip}`)]);
}

/** The API and the metadata service, in this process. */
export class CloudSide {
    readonly fabric = new TimedFabric();
    api!: Api;
    identity!: Certificate;
    /** How often each node has read from the metadata service. */
    readonly metadataRequests = [0, 0];
    metadataAway = false;
    private metadata!: HttpServer;
    private dispatcher!: Dispatcher;

    /**
     * @param addresses The service answers the sources 127.0.0.2, .3, … with the metadata of these addresses, in this order. Without addresses there is no metadata service
     * service.
     */
    async serve(addresses: string[]): Promise<void> {
        this.identity = await certificate(API_NAME);
        this.dispatcher = new Dispatcher({ connect: { ca: this.identity.cert } });
        const common = { fabric: this.fabric, token: TOKEN, host: "127.0.0.1", port: 0, stateFile: null };
        this.api = await startApi({ ...common, tls: this.identity });
        this.metadata = createServer((request, response) => {
            const index = Number(request.socket.remoteAddress?.split(".").at(-1)) - 2;
            this.metadataRequests[index]++;
            const path = request.url!.replace("/hetzner/v1/", "");
            const text = addresses[index] && !this.metadataAway ? this.api.metadata(addresses[index])(path) : null;
            response.writeHead(text === null ? 404 : 200).end(text ?? "");
        });
        await new Promise<void>((resolve) => this.metadata.listen(0, "127.0.0.1", resolve));
    }

    get apiPort(): number {
        return Number(new URL(this.api.url).port);
    }

    get metadataPort(): number {
        return (this.metadata.address() as AddressInfo).port;
    }

    async close(): Promise<void> {
        await this.api?.close();
        await this.dispatcher?.destroy();
        this.metadata?.close();
        this.metadata?.closeAllConnections();
    }

    /** @throws Error with the status and the answer, unless the status is 2xx */
    async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
        const answer = await fetch(this.api.url + path, {
            method,
            dispatcher: this.dispatcher,
            headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await answer.text();
        if (!answer.ok) {
            throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        }
        return (text === "" ? {} : JSON.parse(text)) as T;
    }
}
