import { expect } from "chai";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { ownPair } from "../support/ownPair";

/** Drops VRRP only, like a host firewall without a rule for it. */
const DROP =
    "nft add table ip strict; nft 'add chain ip strict in { type filter hook input priority 0; }'; nft add rule ip strict in ip protocol 112 drop";
const ALLOW = "nft delete table ip strict";
const CONF = "sha256sum </etc/keepalived/keepalived.conf; systemctl show -P ExecMainStartTimestampMonotonic keepalived";

describe("a rollout on nodes that do not hear each other", function () {
    this.timeout(10 * 60_000);
    const own = ownPair({ settings: { timing: "fast" } });
    const both = (script: string) => Promise.all(NODES.map((node) => own.run(node, script)));

    it("fails behind a firewall that drops VRRP: the second node names the reason, the first node is untouched", async function () {
        const before = await own.run(NODES[0], CONF);
        await both(DROP);
        await own.set({ timing: "balanced" });
        const said = await own.up().then(
            () => "it succeeded",
            (error: Error) => error.message,
        );
        expect(said).to.match(/nginx1-keepalived.*\n?[^]*IP protocol 112/);
        expect(said).to.match(/iptables -I INPUT -p 112 -s 10\.0\.1\.\d -j ACCEPT/);
        expect(await own.run(NODES[0], CONF)).to.equal(before);
        await both(ALLOW);
        const began = Date.now();
        await own.up();
        this.test!.title += ` (afterwards it succeeds, in ${((Date.now() - began) / 1000).toFixed(0)} s)`;
        await own.well();
    });

    it("restores the address of a NIC, and configures keepalived for a NIC with another name", async () => {
        const master = await own.master();
        const backup = NODES.find((node) => node !== master)!;
        const address = backup === NODES[0] ? "10.0.1.2" : "10.0.1.3";
        const named = () =>
            own.run(backup, `ip -o -4 address show to ${address} | cut -d ' ' -f 2`).then((nic) => nic.trim());
        const nic = await named();
        await own.run(backup, `ip address flush dev ${nic}`);
        await until("the address to be back", 60_000, async () => (await named()) === nic);
        await own.well();
        expect(await own.master(), "nothing moves").to.equal(master);
        await own.run(backup, `ip link set ${nic} down; ip link set ${nic} name private7; ip link set private7 up`);
        await own.run(backup, "systemctl restart keepalived");
        expect(await own.run(backup, "grep -c private7 /etc/keepalived/keepalived.conf")).to.match(/^2\b/);
        await own.well();
        await own.up("--expect-no-changes");
    });
});
