import { expect } from "chai";
import { up } from "../../../lab/stack/pulumi";
import { NODES, VIP } from "../../../lab/stack/pair";
import { configure } from "../../../lab/stack/workspace";
import { until } from "../../../lab/stack/until";
import { OnPair, tell } from "../support/onPair";
import { sharedPair } from "../support/sharedPair";

const NIC = "enp7s0";
/** All parts of the bridge, without counters. */
const PARTS = [
    "ip -4 rule",
    "ip route show table 24789",
    "ip route show table 24790",
    "ip -d link show vip-tunnel | grep vxlan; ip -o link show vip-tunnel | grep -c ,UP",
    // without the number of the interface, because a recreated interface has another one
    "ip -4 -o address show dev vip-tunnel | cut -d: -f2",
    "ip neighbour show dev vip-tunnel",
    "tc filter show dev vip-tunnel ingress",
    "nft --stateless --terse list table ip failover-pair",
    "nft --stateless list table ip failover-pair-guard",
    `cat /proc/sys/net/ipv4/conf/${NIC}/forwarding`,
].join("; ");

/** Opens an extra VXLAN to a node's port, and sends a request to the VIP through it. */
const INTRUDER = (address: string) => `
ip link add intruder type vxlan id 24789 remote ${address} dstport 24789 dev ${NIC}
trap 'ip link delete intruder' EXIT
ip link set intruder up
ip address add 169.254.73.1 peer 169.254.73.2/32 dev intruder
bridge fdb append 00:00:00:00:00:00 dev intruder dst ${address} 2>/dev/null || true
ip neighbour replace 169.254.73.2 lladdr "$1" dev intruder nud permanent
ip route add ${VIP}/32 via 169.254.73.2 dev intruder onlink
curl --silent --max-time 2 http://${VIP}/ && echo "got in" || echo "kept out"
`;

