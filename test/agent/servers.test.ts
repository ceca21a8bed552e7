import { expect } from "chai";
import { until } from "../stack/until";
import { OTHERS, Stand, VIP } from "./harness";

describe("servers come and go", function () {
    this.timeout(40_000);
    let stand: Stand;

    beforeEach(async () => {
        stand = await Stand.open({ latencyMs: 10, actionMs: 100 });
        await stand.startAgents();
    });
    afterEach(() => stand.close());

    it("a holder outside of the pair is not touched: an alarm, and the alias when it is free", async () => {
        const third = await stand.quickly(() => stand.addServer("other", "10.0.1.50", [VIP, "10.0.1.103"]));
        const seq = stand.seq;
        await stand.nodes[0].promote();
        await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*server other .*not of this pair/) === 1);
        expect(stand.aliasesOf(third)).to.deep.equal([VIP, "10.0.1.103"]);
        expect(stand.posts(seq).filter(({ path }) => path.includes(`/${third}/`))).to.deep.equal([]);
        const status = await stand.nodes[0].command(["status"]);
        expect(status.stdout).to.contain("not of this pair");
        await stand.call("POST", `/servers/${third}/actions/change_alias_ips`, {
            network: stand.networkId,
            alias_ips: [],
        });
        await stand.claimed(0);
        expect(stand.aliases(0)).to.have.members([OTHERS[0], VIP]);
    });

    it("a peer that was deleted frees what it had", async () => {
        await stand.settle(1);
        await stand.quickly(() => stand.call("DELETE", `/servers/${stand.serverIds[1]}`));
        await stand.nodes[1].stop("SIGKILL");
        await stand.nodes[0].promote();
        await stand.claimed(0);
    });

    it("a peer that was rebuilt has another id, and is known by its address", async () => {
        await stand.quickly(async () => {
            await stand.call("DELETE", `/servers/${stand.serverIds[1]}`);
            await stand.api.settled();
            stand.serverIds[1] = await stand.addServer("nginx1-new", "10.0.1.3", [OTHERS[1], VIP]);
        });
        await stand.nodes[0].promote();
        await stand.claimed(0);
        expect(stand.aliases(1)).to.deep.equal([OTHERS[1]]);
        expect(stand.nodes[0].said(/claimed 10\.0\.1\.1 from nginx1-new/)).to.equal(1);
    });

    it("a peer that has lost its network holds nothing", async () => {
        await stand.settle(1);
        const detach = { network: stand.networkId };
        await stand.quickly(() =>
            stand.call("POST", `/servers/${stand.serverIds[1]}/actions/detach_from_network`, detach),
        );
        await stand.switchTo(0);
        await stand.claimed(0);
    });

    it("a server of another address than configured is told so", async () => {
        await stand.nodes[0].stop();
        stand.nodes[0].configure({ serverId: stand.serverIds[1], peerServerId: stand.serverIds[0] });
        await stand.nodes[0].start();
        const seq = stand.seq;
        await stand.nodes[0].promote();
        await until(
            "the error",
            10_000,
            () => stand.nodes[0].said(/has 10\.0\.1\.3 .* and not 10\.0\.1\.2: run `pulumi up`/) > 0,
        );
        expect(stand.posts(seq)).to.deep.equal([]);
    });
});
