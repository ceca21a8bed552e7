import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { holders } from "../../../lab/stack/api";
import { NODES, VIP } from "../../../lab/stack/pair";
import { onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

const SECOND = "10.0.1.9";
const NODE_ARGS = `nodes: [{ location }, { location: config.require("nginx1Location") }],`;
const FIXED = `nodes: [{ location, address: "10.0.1.2" }, { location: config.require("nginx1Location"), address: "10.0.1.3" }],`;
const VIPS = `virtualIps: [config.require("virtualIp")],`;
const SWAPPED = `virtualIps: ["${SECOND}", config.require("virtualIp")],`;
const ROUTER = `service: "nginx.service",`;
const OTHER_ROUTER = `service: "nginx.service", virtualRouterId: 99,`;

/** ms: a restarted keepalived listens for a little more than three adverts, 0.5 s each, before it serves. */
const ONE_PAUSE = 3000;

/** ms, far less than two MASTERs take to hear each other: an advert, 0.5 s. */
const LOOKS_EVERY = 10;

describe("day two: settings that must be the same on both nodes", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    staysAsSet(() => day);
    before(() => {
        day.edit("index.ts", NODE_ARGS, FIXED);
    });
    after(() => day.edit("index.ts", FIXED, NODE_ARGS));

    /**
     * Checks that the change costs at most one pause, and that there is never a second MASTER. @returns the pause in ms
     */
    async function agreed(what: string): Promise<number> {
        const watch = watchMasters();
        const { outageMs, promoted } = await day.cost(what, () => day.up()).finally(() => watch.stop());
        const most = await watch.stop();
        expect(most, "MASTERs at one time").to.equal(1);
        expect(promoted.filter((node) => node !== "nginx0")).to.deep.equal([]);
        expect(outageMs).to.be.lessThan(ONE_PAUSE);
        expect(await holders(day.cloud, VIP)).to.deep.equal(["nginx0"]);
        for (const node of NODES) {
            expect(await day.read(node, "/run/failover-pair/drain")).to.equal("0");
        }
        return outageMs;
    }

    /** The highest number of nodes that had the address at one time. */
    function watchMasters(): { stop(): Promise<number> } {
        let [most, go] = [0, true];
        const watching = (async () => {
            while (go) {
                most = Math.max(most, (await day.pair.masters()).length);
                await setTimeout(LOOKS_EVERY);
            }
            return most;
        })();
        return {
            stop: () => {
                go = false;
                return watching;
            },
        };
    }

    it("changes the router id: the second node stands aside until both nodes have it", async () => {
        await day.masterIs("nginx0");
        day.edit("index.ts", ROUTER, OTHER_ROUTER);
        await agreed("virtual router id changed");
    });

    it("refuses another router id while the second node serves, and changes nothing", async () => {
        await day.masterIs("nginx1");
        day.edit("index.ts", OTHER_ROUTER, ROUTER);
        const said = await day.unnoticed("virtual router id, nginx1 serves", () => day.failing(day.up()));
        expect(said)
            .to.match(/nginx1 serves, .*virtual_router_id 99 → \d+\).*npx failover switchover/)
            .and.to.not.contain("nginx0-");
        expect(await day.read("nginx1", "/etc/keepalived/keepalived.conf")).to.contain("virtual_router_id 99");
        await day.masterIs("nginx0");
        await agreed("and when nginx0 serves");
    });

    it("changes the first virtual IP; the other virtual IP loses no answer if the router id stays", async () => {
        await day.masterIs("nginx0");
        const id = /virtual_router_id (\d+)/.exec(await day.read("nginx0", "/etc/keepalived/keepalived.conf"))![1];
        day.edit("index.ts", VIPS, `${SWAPPED} virtualRouterId: ${id},`);
        expect(await agreed("another first virtual IP")).to.equal(0);
        expect(await holders(day.cloud, SECOND)).to.deep.equal(["nginx0"]);
        day.edit("index.ts", `${SWAPPED} virtualRouterId: ${id},`, VIPS);
        expect(await agreed("and back")).to.equal(0);
        expect(await holders(day.cloud, SECOND)).to.deep.equal([]);
    });
});
