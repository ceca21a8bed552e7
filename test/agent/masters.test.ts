import { expect } from "chai";
import { until } from "../../lab/stack/until";
import type { StandOptions } from "../../lab/agent/harness";
import { Stand, VIP } from "../../lab/agent/harness";
import { took } from "./rows";

describe("MASTER and the alias", function () {
    this.timeout(60_000);
    let stand: Stand;

    async function open(options: StandOptions = {}): Promise<void> {
        stand = await Stand.open(options);
        await stand.startAgents();
        await stand.settle(0);
    }
    afterEach(() => stand.close());

    /** Resolves when a BACKUP has read every notification so far, and has looked at its NIC after that. */
    async function looked(index: number): Promise<void> {
        for (const state of ["FAULT", "BACKUP"]) {
            stand.nodes[index].notify(state);
            await until(`${state} to be read`, 5000, () => stand.nodes[index].state().vrrp === state, 5);
        }
    }

    it("a node that is not MASTER changes nothing, whatever its FIFO and signals say", async () => {
        await open();
        const seq = stand.seq;
        for (const line of ["MASTER", "MASTER_RX_LOWER_PRI", "BACKUP", "nonsense"]) {
            stand.nodes[1].notify(line);
        }
        stand.nodes[1].write("CLAIM\n\0\xff\n\n");
        stand.nodes[1].signal("SIGHUP");
        await looked(1);
        expect((await stand.nodes[1].command(["claim"])).exitCode).to.equal(1);
        await looked(1);
        expect(stand.requests(1, seq)).to.deep.equal([]);
    });

    it("the address on the NIC decides: the agent claims without a notification of keepalived", async function () {
        await open();
        await stand.nodes[0].removeVips();
        await stand.nodes[1].addVips();
        took(this, await stand.ends(1));
    });

    it("all VIPs move with one clear and one assign", async function () {
        const vips = [VIP, "10.0.1.4", "10.0.1.5"];
        await open({ vips });
        const seq = stand.seq;
        await stand.nodes[0].demote();
        await stand.nodes[1].addVips(vips.slice(1));
        await looked(1);
        expect(stand.requests(1, seq), "some of the VIPs do not make a MASTER").to.deep.equal([]);
        await stand.nodes[1].addVips([VIP]);
        took(this, await stand.ends(1));
        expect(stand.posts(seq).filter(({ status }) => status === 201)).to.have.length(2);
    });

    it("a restart of the holder's agent changes nothing", async () => {
        await open({ metadata: true, verifySeconds: 0.2 });
        const seq = stand.seq;
        await stand.nodes[0].stop();
        await stand.nodes[0].start();
        await stand.metadataLooks(0, 5);
        expect(stand.posts(seq)).to.deep.equal([]);
    });
});
