import { expect } from "chai";
import { until } from "../../../lab/stack/until";
import { OnPair, tell } from "../support/onPair";

describe("alias-switch status", function () {
    this.timeout(60_000);
    const on = new OnPair();

    /** The status of a node while a unit is stopped. The unit is started again afterwards. */
    async function whileStopped(node: string, unit: string) {
        await on.pair.run(node, `systemctl stop ${unit}`);
        try {
            const report = await on.status(node);
            tell(`${unit} stopped: exit ${report.exit}, ${report.verdict}`);
            return report;
        } finally {
            await on.pair.run(node, `systemctl start ${unit}`);
        }
    }

    it("exits with 0 on both nodes of a healthy pair", async () => {
        const master = await on.master();
        const [one, two] = [await on.status(master), await on.status(on.pair.other(master))];
        tell(`${one.verdict}; ${two.verdict}`);
        expect([one.exit, one.vrrp, one.holderByApi, one.holderByMetadata]).to.deep.equal([
            0,
            "MASTER",
            master,
            master,
        ]);
        expect([two.exit, two.vrrp, two.holderByApi]).to.deep.equal([0, "BACKUP", master]);
    });

    it("exits with 1 without the API, and shows what it knows, on either node", async () => {
        const master = await on.master();
        for (const node of [master, on.pair.other(master)]) {
            await on.pair.cloud.control.cutApi(node);
            try {
                const report = await on.status(node);
                tell(`${report.vrrp} without the API: exit ${report.exit}, ${report.verdict}`);
                expect(report.exit).to.equal(1);
                expect(report.apiError).to.be.a("string");
                expect(report.holderByMetadata).to.equal(node === master ? node : `not ${node}`);
            } finally {
                await on.pair.cloud.control.cutApi(node, false);
            }
        }
    });

    it("exits with 2 without the agent, and still knows the holder", async () => {
        const master = await on.master();
        const report = await whileStopped(master, "alias-switch");
        expect([report.exit, report.agent, report.vrrp]).to.deep.equal([2, "not running", "MASTER"]);
        expect(report.holderByApi).to.equal(master);
    });

    it("exits with 2 without keepalived", async () => {
        const report = await whileStopped(on.pair.other(await on.master()), "keepalived");
        expect([report.exit, report.keepalived]).to.deep.equal([2, "inactive"]);
    });

    it("exits with 2 without the service, and the node cannot be MASTER", async () => {
        const report = await whileStopped(on.pair.other(await on.master()), "nginx");
        expect(report.exit).to.equal(2);
    });

    it("exits with 2 while the MASTER is not the holder and cannot become it", async () => {
        const master = await on.master();
        const other = on.pair.other(master);
        await on.pair.cloud.control.cutApi(other);
        try {
            await on.pair.run(master, "alias-switch drain");
            await until("the other node to be MASTER", 10_000, async () => (await on.pair.masters()).includes(other));
            await until(
                "the time for a claim to be over",
                15_000,
                async () => (await on.status(other)).exit === 2,
                500,
            );
            const report = await on.status(other);
            tell(`${report.vrrp} without the API: exit ${report.exit}, ${report.verdict}`);
            expect([report.vrrp, report.holderByMetadata]).to.deep.equal(["MASTER", `not ${other}`]);
        } finally {
            await on.pair.cloud.control.cutApi(other, false);
            await on.pair.run(master, "alias-switch undrain");
        }
        const { ms } = await on.pair.settledOn(other, 15_000);
        tell(`with the API again: holder after ${ms} ms`);
    });

    it("names the failing check, with exit code 1 at once and 2 after keepalived has reacted", async () => {
        const other = on.pair.other(await on.master());
        const page = "/var/www/html/index.html";
        // without the page nginx would answer with its default page
        await on.pair.run(other, `chmod 0 ${page}`);
        try {
            const report = await on.status(other);
            tell(`a check fails: exit ${report.exit}, ${report.verdict}`);
            expect(report.verdict).to.contain("the check http fails: exit 1");
            await until("keepalived to act", 15_000, async () => (await on.status(other)).exit === 2, 200);
            expect((await on.status(other)).verdict).to.equal("FAULT: the check http fails: exit 1");
        } finally {
            await on.pair.run(other, `chmod 644 ${page}`);
        }
        await until("the node to be BACKUP again", 15_000, async () => (await on.status(other)).exit === 0, 200);
    });

    it("exits with 1 on a drained node; claim works on the MASTER only", async () => {
        const master = await on.master();
        const other = on.pair.other(master);
        expect((await on.command(other, "drain")).exitCode).to.equal(0);
        try {
            const report = await on.status(other);
            tell(`drained: exit ${report.exit}, ${report.verdict}`);
            expect([report.exit, report.drained, report.drainedAfterReboot]).to.deep.equal([1, true, false]);
            const refused = await on.command(other, "claim");
            tell(`claim on ${other}: exit ${refused.exitCode}, ${refused.stderr}`);
            expect(refused.exitCode).to.equal(1);
        } finally {
            await on.command(other, "undrain");
        }
        await until("the node to be BACKUP again", 10_000, async () => (await on.status(other)).exit === 0, 200);
        const from = Date.now();
        const done = await on.command(master, "claim");
        tell(`claim on ${master}: exit ${done.exitCode}, ${done.stdout} (${Date.now() - from} ms)`);
        expect(done.exitCode).to.equal(0);
    });
});
