import { expect } from "chai";
import type { FaultRule } from "../../../../lab/cloud/api/apiFaults";
import { Faults } from "../../../../lab/cloud/api/apiFaults";
import { Cloud } from "./cloud";

describe("local cloud: faults", () => {
    let cloud: Cloud;
    let ids: { network: number; a: number; b: number };

    beforeEach(async () => {
        cloud = await Cloud.start();
        ids = await cloud.pair();
    });
    afterEach(() => cloud.close());

    const add = (rule: FaultRule) => cloud.api.faults.add(rule);
    const set = (server: number, ...alias_ips: string[]) =>
        cloud.refusal("POST", `/servers/${server}/actions/change_alias_ips`, { network: ids.network, alias_ips });
    const outcome = async (request: Promise<unknown>) =>
        request.then(() => "answer").catch((error: Error) => error.name);

    it("answers with an error and headers a number of times", async () => {
        add({ kind: "error", status: 503, code: "unavailable", headers: { "retry-after": "1" }, count: 2 });
        const { headers } = await cloud.get("/servers");
        expect(headers.get("retry-after")).to.equal("1");
        expect(await cloud.refusal("GET", "/servers")).to.equal("503 unavailable");
        expect((await cloud.get("/servers")).status).to.equal(200);
    });

    it("answers like a proxy, without JSON", async () => {
        add({ kind: "error", status: 502, code: null });
        const answer = await fetch(`${cloud.api.url}/servers`, { headers: { authorization: `Bearer ${cloud.token}` } });
        expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([502, "text/html"]);
        expect(await answer.text()).to.contain("502");
    });

    it("starts after some requests, and ends after a time", async () => {
        add({ kind: "error", status: 500, code: "server_error", skip: 1, forMs: 100 });
        expect((await cloud.get("/servers")).status).to.equal(200);
        expect((await cloud.get("/servers")).status).to.equal(500);
        while ((await cloud.get("/servers")).status === 500) {
            // until its time is over
        }
        expect(cloud.api.faults.list()).to.have.length(0);
    });

    it("selects requests by method, path, token, source, server and kind of alias change", async () => {
        const busy = { kind: "error", status: 423, code: "locked" } as const;
        const statusWith = async (match: FaultRule["match"], request: () => Promise<string>) => {
            const id = add({ ...busy, match });
            const answer = await request();
            cloud.api.faults.remove(id);
            return answer.slice(0, 3);
        };
        const clear = () => set(ids.a);
        expect(await statusWith({ aliases: "clear" }, clear)).to.equal("423");
        expect(await statusWith({ aliases: "assign" }, clear)).to.equal("201");
        expect(await statusWith({ serverId: ids.a }, clear)).to.equal("423");
        await cloud.api.settled();
        expect(await statusWith({ serverId: ids.b }, clear)).to.equal("201");
        await cloud.api.settled();
        expect(await statusWith({ path: "/actions/change_", method: "POST" }, clear)).to.equal("423");
        expect(await statusWith({ token: cloud.token }, clear)).to.equal("423");
        expect(await statusWith({ token: "another", sourceIp: "127.0.0.1" }, clear)).to.equal("201");
        await cloud.api.settled();
        expect(await statusWith({ sourceIp: "192.0.2.1" }, clear)).to.equal("201");
        await cloud.api.settled();
        expect(await statusWith({ sourceIp: "127.0.0.1" }, clear)).to.equal("423");
    });

    it("loses an answer, after the request was carried out", async () => {
        add({ kind: "lostAnswer", count: 1, match: { aliases: "assign" } });
        expect(await outcome(set(ids.a, "10.0.1.10"))).to.equal("TypeError");
        await cloud.api.settled();
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.10"]);
        const entry = cloud.api.audit.find(({ faults }) => faults.includes("lostAnswer"));
        expect(entry).to.deep.include({ method: "POST", status: null });
    });

    it("drops a request, which is not carried out", async () => {
        add({ kind: "dropRequest", count: 1, match: { aliases: "assign" } });
        expect(await outcome(set(ids.a, "10.0.1.10"))).to.equal("TypeError");
        await cloud.api.settled();
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);
    });

    it("hangs until the fault is removed", async () => {
        add({ kind: "hang", count: 1 });
        const request = outcome(set(ids.a, "10.0.1.10"));
        while (cloud.api.audit.at(-1)?.faults.includes("hang") !== true) {
            await new Promise(setImmediate);
        }
        expect((await cloud.get("/servers")).status).to.equal(200);
        cloud.api.faults.clear();
        expect(await request).to.equal("TypeError");
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);
    });

    it("cuts off the JSON, or leaves out the body", async () => {
        add({ kind: "malformedJson", count: 1 });
        expect(await outcome(set(ids.a, "10.0.1.10"))).to.equal("SyntaxError");
        await cloud.api.settled();
        add({ kind: "emptyBody", count: 1 });
        expect(await set(ids.a, "10.0.1.11")).to.equal("201 undefined");
        await cloud.api.settled();
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.11"]);
    });

    it("lets an action hang, with its lock, until the fault is removed", async () => {
        const id = add({ kind: "actionHangs", count: 1 });
        await set(ids.a, "10.0.1.10");
        const { action } = (await cloud.post(`/servers/${ids.b}/actions/reboot`)).body;
        while ((await cloud.get(`/actions/${action.id}`)).body.action.status === "running") {
            // other actions continue
        }
        expect(await set(ids.a)).to.equal("423 locked");
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);
        cloud.api.faults.remove(id);
        await cloud.api.settled();
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.10"]);
    });

    it("lets an action fail, and another take longer", async () => {
        add({ kind: "actionError", code: "unknown_error", message: "server is locked", count: 1 });
        await set(ids.a, "10.0.1.10");
        await cloud.api.settled();
        const { actions } = (await cloud.get(`/servers/${ids.a}/actions?status=error`)).body;
        expect(actions[0].error).to.deep.equal({ code: "unknown_error", message: "server is locked" });
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);

        add({ kind: "actionMs", ms: 120, count: 1 });
        const started = performance.now();
        await set(ids.a, "10.0.1.10");
        await cloud.api.settled();
        expect(performance.now() - started).to.be.within(110, 1000);
    });

    it("uses up the rate limit", async () => {
        add({ kind: "rateLimitExhausted", resetInSeconds: 30, count: 1 });
        const { status, headers } = await cloud.get("/servers");
        expect([status, headers.get("ratelimit-remaining")]).to.deep.equal([429, "0"]);
        expect(Number(headers.get("ratelimit-reset"))).to.be.closeTo(Date.now() / 1000 + 30, 2);
        expect((await cloud.get("/servers")).status).to.equal(200);
    });

    it("refuses connections", async () => {
        const id = add({ kind: "refuseConnections" });
        const fresh = (path: string) => fetch(cloud.api.url + path, { headers: { connection: "close" } });
        // an open connection is kept
        await cloud.get("/servers");
        expect(await outcome(Promise.all([fresh("/servers"), fresh("/servers")]))).to.equal("TypeError");
        cloud.api.faults.remove(id);
        expect((await fresh("/servers")).status).to.equal(401);
    });

    it("lets another client change the list before a request is processed", async () => {
        const change: FaultRule = {
            kind: "changeAliases",
            serverId: ids.b,
            networkId: ids.network,
            aliasIps: ["10.0.1.10"],
        };
        add({ ...change, count: 1, match: { aliases: "assign", serverId: ids.a } });
        expect(await set(ids.a, "10.0.1.10")).to.equal("422 ip_not_available");
        expect(await cloud.aliases(ids.b)).to.deep.equal(["10.0.1.10"]);
        expect(cloud.fabric.calls.at(-1)?.method).to.equal("setAliases");
    });

    it("delays answers, by the same random numbers for the same seed", async () => {
        add({ kind: "latency", ms: 60, jitterMs: 10, count: 1 });
        const started = performance.now();
        await cloud.get("/servers");
        expect(performance.now() - started).to.be.at.least(45);
        const numbers = (seed: number) => {
            const faults = new Faults(seed);
            return [faults.random(), faults.random(), faults.random()];
        };
        expect(numbers(7)).to.deep.equal(numbers(7));
        expect(numbers(7)).not.to.deep.equal(numbers(8));
    });
});
