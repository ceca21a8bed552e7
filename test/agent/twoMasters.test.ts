import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { early, oldMaster } from "./early";
import { OTHERS, Stand, VIP } from "../../lab/agent/harness";
import { took } from "./rows";

/** The first node has the alias and cannot reach the second node, which becomes MASTER too and takes the alias. */
async function split(): Promise<Stand> {
    const stand = await oldMaster({ metadata: true });
    await stand.namespace.partition(true);
    await stand.nodes[1].promote();
    await stand.claimed(1);
    await until("the former holder to notice", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
    return stand;
}

/** The number of changes by the agents, including the first assignment. */
const changes = (stand: Stand) =>
    stand.posts().filter(({ status, sourceIp }) => status === 201 && sourceIp !== "127.0.0.1").length;

describe("two MASTERs", function () {
    this.timeout(60_000);

    const restarted = early(split);
    it("the node promoted last claims once, and the other node does not claim back", async () => {
        const stand = await restarted();
        await stand.nodes[0].stop();
        await stand.nodes[0].start();
        await stand.metadataLooks(0, 5);
        expect(changes(stand)).to.equal(3);
        await stand.ends(1);
    });

    const healed = early(split);
    it("the node that stays MASTER has the alias within seconds after a partition", async function () {
        const stand = await healed();
        await stand.namespace.partition(false);
        const from = performance.now();
        stand.nodes[0].notify("MASTER_RX_LOWER_PRI");
        await stand.nodes[1].demote();
        await stand.claimed(0);
        const seconds = (performance.now() - from) / 1000;
        took(this, seconds);
        expect(seconds).to.be.below(3);
        await stand.ends(0);
    });

    const later = early(split);
    it("the node promoted last stays MASTER and keeps the alias", async () => {
        const stand = await later();
        const before = changes(stand);
        await stand.namespace.partition(false);
        stand.nodes[0].notify("MASTER_RX_LOWER_PRI");
        await stand.nodes[1].demote();
        await stand.letsGo(0);
        await stand.claimed(1);
        await stand.ends(1);
        expect(changes(stand)).to.equal(before);
    });

    it("a node promoted 5 s ago does not claim back either if it cannot reach the other node", async () => {
        const stand = await Stand.open({ metadata: true });
        try {
            await stand.startAgents();
            await stand.settle(0);
            const age = () => performance.now() - stand.nodes[0].promotedAt;
            await until("the promotion to be 5 s old", 10_000, () => age() > 5200);
            await stand.namespace.partition(true);
            await stand.nodes[1].promote();
            await stand.claimed(1);
            expect(age(), "ms, this machine is too busy").to.be.below(8000);
            await until("the former holder to notice", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
            expect(changes(stand)).to.equal(3);
            await stand.ends(1);
        } finally {
            await stand.close();
        }
    });

    const untold = early(split);
    it("the node that stays MASTER claims without a notification of keepalived too", async function () {
        const stand = await untold();
        await stand.nodes[1].demote();
        await stand.namespace.partition(false);
        const from = performance.now();
        await stand.claimed(0);
        const seconds = (performance.now() - from) / 1000;
        took(this, seconds);
        expect(seconds).to.be.below(6);
        await stand.ends(0);
    });

    const dead = early(async () => {
        const stand = await Stand.open({ metadata: true });
        stand.nodes[0].systemdSays("show", "ActiveState=activating");
        await stand.startAgents();
        await stand.settle(0);
        await stand.settled();
        return stand;
    });
    it("a node whose keepalived has died claims nothing, although the VIP is on its NIC", async () => {
        const stand = await dead();
        await stand.nodes[1].promote();
        await stand.claimed(1);
        await until("it to say so", 10_000, () => stand.nodes[0].said(/keepalived is dead/) === 1);
        await stand.metadataLooks(0, 3);
        expect(stand.nodes[0].said(/keepalived is dead/)).to.equal(1);
        expect(changes(stand)).to.equal(3);
        await stand.nodes[0].demote();
        await stand.ends(1);
    });

    const off = early(split);
    it("the holder is switched off: the other node claims", async () => {
        const stand = await off();
        await stand.quickly(() => stand.call("POST", `/servers/${stand.serverIds[1]}/actions/poweroff`));
        await stand.nodes[1].stop("SIGKILL");
        await stand.claimed(0);
        expect(changes(stand)).to.equal(5);
        await stand.ends(0);
    });

    const undone = early(oldMaster);
    it("another client gives the alias to the peer again and again: the agent claims later each time", async function () {
        const stand = await undone();
        const times: number[] = [];
        for (let i = 0; i < 3; i++) {
            await stand.force(0, [OTHERS[0]]);
            await stand.force(1, [OTHERS[1], VIP]);
            stand.nodes[0].signal("SIGHUP");
            const taken = performance.now();
            await stand.claimed(0, 30_000);
            times.push((performance.now() - taken) / 1000);
        }
        this.test!.title += `: ${times.map((time) => time.toFixed(1)).join(", ")} s`;
        expect(times[0]).to.be.within(1.5, 3.5);
        expect(times[1]).to.be.within(3, 6);
        expect(times[2]).to.be.within(6, 11);
        await stand.ends(0);
    });
});
