import { expect } from "chai";
import { until } from "../../../lab/stack/until";
import { NODES, VIP } from "../../../lab/stack/pair";
import { COMMANDS } from "../support/commands";
import { onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

const SECOND = "10.0.1.9";
const THIRD = "10.0.1.10";
const CHECKS = `checks: [{ name: "http", httpUrl: "http://127.0.0.1/" }],`;
const SCRIPT = `installScript: "hostname >/var/www/html/index.html",`;
const CONF = "/etc/keepalived/keepalived.conf";

describe("day two: settings", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    staysAsSet(() => day);

    /** The nodes that have an address, by the cloud's own records. */
    async function holder(address: string): Promise<string[]> {
        const servers = await day.pair.servers();
        return servers.filter(({ nics }) => nics.some((nic) => nic.aliasIps.includes(address))).map(({ name }) => name);
    }

    /** The nodes in the order in which their resources were changed. */
    function order(output: string): string[] {
        const nodes = [...output.matchAll(/(nginx\d)-\w+ updated/g)].map(([, node]) => node);
        return nodes.filter((node, i) => node !== nodes[i - 1]);
    }

    it("changes timing, a check, a package and the agent, on the second node first", async () => {
        await day.masterIs("nginx0");
        await day.run(COMMANDS.timing);
        day.edit("index.ts", CHECKS, CHECKS.replace("],", `, { name: "disk", command: "test -w /var" }],`));
        day.edit("index.ts", `["nginx-light"]`, `["nginx-light", "jq"]`);
        day.edit("scripts/failover_pair/agent.py", `log("alias-switch for`, `log("a new alias-switch for`);
        const output = await day.unnoticed("settings changed, nginx0 is master", () => day.up());
        expect(order(output)).to.deep.equal(["nginx1", "nginx0"]);
        for (const node of NODES) {
            expect(await day.read(node, CONF))
                .to.contain("advert_int 0.2")
                .and.to.contain("vrrp_script disk");
            await day.pair.run(node, "dpkg-query --show jq && journalctl -u alias-switch | grep 'a new alias-switch'");
        }
    });

    it("changes them back while the second node serves", async () => {
        await day.masterIs("nginx1");
        await day.pulumi(["config", "rm", "timing"]);
        day.edit("index.ts", `, { name: "disk", command: "test -w /var" }],`, "],");
        day.edit("scripts/failover_pair/agent.py", `log("a new alias-switch for`, `log("alias-switch for`);
        const output = await day.unnoticed("settings changed back, nginx1 is master", () => day.up());
        expect(order(output)).to.deep.equal(["nginx1", "nginx0"]);
        expect(await day.read("nginx0", CONF))
            .to.contain("advert_int 0.5")
            .and.to.not.contain("vrrp_script disk");
    });

    it("adds a second virtual IP while nginx0 serves, changes it while nginx1 serves, and removes it", async () => {
        await day.masterIs("nginx0");
        day.edit("index.ts", `[config.require("virtualIp")]`, `[config.require("virtualIp"), "${SECOND}"]`);
        await day.unnoticed("virtual IP added", () => day.up());
        await day.client.steady("the first one to answer", 10_000, 10, "nginx0");
        const ask = ["curl", "--silent", "--max-time", "2", "--retry", "5", "--retry-connrefused", `http://${SECOND}/`];
        expect((await day.cloud.exec("client", ask)).stdout).to.equal("nginx0");
        expect([await holder(VIP), await holder(SECOND)]).to.deep.equal([["nginx0"], ["nginx0"]]);

        await day.masterIs("nginx1");
        day.edit("index.ts", SECOND, THIRD);
        await day.unnoticed("virtual IP changed", () => day.up());
        await until(`nginx1 to have ${THIRD}`, 10_000, async () => (await holder(THIRD)).join() === "nginx1");
        expect([await holder(VIP), await holder(SECOND)]).to.deep.equal([["nginx1"], []]);

        day.edit("index.ts", `, "${THIRD}"]`, "]");
        await day.unnoticed("virtual IP removed", () => day.up());
        expect([await holder(VIP), await holder(THIRD)]).to.deep.equal([["nginx1"], []]);
    });

    const broken: [what: string, file: string, from: string, to: string, reason: RegExp][] = [
        [
            "a check that always fails",
            "index.ts",
            CHECKS,
            `checks: [{ name: "no", command: "false" }],`,
            /the check no fails on nginx1/,
        ],
        [
            "an installScript that fails",
            "index.ts",
            SCRIPT,
            `installScript: "echo no such disk; exit 3",`,
            /no such disk/,
        ],
        [
            "a keepalived.conf that is refused",
            "components/render/keepalivedConf.ts",
            `"nopreempt",`,
            `"nonsense",`,
            /Unknown keyword 'nonsense'/,
        ],
        [
            "an agent that does not start",
            "scripts/alias-switch",
            "#!/usr/bin/python3 -IS",
            "#!/bin/false",
            /alias-switch does not run/,
        ],
    ];
    // the update begins at nginx1, so a broken change is worst while nginx1 serves: all of them are tried then
    for (const [master, changes] of [
        ["nginx0", broken.slice(3)],
        ["nginx1", broken],
    ] as const) {
        it(`stops a broken change at the second node without a lost answer while ${master} serves`, async () => {
            await day.masterIs(master);
            const before = await Promise.all(NODES.map((node) => day.read(node, CONF)));
            for (const [what, file, from, to, reason] of changes) {
                day.edit(file, from, to);
                const said = await day.unnoticed(what, () => day.failing(day.up()));
                expect(said).to.match(reason).and.to.contain("nginx1-").and.to.not.contain("nginx0-");
                expect(await Promise.all(NODES.map((node) => day.read(node, CONF))), what).to.deep.equal(before);
                day.edit(file, to, from);
            }
            await day.unnoticed("the way back", () => day.up());
        });
    }
});
