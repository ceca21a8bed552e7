import { expect } from "chai";
import type { FaultRule } from "../cloud/api/faults";
import { until } from "../stack/until";
import { OTHERS, Stand, VIP } from "./harness";

interface Case {
    name: string;
    faults: FaultRule[];
    /** What the agent has to call it; nothing if it is no failure for it. */
    cause?: string;
    /** From the promotion to the alias, with 10 ms a call and 100 ms an action. */
    withinMs: number;
}

const clear = { method: "POST", aliases: "assign", serverId: 0 } as const; // the peer keeps an alias: no empty list
const assign = { method: "POST", aliases: "assign", serverId: 1 } as const;
const api = (status: number, code: string | null) => ({ kind: "error", status, code }) as const;

const CASES: Case[] = [
    {
        name: "the peer is locked",
        faults: [{ ...api(423, "locked"), match: clear, count: 3 }],
        cause: "locked",
        withinMs: 2500,
    },
    { name: "this server is locked", faults: [{ ...api(423, "locked"), match: assign, count: 5 }], withinMs: 1500 },
    {
        name: "the network is being changed",
        faults: [{ ...api(409, "conflict"), match: clear, count: 3 }],
        cause: "conflict",
        withinMs: 2500,
    },
    {
        name: "conflicts while assigning",
        faults: [{ ...api(409, "conflict"), match: assign, count: 5 }],
        withinMs: 1500,
    },
    {
        name: "the address is free only later (no_subnet_available)",
        faults: [{ ...api(422, "no_subnet_available"), match: assign, count: 9 }],
        withinMs: 2500,
    },
    {
        name: "the address is free only later (ip_not_available)",
        faults: [{ ...api(422, "ip_not_available"), match: assign, count: 9 }],
        withinMs: 2500,
    },
    {
        name: "an unknown 422 on the way",
        faults: [{ ...api(422, "invalid_input"), match: assign, count: 1 }],
        cause: "refused",
        withinMs: 4000,
    },
    {
        name: "the rate limit is used up for 2 s",
        faults: [{ kind: "rateLimitExhausted", resetInSeconds: 2, forMs: 2000 }],
        cause: "rate-limit",
        withinMs: 6000,
    },
    {
        name: "errors of the API's own",
        faults: [{ ...api(500, "server_error"), count: 3 }],
        cause: "server-error",
        withinMs: 3000,
    },
    {
        name: "an HTML page from a proxy",
        faults: [{ ...api(502, null), count: 3 }],
        cause: "server-error",
        withinMs: 3000,
    },
    {
        name: "maintenance",
        faults: [{ ...api(503, "unavailable"), match: { method: "POST" }, count: 2 }],
        cause: "server-error",
        withinMs: 3000,
    },
    {
        name: "the answer to the clearing is lost",
        faults: [{ kind: "lostAnswer", match: clear, count: 1 }],
        cause: "network",
        withinMs: 2500,
    },
    {
        name: "the answer to the assignment is lost",
        faults: [{ kind: "lostAnswer", match: assign, count: 1 }],
        cause: "network",
        withinMs: 2500,
    },
    {
        name: "a request never arrives",
        faults: [{ kind: "dropRequest", match: { method: "POST" }, count: 2 }],
        cause: "network",
        withinMs: 2500,
    },
    {
        name: "the kept connection is closed when it is used",
        faults: [{ kind: "dropRequest", match: { method: "GET" }, count: 1 }],
        withinMs: 1500,
    },
    {
        name: "an answer breaks off",
        faults: [{ kind: "malformedJson", match: { method: "POST" }, count: 2 }],
        cause: "garbled",
        withinMs: 6000,
    },
    {
        name: "an answer is empty",
        faults: [{ kind: "emptyBody", match: { method: "POST" }, count: 2 }],
        cause: "garbled",
        withinMs: 6000,
    },
    {
        name: "the clearing fails",
        faults: [{ kind: "actionError", code: "action_failed", match: clear, count: 1 }],
        cause: "action-failed",
        withinMs: 3000,
    },
    {
        name: "the assignment fails",
        faults: [{ kind: "actionError", code: "action_failed", match: assign, forMs: 700 }],
        cause: "action-failed",
        withinMs: 3000,
    },
    {
        name: "the clearing takes ten times as long",
        faults: [{ kind: "actionMs", ms: 1000, match: clear, count: 1 }],
        withinMs: 2500,
    },
    { name: "the API is slow", faults: [{ kind: "latency", ms: 400, jitterMs: 200 }], withinMs: 6000 },
    {
        name: "one request is never answered",
        faults: [{ kind: "hang", match: { method: "GET" }, count: 1 }],
        cause: "network",
        withinMs: 8000,
    },
];

describe("a claim gets through when", () => {
    let stand: Stand;

    before(async () => {
        stand = await Stand.open({ latencyMs: 10, actionMs: 100, verifySeconds: 60 });
        await stand.startAgents();
        await stand.settle(0);
    });
    after(() => stand.close());
    afterEach(async () => {
        stand.api.faults.clear();
        await until("the alias to be settled", 30_000, () => stand.holds(1) && stand.nodes[1].state().confirmed);
        await stand.api.settled();
        await stand.switchTo(0);
        await stand.claimed(0);
        await stand.api.settled();
    });

    for (const { name, faults, cause, withinMs } of CASES) {
        it(name, async function () {
            this.timeout(60_000);
            for (const rule of faults) {
                const { serverId, ...match } = rule.match ?? {};
                stand.api.faults.add({
                    ...rule,
                    match: serverId === undefined ? match : { ...match, serverId: stand.serverIds[serverId] },
                });
            }
            const from = stand.nodes[1].log.length;
            const began = performance.now();
            await stand.switchTo(1);
            await stand.claimed(1, 30_000);
            expect(performance.now() - began).to.be.below(withinMs);
            expect(stand.aliases(1)).to.have.members([OTHERS[1], VIP]);
            expect(stand.aliases(0)).to.deep.equal([OTHERS[0]]);
            const told = stand.nodes[1].log.slice(from).filter((line) => /\(([a-z-]+), try/.test(line));
            if (cause === undefined) {
                expect(told).to.deep.equal([]);
            } else {
                expect(told.join("\n")).to.contain(`(${cause}, try 1)`);
            }
        });
    }

    it("an action hangs: read again, and go on when it has ended", async function () {
        this.timeout(60_000);
        // each one, as those that come too early are refused and have no action
        const match = { method: "POST", serverId: stand.serverIds[1] };
        const fault = stand.api.faults.add({ kind: "actionHangs", match });
        await stand.switchTo(1);
        await until("the agent to give the action up", 40_000, () => stand.nodes[1].said(/action-hangs/) > 0);
        stand.api.faults.remove(fault);
        await stand.claimed(1);
    });

    for (const mode of ["refuse", "silent"] as const) {
        it(`the API cannot be reached for a while (${mode})`, async function () {
            this.timeout(60_000);
            await stand.gate.set("api1", mode);
            const from = stand.nodes[1].log.length;
            await stand.switchTo(1);
            await until("a failed try", 20_000, () =>
                stand.nodes[1].log.slice(from).some((line) => line.includes("(network,")),
            );
            await stand.gate.set("api1", "open");
            await stand.claimed(1);
        });
    }
});
