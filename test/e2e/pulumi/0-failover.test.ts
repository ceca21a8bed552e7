import { expect } from "chai";
import { serverAction } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES } from "../../../lab/stack/pair";
import { COMMANDS } from "../support/commands";
import { onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

const QUICKLY = ["--yes", "--skip-preview"];

/**
 * The plugin tries for 37 s, after 5 s of the program's own. The rest is the duration of an update with both nodes on.
 */
const TRIES_MS = 50_000;

describe("day two: pulumi during a failover", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    staysAsSet(() => day);

    it("refresh, preview and up send no change to the API while the alias moves", async () => {
        await day.masterIs("nginx0");
        const mark = await day.pair.mark();
        const { promoted } = await day.cost("keepalived stopped, and refresh, preview, up at once", async () => {
            await day.pair.run("nginx0", "systemctl stop keepalived");
            // at once, without the grace period in which nginx0 would carry
            const claim = day.client
                .steady("nginx1 to answer", 30_000, 1, "nginx1")
                .then(() => day.pair.run("nginx1", "alias-switch claim"));
            const [refreshed] = await Promise.all([day.pulumi(["refresh", ...QUICKLY]), claim]);
            await day.pair.run("nginx0", "systemctl start keepalived");
            await day.pulumi(["preview", "--expect-no-changes"]);
            return refreshed + (await day.up("--expect-no-changes"));
        });
        expect(promoted).to.deep.equal(["nginx1"]);
        const requests = (await day.cloud.control.audit(mark)).filter(
            ({ method, status }) => method !== "GET" && status === 201,
        );
        const nodes = (await day.pair.servers()).map(({ id }) => `/v1/servers/${id}/actions/change_alias_ips`);
        expect(requests.filter(({ path }) => !nodes.includes(path))).to.deep.equal([]);
        expect(requests.length, "the agent's clear and assign").to.be.within(2, 4);
    });

    it("up updates the other node if the first node is off, and fails within a minute with an error that names it", async () => {
        await day.masterIs("nginx0");
        await day.run(COMMANDS.timing);
        let failedMs = 0;
        const { promoted, output } = await day.cost("serving node off, and up at once", async () => {
            await serverAction(day.cloud, "nginx0", "poweroff");
            const from = Date.now();
            const said = await day.failing(day.up());
            failedMs = Date.now() - from;
            return said;
        });
        expect(promoted).to.deep.equal(["nginx1"]);
        expect(output).to.match(/nginx0-\w+\):\s+error: after 6 failed attempts/);
        expect(output).to.match(/nginx1-keepalived updated/);
        await day.pulumi(["preview"]);
        await day.pulumi(["refresh", ...QUICKLY]);
        await serverAction(day.cloud, "nginx0", "poweron");
        await untilHealthy(day.cloud, NODES);
        await day.unnoticed("up when it is back", () => day.up());
        await day.pulumi(["config", "rm", "timing"]);
        const from = Date.now();
        await day.unnoticed("up with the timing from before", () => day.up());
        expect(failedMs).to.be.lessThan(Date.now() - from + TRIES_MS);
    });

    it("up leaves the serving first node untouched while the second node is off", async () => {
        await day.masterIs("nginx0");
        await day.run(COMMANDS.timing);
        await serverAction(day.cloud, "nginx1", "poweroff");
        let from = Date.now();
        const said = await day.unnoticed("second node off, and up at once", () => day.failing(day.up()));
        const failedMs = Date.now() - from;
        expect(said)
            .to.match(/nginx1-\w+\):\s+error: after 6 failed attempts/)
            .and.to.not.contain("nginx0-");
        await serverAction(day.cloud, "nginx1", "poweron");
        await untilHealthy(day.cloud, NODES);
        await day.pulumi(["config", "rm", "timing"]);
        from = Date.now();
        await day.unnoticed("up when it is back, with the timing from before", () => day.up());
        expect(failedMs).to.be.lessThan(Date.now() - from + TRIES_MS);
    });
});
