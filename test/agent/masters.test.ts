import { expect } from "chai";
import { until } from "../stack/until";
import { OTHERS, Stand, StandOptions, VIP } from "./harness";

const QUICK = { latencyMs: 10, actionMs: 100 };

/** Lets the agents run for a while in which nothing must happen. */
function quiet(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("who is MASTER", function () {
    this.timeout(60_000);
    let stand: Stand;

    async function open(options: StandOptions = {}): Promise<void> {
        stand = await Stand.open({ ...QUICK, ...options });
        await stand.startAgents();
        await stand.settle(0);
    }
    afterEach(() => stand.close());

    it("a node that is not never changes anything, whatever it is told", async () => {
        await open();
        const seq = stand.seq;
        for (const line of ["MASTER", "MASTER_RX_LOWER_PRI", "BACKUP", "nonsense"]) {
            stand.nodes[1].notify(line);
        }
        stand.nodes[1].write("CLAIM\n\0\xff\n\n");
        stand.nodes[1].signal("SIGHUP");
        await quiet(1500);
        expect(stand.posts(seq)).to.deep.equal([]);
        expect((await stand.nodes[1].command(["claim"])).exitCode).to.equal(1);
    });

    it("the NIC decides: no notification is needed", async () => {
        await open();
        await stand.nodes[0].removeVips();
        await stand.nodes[1].addVips();
        await stand.claimed(1);
    });

    it("all VIPs move in one change each", async () => {
        const vips = [VIP, "10.0.1.4", "10.0.1.5"];
        await open({ vips });
        const seq = stand.seq;
        await stand.nodes[0].demote();
        await stand.nodes[1].addVips(vips.slice(1));
        await quiet(500);
        expect(stand.posts(seq), "some of the VIPs do not make a MASTER").to.deep.equal([]);
        await stand.nodes[1].addVips([VIP]);
        await stand.claimed(1);
        expect(stand.posts(seq).filter(({ status }) => status === 201)).to.have.length(2);
        expect(stand.aliases(1)).to.have.members([OTHERS[1], ...vips]);
    });

    it("a demotion in the middle of a claim ends it", async () => {
        await open({ actionMs: 800 });
        const seq = stand.seq;
        await stand.switchTo(1);
        await until("the peer to be cleared", 5000, () => stand.posts(seq).length > 0, 5);
        await stand.nodes[1].demote();
        await until("the claim to be dropped", 5000, () => stand.nodes[1].said(/not MASTER any more/) === 1);
        await stand.api.settled();
        await quiet(500);
        expect(
            stand.posts(seq).filter(({ status, path }) => status === 201 && path.includes(String(stand.serverIds[1]))),
        ).to.deep.equal([]);
        await stand.nodes[0].promote();
        await stand.claimed(0);
    });

    it("an agent that is killed in the middle of a claim finishes it when it is back", async () => {
        await open({ actionMs: 800 });
        const seq = stand.seq;
        await stand.switchTo(1);
        await until("the peer to be cleared", 5000, () => stand.posts(seq).length > 0, 5);
        await stand.nodes[1].stop("SIGKILL");
        await stand.nodes[1].start();
        await stand.claimed(1);
    });

    it("a restart of the agent that has the alias changes nothing", async () => {
        await open();
        const seq = stand.seq;
        await stand.nodes[0].stop();
        await stand.nodes[0].start();
        await quiet(1500);
        expect(stand.posts(seq)).to.deep.equal([]);
    });

    it("a storm of notifications costs a few requests", async () => {
        await open();
        await stand.settled();
        const seq = stand.seq;
        for (let i = 0; i < 50; i++) {
            stand.nodes[0].notify("MASTER_RX_LOWER_PRI");
            await quiet(60);
        }
        const own = stand.api.auditSince(seq).filter(({ sourceIp }) => sourceIp === "127.0.0.2");
        expect(own.length).to.be.below(8);
        expect(stand.posts(seq)).to.deep.equal([]);
    });

    describe("with two of them", () => {
        async function split(options: StandOptions = {}): Promise<number> {
            await open({ metadata: true, ...options });
            await stand.settled();
            await stand.partition(true);
            const seq = stand.seq;
            await stand.nodes[1].promote();
            await stand.claimed(1);
            return seq;
        }

        const claims = (seq: number) => stand.posts(seq).filter(({ status }) => status === 201).length;

        it("the last promoted one claims once and the other one leaves it alone", async () => {
            const seq = await split();
            await until("the former holder to notice", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
            await stand.nodes[0].stop();
            await stand.nodes[0].start();
            await quiet(6000);
            expect(claims(seq)).to.equal(2);
            expect(stand.holds(1)).to.equal(true);
        });

        it("the one that stays MASTER has the alias within seconds of the end of the partition", async () => {
            await split();
            await until("the former holder to notice", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
            await stand.partition(false);
            const healed = performance.now();
            stand.nodes[0].notify("MASTER_RX_LOWER_PRI");
            await stand.nodes[1].demote();
            await stand.claimed(0);
            expect(performance.now() - healed).to.be.below(3000);
        });

        it("even if it is not told", async () => {
            await split();
            await until("the former holder to notice", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
            await stand.nodes[1].demote();
            await stand.partition(false);
            const healed = performance.now();
            await stand.claimed(0);
            expect(performance.now() - healed).to.be.below(6000);
        });

        it("a holder that is switched off is no MASTER", async () => {
            const seq = await split();
            await stand.quickly(async () => {
                await stand.call("POST", `/servers/${stand.serverIds[1]}/actions/poweroff`);
                await stand.api.settled();
            });
            await stand.nodes[1].stop("SIGKILL");
            await stand.claimed(0);
            expect(claims(seq)).to.equal(4);
        });

        it("a claim that is undone again and again comes later each time", async () => {
            await open();
            await stand.settled();
            const times: number[] = [];
            for (let i = 0; i < 3; i++) {
                await stand.force(0, [OTHERS[0]]);
                await stand.force(1, [OTHERS[1], VIP]);
                stand.nodes[0].signal("SIGHUP");
                const taken = performance.now();
                await stand.claimed(0, 30_000);
                times.push((performance.now() - taken) / 1000);
            }
            console.log(`        claimed again after ${times.map((time) => time.toFixed(1)).join(", ")} s`);
            expect(times[0]).to.be.within(1.5, 3.5);
            expect(times[1]).to.be.within(3, 6);
            expect(times[2]).to.be.within(6, 11);
        });
    });

    describe("and lost the alias to nobody", () => {
        it("repairs it at the next look into the metadata", async () => {
            await open({ metadata: true });
            await stand.settled();
            const seq = stand.seq;
            await quiet(3000);
            expect(stand.api.auditSince(seq), "looking costs no request").to.deep.equal([]);
            await stand.force(0, [OTHERS[0]]);
            await stand.claimed(0, 3000);
            expect(stand.aliases(0)).to.have.members([OTHERS[0], VIP]);
        });

        it("repairs it through the API where there is no metadata", async () => {
            await open();
            await stand.force(0, []);
            await stand.claimed(0, 15_000);
        });
    });
});
