import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { early, oldMaster } from "./early";
import { OTHERS } from "../../lab/agent/harness";
import { took } from "./rows";

describe("a MASTER that stays MASTER", function () {
    this.timeout(60_000);

    const told = early(oldMaster);
    it("sends only a few requests when keepalived reports a lower-priority master again and again", async () => {
        const stand = await told();
        const seq = stand.seq;
        for (let i = 0; i < 50; i++) {
            stand.nodes[0].notify("MASTER_RX_LOWER_PRI");
            await delay(60);
        }
        expect(stand.requests(0, seq).length).to.be.below(8);
        expect(stand.posts(seq)).to.deep.equal([]);
    });

    const idle = early(() => oldMaster({ metadata: true, verifySeconds: 30 }));
    it("uses almost no processor time", async () => {
        const stand = await idle();
        const before = stand.nodes.map((node) => node.cpuSeconds());
        const seq = stand.seq;
        await delay(5000);
        stand.nodes.forEach((node, index) => expect(node.cpuSeconds() - before[index]).to.be.below(0.05));
        expect(stand.api.auditSince(seq).length).to.be.at.most(1);
    });

    const watched = early(() => oldMaster({ metadata: true }));
    it("repairs an alias that another client removed, at its next look into the metadata", async function () {
        const stand = await watched();
        const seq = stand.seq;
        await stand.metadataLooks(0, 3);
        expect(stand.api.auditSince(seq), "looking costs no request").to.deep.equal([]);
        await stand.force(0, [OTHERS[0]]);
        const stripped = performance.now();
        await stand.claimed(0, 3000);
        took(this, (performance.now() - stripped) / 1000);
        await stand.ends(0);
    });

    const interrupted = early(() => oldMaster({ metadata: true, verifySeconds: 30 }));
    it("repairs it soon after an interruption of the metadata service too", async function () {
        const stand = await interrupted();
        stand.metadataAway = true;
        await stand.metadataLooks(0, 2);
        stand.metadataAway = false;
        await stand.force(0, [OTHERS[0]]);
        const stripped = performance.now();
        await stand.claimed(0, 15_000);
        took(this, (performance.now() - stripped) / 1000);
        await stand.ends(0);
    });

    const unwatched = early(oldMaster);
    it("repairs it through the API if there is no metadata service", async function () {
        const stand = await unwatched();
        await stand.force(0, [OTHERS[0]]);
        const stripped = performance.now();
        await stand.claimed(0, 15_000);
        took(this, (performance.now() - stripped) / 1000);
        await stand.ends(0);
    });
});
