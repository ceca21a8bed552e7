import { Agent, request } from "undici";
import type { AuditEntry } from "./audit";
import type { FaultRule } from "./apiFaults";
import type { Settings } from "./settings";

/** Steers a running local cloud through its control socket. */
export class ControlClient {
    private readonly agent: Agent;

    constructor(socketPath: string) {
        this.agent = new Agent({ connect: { socketPath } });
    }

    async addFault(rule: FaultRule): Promise<number> {
        return ((await this.call("POST", "/faults", rule)) as { id: number }).id;
    }

    faults(): Promise<{ id: number; hits: number; rule: FaultRule }[]> {
        return this.call("GET", "/faults") as Promise<{ id: number; hits: number; rule: FaultRule }[]>;
    }

    async removeFault(id: number): Promise<void> {
        await this.call("DELETE", `/faults/${id}`);
    }

    async clearFaults(): Promise<void> {
        await this.call("DELETE", "/faults");
    }

    /** @param since the `seq` of the last entry already seen */
    audit(since = 0): Promise<AuditEntry[]> {
        return this.call("GET", `/audit?since=${since}`) as Promise<AuditEntry[]>;
    }

    setTiming(timing: Partial<Settings>): Promise<Settings> {
        return this.call("POST", "/timing", timing) as Promise<Settings>;
    }

    async addToken(token: string, readOnly = false): Promise<void> {
        await this.call("POST", "/tokens", { token, readOnly });
    }

    async revokeToken(token: string): Promise<void> {
        await this.call("DELETE", `/tokens/${encodeURIComponent(token)}`);
    }

    /** Locks a server, by its id, for this time, as another action would: changes of it get 423 `locked`. */
    async lockServer(server: number, ms: number): Promise<void> {
        await this.call("POST", "/locks", { server, ms });
    }

    state(): Promise<Record<string, unknown>> {
        return this.call("GET", "/state") as Promise<Record<string, unknown>>;
    }

    /**
     * Any route of the control socket, for those that the program around the API adds.
     * @throws Error with the answer's text if it is not 2xx
     */
    async call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown> {
        const headers = body === undefined ? {} : { "content-type": "application/json" };
        const options = { method, headers, body: body === undefined ? null : JSON.stringify(body) };
        const answer = await request(`http://localcloud${path}`, { ...options, dispatcher: this.agent });
        const text = await answer.body.text();
        if (answer.statusCode >= 300) {
            throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
        }
        return text === "" ? undefined : JSON.parse(text);
    }

    close(): Promise<void> {
        return this.agent.close();
    }
}
