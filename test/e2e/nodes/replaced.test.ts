import { expect } from "chai";
import { callApi, listServers } from "../../../lab/stack/api";
import { NODES } from "../../../lab/stack/pair";
import { COMMANDS } from "../support/commands";
import { ONE_SWITCHOVER, onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

/** The nodes' type and image in index.ts, which are the client's defaults too. */
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
    staysAsSet(() => day);

    async function machine(node: string): Promise<Machine> {
        const answer = await callApi<{ servers: Machine[] }>(day.cloud, "GET", `/servers?name=${node}`);
        return answer.servers[0];
    }

    it("recreates a server that was deleted by hand with up --refresh, while the other node serves", async () => {
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

    it("changes the server type of both nodes, one after the other, with one switchover", async () => {
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

    it("replaces both nodes for another image and one location, one after the other, with one switchover", async function () {
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

    it("destroys one node with --target-dependents and leaves the other untouched; up brings the node back", async () => {
        await day.masterIs("nginx0");
        const target = ["--target", "**Server::nginx1", "--target-dependents"];
        await day.unnoticed("destroy --target of the other node", () => {
            return day.pulumi(["destroy", "--yes", "--skip-preview", ...target]);
        });
        expect((await listServers(day.cloud)).map(({ name }) => name).sort()).to.deep.equal(["client", "nginx0"]);
        await day.unnoticed("up", () => day.up());
    });
});
