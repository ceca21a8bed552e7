import { expect } from "chai";
import { VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { tell } from "../support/askedPair";
import { ownPair } from "../support/ownPair";

const POLICY = "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }";
const LAST_RULE =
    "table inet theirs { chain f { type filter hook forward priority 0; ip protocol icmp accept; reject; }; }";
const ONE_PORT = "table inet theirs { chain f { type filter hook forward priority 0; tcp dport 80 drop; }; }";
const WAY_BACK =
    "table inet theirs { chain b { type filter hook forward priority 0; iifname vip-tunnel tcp sport 80 drop; }; }";
const RAW =
    "table inet theirs { chain r { type filter hook prerouting priority -300; iifname enp7s0 tcp dport 80 fib daddr type != local drop; }; }";

/** A container behind a node, which serves the VIP's port 80 from its own port 8080 instead of nginx. */
const CONTAINER = (name: string) => `
ip netns add box; ip link add box type veth peer name e0 netns box
ip link set box up; ip address add 172.17.0.1/24 dev box; sysctl -qw net.ipv4.ip_forward=1
ip -n box link set lo up; ip -n box link set e0 up; ip -n box address add 172.17.0.2/24 dev e0
ip -n box route add default via 172.17.0.1
nft 'table ip box { chain p { type nat hook prerouting priority -100; ip daddr ${VIP} tcp dport 80 dnat to 172.17.0.2:8080; }; }'
mkdir -p /srv/box; echo ${name} >/srv/box/index.html
systemd-run --quiet --unit=box ip netns exec box python3 -m http.server --directory /srv/box 8080`;
const NO_CONTAINER =
    "systemctl stop box; nft delete table ip box; ip netns delete box; sysctl -qw net.ipv4.ip_forward=0";

describe("a failover when the holder may not be able to carry", function () {
    this.timeout(240_000);
    // by default with the bridge, and the alias follows after a grace
    const own = ownPair();
    /** ms of the outage for a stopped service without the bridge. */
    let plain = 0;

    afterEach(() => own.well());

    /** Stops the service on the master and waits for the other node. */
    async function stopService(): Promise<{ outageMs: number; master: string; from: string }> {
        const from = await own.master();
        const stopped = () => own.run(from, "systemctl stop nginx");
        const outage = await own.client.during(stopped, { mustMove: true });
        return { outageMs: outage.outageMs, master: own.pair.other(from), from };
    }

    it("without the bridge: measures the outage, to compare with", async () => {
        await own.set({ bridge: "false" });
        await own.up();
        const costs: number[] = [];
        for (let round = 0; round < 3; round++) {
            const { outageMs, from, master } = await stopService();
            await own.run(from, "systemctl start nginx");
            await own.pair.settledOn(master, 20_000);
            await own.well();
            costs.push(outageMs);
        }
        plain = costs.sort((a, b) => a - b)[1];
        tell(`${costs.join(", ")} ms without the bridge`);
        await own.set({ bridge: "true" });
        await own.up();
    });

    it("knows the ports that the service listens on", async () => {
        const node = await own.master();
        const known = async () =>
            JSON.parse(await own.run(node, "cat /run/failover-pair/agent/agent.json")) as { ports: string[] };
        await until("the ports", 30_000, async () => (await known()).ports.includes("80/tcp"));
    });

    const refused: [what: string, table: string, words: RegExp][] = [
        [
            "Docker's policy of FORWARD",
            POLICY,
            /between its NIC and the tunnel \(chain ip filter FORWARD drops by default/,
        ],
        [
            "a last rule that rejects",
            LAST_RULE,
            /between its NIC and the tunnel \(chain inet theirs f has a rule that rejects/,
        ],
        [
            "one port that is dropped",
            ONE_PORT,
            /between its NIC and the tunnel \(chain inet theirs f has a rule that drops/,
        ],
        ["one port that is dropped on the way back", WAY_BACK, /between the tunnel and its NIC, on the way back/],
        ["a drop in the raw table", RAW, /between its NIC and the tunnel/],
    ];
    for (const [what, table, words] of refused) {
        it(`is as fast as without the bridge with ${what} on the holder, and status names the reason before and after`, async () => {
            const holder = await own.master();
            const backup = own.pair.other(holder);
            await own.run(holder, `nft '${table}'`);
            try {
                for (const node of [backup, holder]) {
                    await until(
                        `${node} to say so`,
                        120_000,
                        async () => words.test((await own.status(node)).verdict),
                        1000,
                    );
                }
                const before = (await own.status(backup)).verdict;
                const { outageMs, master } = await stopService();
                tell(`${outageMs} ms, ${(outageMs / plain).toFixed(2)} of ${plain} ms; ${before}`);
                expect(before).to.contain(`ends on ${holder}`);
                expect(await own.run(master, "alias-switch status || true")).to.match(
                    /^not carried +.*the journey ends on/m,
                );
                expect(outageMs / plain).to.be.below(1.1);
            } finally {
                await own.run(
                    holder,
                    "nft delete table ip filter; nft delete table inet theirs; systemctl start nginx; true",
                );
            }
        });
    }

    it("carries a container's published port, which status lists before the failover", async () => {
        const holder = await own.master();
        const backup = own.pair.other(holder);
        for (const node of [holder, backup]) {
            await own.run(node, CONTAINER(node));
        }
        try {
            await until("a good journey", 120_000, async () => {
                const { journey } = JSON.parse(await own.run(backup, "cat /run/failover-pair/agent/agent.json")) as {
                    journey: { ok: boolean; at: number } | null;
                };
                return journey?.ok === true && journey.at * 1000 > Date.now() - 30_000;
            });
            const { outageMs } = await stopService();
            tell(`${outageMs} ms`);
            expect(await own.pair.roles()).to.deep.equal({ masters: [backup], holder });
            expect(outageMs).to.be.below(400);
        } finally {
            await own.run(holder, "systemctl start nginx");
            for (const node of [holder, backup]) {
                await own.run(node, NO_CONTAINER);
            }
        }
    });
});
