import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { OTHERS, Stand, VIP } from "../../lab/agent/harness";
import { took } from "./rows";

describe("servers that come and go", function () {
    this.timeout(40_000);
    let stand: Stand;

    beforeEach(async () => {
        stand = await Stand.open();
        await stand.startAgents();
    });
    afterEach(() => stand.close());

    it("a server outside the pair keeps the alias and raises an alarm; the MASTER claims when the alias is free", async () => {
        const third = await stand.quickly(() => stand.addServer("other", "10.0.1.50", [VIP, "10.0.1.103"]));
        const seq = stand.seq;
        await stand.nodes[0].promote();
        await until("the alarm", 10_000, () => stand.nodes[0].said(/^<2>.*server other .*not of this pair/) === 1);
        expect(stand.aliasesOf(third)).to.deep.equal([VIP, "10.0.1.103"]);
        expect(stand.posts(seq).filter(({ path }) => path.includes(`/${third}/`))).to.deep.equal([]);
        const status = await stand.nodes[0].command(["status"]);
        expect(status.stdout).to.contain("not of this pair");
        await stand.order(third, ["10.0.1.103"]);
        await stand.ends(0);
        expect(stand.aliasesOf(third)).to.deep.equal(["10.0.1.103"]);
    });

    it("a deleted peer frees its alias", async () => {
        await stand.settle(1);
        await stand.quickly(() => stand.call("DELETE", `/servers/${stand.serverIds[1]}`));
        await stand.nodes[1].stop("SIGKILL");
        await stand.nodes[0].promote();
        await stand.claimed(0);
    });

    it("a recreated peer is found by its address, as its id is new", async () => {
        await stand.quickly(async () => {
            await stand.call("DELETE", `/servers/${stand.serverIds[1]}`);
            await stand.api.settled();
            stand.serverIds[1] = await stand.addServer("nginx1-new", "10.0.1.3", [OTHERS[1], VIP]);
        });
        await stand.nodes[0].promote();
        await stand.ends(0);
        expect(stand.nodes[0].said(/claimed 10\.0\.1\.1 from nginx1-new/)).to.equal(1);
    });

    it("a peer that is switched off loses its alias to the MASTER", async function () {
        await stand.settle(1);
        await stand.quickly(() => stand.call("POST", `/servers/${stand.serverIds[1]}/actions/poweroff`));
        await stand.nodes[1].stop("SIGKILL");
        await stand.nodes[0].promote();
        took(this, await stand.ends(0));
    });

    it("a detached MASTER raises an alarm, and claims when it is attached again", async function () {
        await stand.settle(0);
        const act = (what: string, more = {}) =>
            stand.call("POST", `/servers/${stand.serverIds[0]}/actions/${what}`, { network: stand.networkId, ...more });
        await stand.quickly(() => act("detach_from_network"));
        await stand.nodes[0].demote("FAULT");
        await stand.settle(1);
        await stand.switchTo(0);
        const alarm = /nginx0 .*has no address .*run `pulumi up` \(not-attached, try 1\)/;
        await until("the error", 10_000, () => stand.nodes[0].said(alarm) === 1);
        await stand.quickly(() => act("attach_to_network", { ip: "10.0.1.2", alias_ips: [OTHERS[0]] }));
        const attached = performance.now();
        await stand.ends(0);
        took(this, (performance.now() - attached) / 1000);
    });

    it("a peer that was detached from the network holds nothing", async () => {
        await stand.settle(1);
        const detach = { network: stand.networkId };
        await stand.quickly(() =>
            stand.call("POST", `/servers/${stand.serverIds[1]}/actions/detach_from_network`, detach),
        );
        await stand.switchTo(0);
        await stand.claimed(0);
    });

    it("a server with another address than configured changes nothing and logs an error", async () => {
        await stand.nodes[0].stop();
        stand.nodes[0].configure({ serverId: stand.serverIds[1] });
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
