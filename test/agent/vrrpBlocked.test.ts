/** Only VRRP is blocked: the two agents agree by their own messages who serves. */
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import type { StandOptions } from "../../lab/agent/harness";
import { Stand } from "../../lab/agent/harness";
import { Keepalived } from "./keepalived";
import { took } from "./rows";

describe("two MASTERs that reach each other by UDP and not by VRRP", function () {
    this.timeout(60_000);
    let stand: Stand;
    let keepalived: Keepalived;

    async function open(options: StandOptions = {}, config: Record<string, unknown> = {}): Promise<void> {
        stand = await Stand.open({ metadata: true, latencyMs: 60, actionMs: 800, ...options });
        stand.nodes.forEach((node) => node.configure(config));
        Keepalived.configure(stand);
        await stand.startAgents();
        await stand.settle(0);
        keepalived = new Keepalived(stand);
    }
    afterEach(async () => {
        await keepalived.close();
        await stand.close();
    });

    const changes = (since: number) => stand.posts(since).filter(({ status }) => status === 201).length;
    const masters = () => keepalived.states.filter((state) => state === "MASTER").length;
    const state = (index: number) => stand.nodes[index].state();

    /**
     * Waits until the second node has the alias and the first node has stepped down. @returns the audit's number before
     * that
     */
    async function blocked(): Promise<number> {
        const seq = stand.seq;
        keepalived.heard = false;
        await until("the second node to be promoted", 5000, () => keepalived.states[1] === "MASTER", 5);
        await until("the first node to step down", 10_000, () => keepalived.states[0] === "FAULT", 5);
        await stand.claimed(1);
        return seq;
    }

    it("agree within 5 s who serves, with one move, and keep to it", async function () {
        await open();
        const from = performance.now();
        const seq = await blocked();
        took(this, (performance.now() - from) / 1000);
        expect(performance.now() - from).to.be.below(5000 + 620);
        await stand.metadataLooks(1, 8);
        expect(changes(seq), "a clear and an assign").to.equal(2);
        expect(state(0)).to.deep.include({ hearsVrrp: false, settledBy: "talk" });
        expect(state(1)).to.deep.include({ hearsVrrp: false, settledBy: "talk" });
        await stand.nodes[1].tells(/^failover_pair_vrrp_heard\{.*\} 0\.0$/m);
        await stand.ends(1);
    });

    it("agree with the bridge too: a MASTER carries nothing", async () => {
        await open({}, { bridge: { follow: "ifUnreachable", graceSeconds: 600, interval: 0.1 } });
        await stand.carries(0, true);
        await stand.carries(1, true);
        const from = performance.now();
        const seq = await blocked();
        expect(performance.now() - from).to.be.below(7000);
        expect(changes(seq), "a clear and an assign").to.equal(2);
        await stand.ends(1);
    });

    it("test VRRP now and then: nothing moves while it is blocked, nor when it gets through again", async () => {
        await open();
        const seq = await blocked();
        const promotions = keepalived.promotions.length;
        await until("a look at VRRP", 20_000, () => keepalived.promotions.length > promotions);
        await until("the end of it", 5000, () => keepalived.states[0] === "FAULT");
        keepalived.heard = true;
        await until("the first node to be BACKUP for good", 20_000, () => state(0).settledBy === "vrrp");
        expect(keepalived.states).to.deep.equal(["BACKUP", "MASTER"]);
        await until("the second node to know it", 5000, () => state(1).hearsVrrp === true);
        expect(changes(seq)).to.equal(2);
        await stand.ends(1);
    });

    it("fail over when the serving node dies", async function () {
        await open();
        await blocked();
        await stand.nodes[1].stop("SIGKILL");
        keepalived.down[1] = true;
        const died = performance.now();
        await stand.claimed(0);
        took(this, (performance.now() - died) / 1000);
        await stand.ends(0);
    });

    it("fail over at once when the service of the serving node fails", async function () {
        await open();
        await blocked();
        keepalived.down[1] = true;
        const failed = performance.now();
        await stand.claimed(0);
        expect(performance.now() - failed).to.be.below(3500);
        took(this, (performance.now() - failed) / 1000);
        await stand.ends(0);
    });

    it("stay as they are when the agent of the node that stepped down is killed", async () => {
        await open();
        const seq = await blocked();
        await stand.nodes[0].stop("SIGKILL");
        await stand.nodes[0].start();
        await stand.metadataLooks(1, 3);
        expect(masters()).to.equal(1);
        expect(keepalived.states[0]).to.equal("FAULT");
        expect(changes(seq)).to.equal(2);
        await stand.ends(1);
    });

    it("move nothing if the second node cannot take the alias: it steps down", async () => {
        await open();
        const seq = stand.seq;
        await stand.gate.set("api1", "refuse");
        keepalived.heard = false;
        await until(
            "the second node to step down",
            15_000,
            () => stand.nodes[1].said(/steps down, as it cannot take/) === 1,
        );
        await until("it to be so", 5000, () => keepalived.states[1] === "FAULT");
        await stand.metadataLooks(0, 3);
        expect([changes(seq), keepalived.states[0]]).to.deep.equal([0, "MASTER"]);
        await stand.ends(0);
    });

    it("do not fail over when the API is silent for the serving node", async () => {
        await open();
        const seq = await blocked();
        const promotions = keepalived.promotions.length;
        await stand.gate.set("api1", "silent");
        stand.nodes[1].signal("SIGHUP");
        await until("the silence to be noticed", 20_000, () => stand.nodes[1].said(/\(network/) > 0);
        expect(keepalived.promotions.length - promotions, "looks at VRRP").to.be.at.most(1);
        expect(keepalived.states).to.deep.equal(["FAULT", "MASTER"]);
        expect(changes(seq)).to.equal(2);
        await stand.gate.set("api1", "open");
        await stand.ends(1);
    });
});
