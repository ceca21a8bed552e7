import { expect } from "chai";
import { serverAction } from "../../../lab/stack/api";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { tell } from "../support/askedPair";
import { ownPair } from "../support/ownPair";

const BLOCK = [
    "nft add table inet host",
    "nft add chain inet host in '{ type filter hook input priority 0; }'",
    "nft add rule inet host in meta l4proto 112 drop",
].join(" && ");
const UNBLOCK = "nft delete table inet host";

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A host firewall drops IP protocol 112 on both nodes, and lets everything else through. */
describe("a pair with VRRP blocked on both nodes", function () {
    this.timeout(240_000);
    const own = ownPair({ settings: { timing: "fast" }, cloud: { latencyMs: 60, actionMs: 800 } });

    const onBoth = (script: string) => Promise.all(NODES.map((node) => own.run(node, script)));

    /** The processor time that each agent has used so far, in seconds. */
    async function processorTimes(): Promise<number[]> {
        const script = "cut -d' ' -f14,15 /proc/$(systemctl show --value -p MainPID alias-switch)/stat";
        return (await onBoth(script)).map((line) =>
            line.split(" ").reduce((sum, ticks) => sum + Number(ticks) / 100, 0),
        );
    }

    it("moves once within 5 s and not in the 75 s after it, while the agents sleep", async () => {
        const former = await own.master();
        const mark = await own.pair.mark();
        await onBoth(BLOCK);
        const began = Date.now();
        await until("the other node to be MASTER", 10_000, async () =>
            (await own.pair.masters()).includes(own.pair.other(former)),
        );
        const { ms } = await own.pair.settledOn(own.pair.other(former), 15_000, 1000);
        const [before, from] = [await processorTimes(), Date.now()];
        await pass(75_000 - (Date.now() - began));
        const seconds = (Date.now() - from) / 1000;
        const shares = (await processorTimes()).map((time, index) => (100 * (time - before[index])) / seconds);
        const claims = (await own.pair.claims(mark)).length;
        tell(
            `settled after ${ms} ms; ${claims} claims in 75 s; agents: ${shares.map((share) => share.toFixed(2)).join(", ")} % of a core`,
        );
        expect(ms).to.be.below(5000);
        expect(claims).to.be.at.most(1);
        expect(Math.max(...shares)).to.be.below(1);
        expect(await own.pair.masters()).to.have.length(1);
    });

    it("has one MASTER and one BACKUP after the end of the block, without a move", async () => {
        const mark = await own.pair.mark();
        const [master] = await own.pair.masters();
        await onBoth(UNBLOCK);
        const began = Date.now();
        const state = async () => (await own.status(own.pair.other(master))).vrrp;
        await until("the other node to be BACKUP for good", 60_000, async () => {
            const saved = await own.run(own.pair.other(master), "cat /run/failover-pair/agent/agent.json");
            return (JSON.parse(saved) as { settledBy: string }).settledBy === "vrrp" && (await state()) === "BACKUP";
        });
        tell(`after ${Date.now() - began} ms`);
        expect(await own.pair.masters()).to.deep.equal([master]);
        expect(await own.pair.claims(mark)).to.deep.equal([]);
    });

    it("fails over when the serving node dies", async () => {
        await onBoth(BLOCK);
        await pass(3000);
        const { master } = await own.pair.settled(30_000, 3000);
        await serverAction(own.cloud, master, "poweroff");
        const began = Date.now();
        await own.pair.settledOn(own.pair.other(master), 30_000);
        tell(`${Date.now() - began} ms`);
        await own.client.steady("the address to answer", 30_000, 10);
    });
});
