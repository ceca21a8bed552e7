import { expect } from "chai";
import { callApi, holders } from "../../../lab/stack/api";
import { NODES, VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { OnPair, tell } from "../support/onPair";

const NIC = "enp7s0";

describe("a node in trouble", function () {
    this.timeout(120_000);
    const on = new OnPair();

    const reboot = (node: string) => on.pair.cloud.exec(node, ["systemctl", "--no-block", "reboot"]);
    const rebooted = (node: string, before: string) =>
        until(`${node} to boot again`, 60_000, async () => (await on.pair.bootId(node)) !== before);

    it("whose VIP was deleted from the NIC by hand: one node has it again, and the alias", async () => {
        const master = await on.master();
        const mark = await on.pair.mark();
        const remove = () => on.pair.run(master, `ip address delete ${VIP}/32 dev ${NIC}`);
        const outage = await on.client.during(remove, { mustMove: false });
        const claims = await on.pair.claims(mark);
        tell(`${outage.outageMs} ms, ${outage.lost} lost, ${master} → ${outage.after}, ${claims.length} claims`);
        expect(await on.master()).to.equal(outage.after);
        expect(claims).to.have.length(outage.after === master ? 0 : 1);
    });

    it("with a full disk can take over, show its status, be drained and be undrained", async () => {
        const master = await on.master();
        const other = on.pair.other(master);
        const size = await on.pair.run(other, "findmnt --noheadings --output=SIZE --bytes /run");
        const used = await on.pair.run(other, "findmnt --noheadings --output=USED --bytes /run");
        await on.pair.run(
            other,
            `mount -o remount,size=${Number(used) + (64 << 10)} /run; cat /dev/zero >/run/fill || true`,
        );
        try {
            expect((await on.command(other, "status")).exitCode).to.equal(0);
            const outage = await on.client.during(() => on.pair.run(master, "systemctl restart keepalived"), {
                mustMove: true,
            });
            const report = await on.status(other);
            tell(`taken over in ${outage.outageMs} ms; exit ${report.exit}, ${report.verdict}`);
            expect([report.exit, report.vrrp, report.holderByApi]).to.deep.equal([0, "MASTER", other]);
            const drained = await on.command(other, "drain");
            tell(`drain: exit ${drained.exitCode}, ${drained.stdout}${drained.stderr}`);
            expect(drained.exitCode).to.equal(0);
            await on.pair.settledOn(master, 10_000);
            expect((await on.command(other, "undrain")).exitCode).to.equal(0);
        } finally {
            await on.pair.run(other, `rm -f /run/fill; mount -o remount,size=${size} /run; alias-switch undrain`);
        }
    });

    it("that is MASTER can be detached from the network through the API, and attached again", async () => {
        const { cloud } = on.pair;
        const master = await on.master();
        const server = (await on.pair.servers()).find(({ name }) => name === master)!;
        const network = server.nics[0].networkId;
        const call = (action: string, ip?: string) =>
            callApi(cloud, "POST", `/servers/${server.id}/actions/${action}`, { network, ip });
        const outage = await on.client.during(() => call("detach_from_network"), { mustMove: true });
        const report = await on.status(master);
        tell(`${outage.outageMs} ms; on ${master}: exit ${report.exit}, ${report.verdict}`);
        expect(report.exit).to.equal(2);
        await call("attach_to_network", server.nics[0].ip);
        const from = Date.now();
        await until("the node to be BACKUP again", 60_000, async () => (await on.status(master)).exit === 0, 250);
        tell(`attached again: ready to take over after ${Date.now() - from} ms`);
        expect(await on.master()).to.equal(outage.after);
        const back = await on.client.during(() => on.pair.run(outage.after!, "systemctl restart keepalived"), {
            mustMove: true,
        });
        expect(back.after).to.equal(master);
    });

    it("that is drained stays drained over a reboot, and can be MASTER again after undrain", async () => {
        const master = await on.master();
        const other = on.pair.other(master);
        const outage = await on.client.during(() => on.command(master, "drain", "--keep-after-reboot"), {
            mustMove: true,
        });
        tell(`drained: ${outage.outageMs} ms`);
        const boot = await on.pair.bootId(master);
        await reboot(master);
        await rebooted(master, boot);
        await until("keepalived there", 30_000, async () => (await on.status(master)).vrrp === "FAULT", 250);
        const report = await on.status(master);
        tell(`after the reboot: exit ${report.exit}, ${report.verdict}`);
        expect([report.exit, report.drained, report.drainedAfterReboot]).to.deep.equal([1, true, true]);
        expect(await on.master()).to.equal(other);
        await on.command(master, "undrain");
        await until("the node to be BACKUP", 10_000, async () => (await on.status(master)).exit === 0, 250);
        expect(await on.handOver()).to.equal(master);
    });

    it("reboots at the same time as its peer: the address answers again, from the holder", async () => {
        const boots = await Promise.all(NODES.map((node) => on.pair.bootId(node)));
        const outage = await on.client.during(
            async () => {
                await Promise.all(NODES.map(reboot));
                await Promise.all(NODES.map((node, index) => rebooted(node, boots[index])));
            },
            { mustMove: false, timeoutMs: 90_000 },
        );
        tell(`${outage.outageMs} ms, then ${outage.after} answers`);
        expect((await on.pair.settled(30_000)).master).to.equal(outage.after);
        expect(await holders(on.pair.cloud, VIP)).to.deep.equal([outage.after]);
    });
});
