import { expect } from "chai";
import type { AuditEntry } from "../../../../lab/cloud/api/audit";
import { aliasesLost, assignedByOthers, rateLimited, requestsOf, wentBack } from "../../../../lab/soak/invariants";
import type { Kind } from "../../../../lab/soak/schedule";

const NODES = { "198.51.100.2": "nginx0", "198.51.100.3": "nginx1" };
const START = Date.parse("2026-01-01T00:00:00Z");

function request(second: number, more: Partial<AuditEntry> = {}): AuditEntry {
    return {
        seq: second,
        time: new Date(START + second * 1000).toISOString(),
        method: "POST",
        path: "/v1/servers/1/actions/change_alias_ips",
        body: { network: 1, alias_ips: ["10.0.1.1"] },
        token: "t",
        sourceIp: "198.51.100.2",
        status: 201,
        code: null,
        ms: 60,
        faults: [],
        ...more,
    };
}

const master = (node: string, from: number, to: number) => ({ node, from: START + from * 1000, to: START + to * 1000 });

describe("the invariants of a soak", () => {
    const found = (entry: AuditEntry, delayed = [master("nginx1", 0, 99)]) =>
        assignedByOthers([entry], NODES, [master("nginx0", 10, 20)], delayed);

    it("let the MASTER assign, also shortly after its time as MASTER", () => {
        expect(found(request(10))).to.deep.equal([]);
        expect(found(request(20.2))).to.deep.equal([]);
    });

    it("allow no other assignment: neither before nor after, nor by the other node", () => {
        expect(found(request(9))).to.deep.equal([
            "nginx0 assigned (/v1/servers/1/actions/change_alias_ips) at 2026-01-01T00:00:09.000Z and was not MASTER",
        ]);
        expect(found(request(21))).to.have.length(1);
        expect(found(request(15, { sourceIp: "198.51.100.3" }), [])).to.have.length(1);
    });

    it("count an assignment whose answer was lost", () => {
        expect(found(request(9, { status: null }))).to.have.length(1);
    });

    it("ignore requests that were refused, that remove an alias, or that a person sent", () => {
        expect(found(request(9, { status: 422 }))).to.deep.equal([]);
        expect(found(request(9, { body: { network: 1, alias_ips: [] } }))).to.deep.equal([]);
        expect(found(request(9, { method: "GET" }))).to.deep.equal([]);
        expect(found(request(9, { sourceIp: "203.0.113.9" }))).to.deep.equal([]);
    });

    it("let a request of a frozen or cut-off node arrive late if the node was MASTER before", () => {
        expect(found(request(23), [master("nginx0", 19, 22)])).to.deep.equal([]);
        expect(found(request(23), [master("nginx0", 21, 22)])).to.have.length(1);
        expect(found(request(29), [master("nginx0", 19, 22)])).to.have.length(1);
    });

    it("count a 429 against the budget unless it was a fault", () => {
        const refused = request(1, { status: 429 });
        expect(rateLimited([refused])).to.have.length(1);
        expect(rateLimited([{ ...refused, faults: ["rateLimitExhausted"] }, request(2)])).to.deep.equal([]);
    });

    it("count only the nodes' requests", () => {
        expect(requestsOf([request(1), request(2, { sourceIp: "203.0.113.9" })], NODES)).to.have.length(1);
    });

    it("require that an alias outside the pair stays in its place", () => {
        const expected = { nginx0: "10.0.1.201", nginx1: "10.0.1.202" };
        expect(aliasesLost(expected, { nginx0: ["10.0.1.1", "10.0.1.201"], nginx1: ["10.0.1.202"] })).to.deep.equal([]);
        expect(aliasesLost(expected, { nginx0: ["10.0.1.202"], nginx1: [] })).to.deep.equal([
            "10.0.1.201 is no longer an alias of nginx0, but 10.0.1.202",
            "10.0.1.202 is no longer an alias of nginx1, but none",
        ]);
    });
});

describe("the history of a soak's step", () => {
    const samples = Array.from({ length: 300 }, (_, seq) => {
        const answer = seq < 100 || seq >= 200 ? "nginx0" : "nginx1";
        return { seq, sentAt: START + seq * 100, ms: 1, answer };
    });
    const masters = [master("nginx0", -5, 10), master("nginx1", 10, 20)];
    const after = (...kinds: Kind[]) => {
        const troubles = kinds.map((kind) => ({ kind, on: "MASTER" as const, at: 0, ms: 0 }));
        return wentBack({ number: 1, troubles }, samples, masters);
    };

    it("must not go back to a node promoted earlier", () => {
        expect(after("service stopped", "API: slow")).to.have.length(1);
    });

    it("may do so after the nodes were cut off from each other, or one stood still", () => {
        expect([...after("partition"), ...after("API: slow", "node frozen")]).to.deep.equal([]);
    });
});