describe("the parts of the bridge on a node", function () {
    this.timeout(180_000);
    const on = new OnPair();
    const parts = (node: string) => on.pair.run(node, `{ ${PARTS}; } 2>&1`);

    it("run with an exposure of 1.5 or less by systemd-analyze security, and with less than 30 MB of memory", async () => {
        const unit = "failover-pair-bridge.service";
        const said = await on.pair.run("nginx0", `systemd-analyze security --no-pager ${unit}`);
        const level = Number(/exposure level for failover-pair-bridge\.service: ([\d.]+)/.exec(said)?.[1]);
        const file = `/proc/$(systemctl show --property=MainPID --value ${unit})/smaps_rollup`;
        const kilobytes = Number(/^Pss: +(\d+) kB/m.exec(await on.pair.run("nginx0", `cat ${file}`))![1]);
        tell(`${level}, ${(kilobytes / 1000).toFixed(1)} MB`);
        expect(level).to.be.at.most(1.5);
        expect(kilobytes * 1024).to.be.below(30e6);
    });

    it("are restored when one of them is removed", async () => {
        const node = on.pair.other(await on.master());
        const before = await parts(node);
        for (const broken of [
            "ip link delete vip-tunnel",
            "ip link set vip-tunnel down",
            "tc qdisc delete dev vip-tunnel ingress",
            "ip address flush dev vip-tunnel",
            "ip neighbour flush dev vip-tunnel nud permanent",
            "ip rule delete pref 24700",
            // systemd-networkd removes rules that it does not know when it starts
            "ip rule delete pref 24701; ip rule delete pref 24702; ip rule delete pref 24703",
            "ip route flush table 24789",
            "ip route flush table 24790",
            // as a restart of nftables.service does
            "nft flush ruleset",
        ]) {
            await on.pair.run(node, broken);
            const from = Date.now();
            await until(`${broken} to be mended`, 10_000, async () => (await parts(node)) === before);
            tell(`${broken}: ${Date.now() - from} ms`);
        }
    });

    it("are all there after a reboot", async () => {
        const node = on.pair.other(await on.master());
        const [before, boot] = [await parts(node), await on.pair.bootId(node)];
        await on.pair.cloud.exec(node, ["systemctl", "--no-block", "reboot"]);
        await until(`${node} to boot again`, 60_000, async () => (await on.pair.bootId(node)) !== boot);
        await until("the bridge", 60_000, async () => (await parts(node).catch(() => "")) === before);
    });

    it("let in no packet except the peer's", async () => {
        const master = await on.master();
        const address = (await on.pair.servers()).find(({ name }) => name === master)!.nics[0].ip;
        const mac = (await on.pair.run(master, "cat /sys/class/net/vip-tunnel/address")).trim();
        const { stdout } = await on.pair.cloud.exec("client", ["sh", "-c", INTRUDER(address), "sh", mac]);
        expect(stdout).to.match(/kept out$/);
    });

    it("drop packets that would loop between the nodes when no node is MASTER", async () => {
        const holder = await on.master();
        await Promise.all(NODES.map((node) => on.command(node, "drain")));
        try {
            const sent = async () =>
                Number(await on.pair.run(holder, "cat /sys/class/net/vip-tunnel/statistics/tx_packets"));
            const before = await sent();
            await on.pair.cloud.exec("client", ["ping", "-q", "-c", "10", "-i", "0.2", "-W", "1", VIP], {
                reject: false,
            });
            const packets = (await sent()) - before;
            // the test's client sends requests too, with up to three packets each
            tell(`${packets} packets into the tunnel`);
            expect(packets).to.be.within(10, 1000);
            const peer = on.pair.other(holder);
            expect(await on.pair.run(peer, "ip -s link show vip-tunnel")).to.match(/TX:/);
        } finally {
            await Promise.all(NODES.map((node) => on.command(node, "undrain")));
        }
    });

    it("report a foreign firewall that drops forwarded packets; a failover then moves the alias at once", async () => {
        const holder = await on.master();
        const table = "table inet theirs { chain f { type filter hook forward priority 0; policy drop; }; }";
        await on.pair.run(holder, `nft '${table}'`);
        try {
            const words =
                /^a failover would not be carried: .* ends on (\w+) between its NIC and the tunnel \(chain inet theirs f drops by default/;
            for (const node of NODES) {
                await until(`${node} to say so`, 90_000, async () => {
                    return words.exec((await on.status(node)).verdict)?.[1] === holder;
                });
            }
            const mark = await on.pair.mark();
            const drain = () => on.pair.run(holder, "alias-switch drain");
            const outage = await on.client.during(drain, { mustMove: true });
            tell(`${outage.outageMs} ms, claimed`);
            await on.pair.settledOn(outage.after!, 10_000);
            expect(await on.pair.claims(mark)).to.have.length(1);
        } finally {
            await on.pair.run(holder, "nft delete table inet theirs; alias-switch undrain");
        }
    });

    it("are removed with bridge: false and come back with bridge: true, without a lost answer", async () => {
        const { deployment } = await sharedPair();
        const set = async (bridge: string) => {
            await configure(deployment.stack, { "failover-pair:bridge": { value: bridge } });
            const from = on.client.samples.length;
            await up(deployment);
            return on.client.samples.slice(from).filter(({ answer }) => answer === null).length;
        };
        const traces = `ip -4 rule | grep -c 247; ip link show vip-tunnel 2>/dev/null; nft list tables;
            cat /proc/sys/net/ipv4/conf/${NIC}/forwarding; ls /run/failover-pair/* | grep -E 'bridge[.]|holder|sock';
            ls /etc/systemd/system /usr/local/lib/failover-pair | grep bridge; true`;
        const lostOff = await set("false");
        for (const node of NODES) {
            // the guard stays, because it protects keepalived too
            expect(await on.pair.run(node, traces), node).to.equal("0\ntable ip failover-pair-guard\n0");
        }
        const lostOn = await set("true");
        const from = Date.now();
        // status warns until the agents have asked, through the new tunnel, whether the peer would carry
        await until("status to report two well nodes", 15_000, async () => {
            const reports = await Promise.all(NODES.map((node) => on.status(node)));
            return reports.every(({ exit }) => exit === 0);
        });
        tell(`${lostOff} lost off, ${lostOn} lost on, well after ${Date.now() - from} ms`);
        expect([lostOff, lostOn]).to.deep.equal([0, 0]);
    });
});
