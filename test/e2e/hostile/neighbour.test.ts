/** A third host in the private network, with its own legitimate address. */
import type { ExecaChildProcess } from "execa";
import execa from "execa";
import { expect } from "chai";
import { measureOutage, outageText } from "../../../cli/client/outage";
import { serverAction } from "../../../lab/stack/api";
import { FLOOD, LISTENER } from "../../../lab/stack/intruder";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { tell } from "../support/askedPair";
import { own } from "./support";

/** ADVERTS ROUTER TO...: sends adverts of the highest priority, of priority 0 and broken ones, as fast as possible. */
const ADVERTS = `
import socket, struct, sys, time
router, targets = int(sys.argv[1]), sys.argv[2:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
kinds = [struct.pack("!BBBBHH4s", 0x31, router, priority, 1, 50, 0, socket.inet_aton("10.0.1.1")) for priority in (255, 0)]
kinds.append(b"\\x31")
print("ready", flush=True)
began, sent = time.monotonic(), 0
while True:
    for _ in range(100):
        for kind in kinds:
            for target in targets:
                try: s.sendto(kind, (target, 0))
                except OSError: pass
    sent += 100 * len(kinds) * len(targets)
    if time.monotonic() - began > 2:
        print("%d packets/s" % (sent / (time.monotonic() - began)), flush=True)
        began, sent = time.monotonic(), 0
`;

interface Running {
    process: ExecaChildProcess;
    said: () => string;
}

describe("a third host in the private network", function () {
    this.timeout(240_000);
    afterEach(() => own.well());
    const running: ExecaChildProcess[] = [];
    afterEach(() => running.splice(0).forEach((one) => one.kill("SIGKILL")));

    /** Starts a program on the third host, or on a node. */
    async function start(server: string, program: string, words: string[] = []): Promise<Running> {
        const [enter, ...args] = own.cloud.nsenterArgs(await own.cloud.netnsOf(server));
        const process = execa(enter, [...args, "python3", "-uc", program, ...words], { reject: false });
        running.push(process);
        let said = "";
        process.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString()));
        await until(`the program on ${server} to begin`, 10_000, () => said.includes("ready"));
        return { process, said: () => said };
    }

    const addresses = async () => {
        const servers = await own.pair.servers();
        return NODES.map((node) => servers.find(({ name }) => name === node)!.nics[0].ip);
    };

    async function startAdverts(): Promise<Running> {
        const conf = await own.run(NODES[0], "cat /etc/keepalived/keepalived.conf");
        const router = /virtual_router_id (\d+)/.exec(conf)![1];
        const flood = await start("client", ADVERTS, [router, ...(await addresses())]);
        await until("the rate", 20_000, () => flood.said().includes("packets/s"));
        return flood;
    }

    /** Powers the holder off. @returns the outage of the client */
    async function outage(): Promise<number> {
        const holder = await own.master();
        const from = own.client.samples.length;
        await serverAction(own.cloud, holder, "poweroff");
        await own.pair.settledOn(own.pair.other(holder), 60_000);
        await own.client.steady("the address to answer", 30_000);
        const measured = measureOutage(own.client.samples.slice(from));
        tell(outageText(measured));
        await serverAction(own.cloud, holder, "poweron");
        await own.well();
        return measured.outageMs;
    }

    it("floods both nodes with adverts, which cause no promotion, no log line and no slower failover", async () => {
        const without = await outage();
        const since = Date.now() / 1000;
        const master = await own.master();
        const flood = await startAdverts();
        await until("some seconds of it", 30_000, () => flood.said().split("packets/s").length > 4);
        tell(flood.said().trim().split("\n").at(-1)!);
        for (const node of NODES) {
            const lines = `journalctl --quiet --no-pager -o cat --since=@${since.toFixed(3)} -u keepalived -u alias-switch`;
            expect(await own.run(node, lines), node).to.equal("");
        }
        expect(await own.master()).to.equal(master);
        expect((await outage()) / without).to.be.below(1.2);
    });

    it("gets no packet into a node through the tunnel, whatever is stopped, started and flushed meanwhile", async () => {
        const node = own.pair.other(await own.master());
        const address = (await addresses())[NODES.indexOf(node)];
        const listener = await start(node, LISTENER);
        const mac = (await own.run(node, "cat /sys/class/net/vip-tunnel/address")).trim();
        const floods = [
            await start("client", FLOOD, [address, mac]),
            await start("client", FLOOD, [address, mac, "1000"]),
        ];
        for (const what of [
            "nft flush ruleset",
            "systemctl restart failover-pair-bridge failover-pair-guard",
            "systemctl stop failover-pair-bridge failover-pair-guard; nft flush ruleset; sleep 1",
            "systemctl start failover-pair-guard; nft flush ruleset; systemctl start failover-pair-bridge",
            "nft 'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'; sleep 1",
            "nft flush ruleset; sleep 1",
            "systemctl kill -s KILL failover-pair-bridge failover-pair-guard; nft flush ruleset; sleep 2",
        ]) {
            await own.run(node, what);
        }
        tell(floods.map(({ said }) => said().trim().split("\n").at(-1)).join(", "));
        expect(listener.said()).to.equal("ready\n");
    });
});
