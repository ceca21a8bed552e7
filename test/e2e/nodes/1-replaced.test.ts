import { expect } from "chai";
import { callApi, listServers } from "../../../lab/stack/api";
import { NODES } from "../../../lab/stack/pair";
import { COMMANDS } from "../support/commands";
import { ONE_SWITCHOVER, onDayTwo, type DayTwo } from "../support/dayTwo";

/** The nodes' type and image in index.ts, which the client shares by default. */
const COMMON = "    serverType,\n    image,\n    packages:";

interface Machine {
    id: number;
    server_type: { name: string };
    image: { name: string };
}

describe("day two: a node is replaced", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    afterEach(() => day.noMoreChanges());

    async function machine(node: string): Promise<Machine> {
        const answer = await callApi<{ servers: Machine[] }>(day.cloud, "GET", `/servers?name=${node}`);
        return answer.servers[0];
    }

    it("a server that was deleted by hand: refresh and up alone repair the pair, the other node serves", async () => {
        await day.masterIs("nginx0");
        const { id } = await machine("nginx0");
        const { outageMs } = await day.cost("serving node deleted, up --refresh", async () => {
            await callApi(day.cloud, "DELETE", `/servers/${id}`);
            await day.client.steady("the other node to answer", 30_000, 10, "nginx1");
            return day.run(COMMANDS.upRefresh);
        });
        expect(outageMs).to.be.lessThan(ONE_SWITCHOVER);
        expect((await machine("nginx0")).id).to.not.equal(id);
    });

    it("another server type for both: each is off in its turn, and one switchover is all that is noticed", async () => {
        const before = await Promise.all(NODES.map(machine));
        await day.masterIs("nginx0");
        day.edit("index.ts", COMMON, COMMON.replace("serverType,", `serverType: "cx33",`));
        const { outageMs, promoted } = await day.cost("server type of both changed", () => day.up());
        expect(promoted).to.deep.equal(["nginx1"]);
        expect(outageMs).to.be.lessThan(ONE_SWITCHOVER);
        const after = await Promise.all(NODES.map(machine));
        expect(after.map((one) => one.server_type.name)).to.deep.equal(["cx33", "cx33"]);
        expect(after.map((one) => one.id)).to.deep.equal(before.map((one) => one.id));
    });

    it("another image for both, and another location for one: replaced one after the other", async function () {
        // the local cloud may have to build that image
        this.timeout(600_000);
        await day.masterIs("nginx0");
        day.edit("index.ts", `\n    image,\n    packages:`, `\n    image: "debian-13",\n    packages:`);
        await day.run(COMMANDS.location);
        const { outageMs, promoted } = await day.cost("image of both and location of one changed", () => day.up());
        expect(promoted).to.deep.equal(["nginx1"]);
        expect(outageMs).to.be.lessThan(ONE_SWITCHOVER);
        for (const node of NODES) {
            expect(await day.read(node, "/etc/debian_version")).to.match(/^13/);
        }
    });

    it("one node destroyed as a target with all that depends on it: the other one is untouched, and up brings it back", async () => {
        await day.masterIs("nginx0");
        const target = ["--target", "**Server::nginx1", "--target-dependents"];
        await day.unnoticed("destroy --target of the other node", () => {
            return day.pulumi(["destroy", "--yes", "--skip-preview", ...target]);
        });
        expect((await listServers(day.cloud)).map(({ name }) => name).sort()).to.deep.equal(["client", "nginx0"]);
        await day.unnoticed("up", () => day.up());
    });
});
