/** The agent takes the alias from its holder only if it can be assigned to this server. */
import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { Stand, VIP } from "../../lab/agent/harness";
import { took } from "./rows";

/** How long (ms) another action runs on a server. */
const LOCK = 4000;

describe("an alias that cannot be assigned to this server", function () {
    this.timeout(60_000);
    let stand: Stand;

    async function open(config: Record<string, unknown> = {}): Promise<void> {
        stand = await Stand.open({ metadata: true });
        stand.nodes.forEach((node) => node.configure(config));
        await stand.startAgents();
        await stand.settle(0);
    }
    afterEach(() => stand.close());

    /** An action of another client on these servers, such as a backup. */
    async function lock(indexes: number[], ms = LOCK): Promise<void> {
        const fault = stand.api.faults.add({ kind: "actionMs", ms, match: { path: "/actions/reset$" } });
        for (const index of indexes) {
            await stand.call("POST", `/servers/${stand.serverIds[index]}/actions/reset`);
        }
        stand.api.faults.remove(fault);
    }

    const locked = async (index: number) => (await stand.serverByApi(stand.serverIds[index])).locked;
    const changes = (since: number) => stand.posts(since).filter(({ sourceIp }) => sourceIp !== "127.0.0.1");

    /** How long (ms) no node had the alias while the second node took it. */
    function gap(from: number): number {
        const after = stand.fabric.changes.filter(({ at }) => at >= from);
        const cleared = after.find(({ serverId, ips }) => serverId === stand.serverIds[0] && !ips.includes(VIP))!;
        const assigned = after.find(({ serverId, ips }) => serverId === stand.serverIds[1] && ips.includes(VIP))!;
        return assigned.at - cleared.at;
    }

    for (const [what, indexes] of [
        ["the new MASTER's server", [1]],
        ["the old MASTER's server", [0]],
        ["both servers", [0, 1]],
    ] as const) {
        it(`stays where it is until it can move: locked for 4 s, ${what}`, async function () {
            await open();
            const [seq, from] = [stand.seq, performance.now()];
            await lock([...indexes]);
            await stand.switchTo(1);
            await until("the agent to say so", 5000, () => stand.nodes[1].said(/is locked.*\(locked, try 1\)/) === 1);
            await until("the lock to end", 10_000, async () =>
                (await Promise.all(indexes.map(locked))).every((one) => !one),
            );
            took(this, await stand.ends(1));
            expect(gap(from)).to.be.below(1000);
            expect(changes(seq).filter(({ status }) => status === 423)).to.deep.equal([]);
        });
    }

    it("is carried during a lock, and moves afterwards", async function () {
        await open({ bridge: { follow: "afterGrace", graceSeconds: 1, interval: 0.1 } });
        await stand.carries(0, true);
        await stand.carries(1, true);
        const [seq, from] = [stand.seq, performance.now()];
        writeFileSync(stand.nodes[0].file("run/drain"), "1\n");
        await lock([1], 6000);
        await stand.switchTo(1);
        await until("to be carried", 5000, () => stand.nodes[1].state().carriedBy === "nginx0", 5);
        const notCarried: string[] = [];
        await until("the lock to end", 20_000, async () => {
            if (stand.nodes[1].state().carriedBy !== "nginx0") {
                notCarried.push(stand.nodes[1].log.at(-1)!);
            }
            return !(await locked(1));
        });
        expect(notCarried).to.deep.equal([]);
        expect(changes(seq)).to.deep.equal([]);
        took(this, await stand.ends(1));
        expect(gap(from)).to.be.below(1000);
    });

    it("stays where it is if the NIC has no room, and the agent says what to do", async () => {
        await open();
        const full = ["10.0.1.151", "10.0.1.152", "10.0.1.153", "10.0.1.154", "10.0.1.155"];
        await stand.quickly(() => stand.order(stand.serverIds[1], full));
        const seq = stand.seq;
        await stand.switchTo(1);
        await until("the reason", 5000, () => stand.nodes[1].said(/^<2>.*5 other aliases.*remove some/) === 1);
        expect(changes(seq)).to.deep.equal([]);
        await stand.quickly(() => stand.order(stand.serverIds[1], full.slice(0, 4)));
        await stand.ends(1, [["10.0.1.101"], full.slice(0, 4)]);
    });

    it("stays where it is if the server is not attached to the network", async () => {
        await open();
        const network = { network: stand.networkId };
        const act = (what: string, more = {}) =>
            stand.call("POST", `/servers/${stand.serverIds[1]}/actions/${what}`, { ...network, ...more });
        await stand.quickly(() => act("detach_from_network"));
        const seq = stand.seq;
        await stand.switchTo(1);
        await until("the reason", 5000, () => stand.nodes[1].said(/run `pulumi up` \(not-attached, try 1\)/) === 1);
        expect(changes(seq)).to.deep.equal([]);
        await stand.quickly(() => act("attach_to_network", { ip: "10.0.1.3", alias_ips: ["10.0.1.102"] }));
        await stand.ends(1);
    });

    it("stays where it is if an earlier claim has shown that the token is read-only", async () => {
        await open();
        const readOnly = { kind: "error", status: 401, code: "token_readonly" } as const;
        const match = { sourceIp: "127.0.0.3" };
        const writes = ["POST", "PUT"].map((method) =>
            stand.api.faults.add({ ...readOnly, match: { ...match, method } }),
        );
        await stand.switchTo(1);
        await until("the reason", 5000, () => stand.nodes[1].said(/\(token-read-only, try 1\)/) === 1);
        const seq = stand.seq;
        await until("another try", 10_000, () => stand.requests(1, seq).some(({ method }) => method === "PUT"));
        expect(stand.requests(1, seq).filter(({ method }) => method === "POST")).to.deep.equal([]);
        writes.forEach((fault) => stand.api.faults.remove(fault));
        await stand.ends(1);
    });
});
