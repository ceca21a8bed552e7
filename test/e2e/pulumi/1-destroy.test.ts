import { expect } from "chai";
import { callApi, listServers, serverAction } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { COMMANDS } from "../support/commands";
import { onDayTwo, type DayTwo } from "../support/dayTwo";

/** Only the pair: the client is still needed. */
const DESTROY_PAIR = ["destroy", "--yes", "--skip-preview", "--target", "**FailoverPair::nginx", "--target-dependents"];
const SERVICE = `service: "nginx.service",`;
const END = `    apiProxy: optional("apiProxy"),\n})`;

describe("day two: destroying a pair", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    before(async () => {
        await untilHealthy(day.cloud, NODES);
    });

    it("is refused by protect, and changes nothing", async () => {
        day.edit("index.ts", END, END.replace("})", "}, { protect: true })"));
        await day.unnoticed("protect set", () => day.up());
        const said = await day.unnoticed("destroy of what is protected", () => day.failing(day.pulumi(DESTROY_PAIR)));
        expect(said).to.match(/protect/);
        await day.noMoreChanges();
        day.edit("index.ts", END.replace("})", "}, { protect: true })"), END);
        await day.unnoticed("protect unset", () => day.up());
    });

    it("is refused by the cloud with deletionProtection, and the pair goes on answering", async () => {
        day.edit("index.ts", SERVICE, `${SERVICE} deletionProtection: true,`);
        await day.unnoticed("deletion protection set", () => day.up());
        const said = await day.unnoticed("destroy of protected servers", () => {
            return day.failing(day.pulumi(DESTROY_PAIR));
        });
        expect(said).to.match(/protected/);
        expect((await listServers(day.cloud)).map(({ name }) => name).sort()).to.deep.equal(["client", ...NODES]);
        day.edit("index.ts", `${SERVICE} deletionProtection: true,`, SERVICE);
        await day.unnoticed("up afterwards", () => day.up());
        await day.noMoreChanges();
    });

    it("takes one command, even if one server is off and the other was deleted by hand", async () => {
        await day.client.stop();
        await serverAction(day.cloud, "nginx1", "poweroff");
        const { id } = (await listServers(day.cloud)).find(({ name }) => name === "nginx0")!;
        await callApi(day.cloud, "DELETE", `/servers/${id}`);
        await until("nginx0 to be gone", 30_000, async () =>
            (await listServers(day.cloud)).every((one) => one.id !== id),
        );
        await day.run(COMMANDS.destroy);
        for (const kind of ["servers", "networks", "ssh_keys", "firewalls", "placement_groups", "primary_ips"]) {
            const answer = await callApi<Record<string, unknown[]>>(day.cloud, "GET", `/${kind}`);
            expect(answer[kind], kind).to.deep.equal([]);
        }
    });
});
