import { expect } from "chai";
import execa from "execa";
import { measureOutage, outageText } from "../../../cli/client/outage";
import { serverAction } from "../../../lab/stack/api";
import { VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { OnPair, tell } from "../support/onPair";
import { followsWhen, sharedPair } from "../support/sharedPair";

/** ms for one change of the alias: a call and an action of the local cloud. */
const CHANGE = 60 + 800;

const SERVER = `
import socket
s = socket.create_server(("${VIP}", 7), reuse_port=True)
print("ready", flush=True)
c = s.accept()[0]
while data := c.recv(65536): c.sendall(data)
`;

/** Sends a line, waits for a line on stdin, and sends another line on the same connection. */
const CLIENT = `
import socket, sys
s = socket.create_connection(("${VIP}", 7), 5)
s.settimeout(30)
def say(line):
    s.sendall(line)
    got = b""
    while len(got) < len(line): got += s.recv(65536)
    print(got == line, flush=True)
say(b"before" * 20000)
sys.stdin.readline()
say(b"afterwards" * 20000)
`;

const UDP = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("${VIP}", 7))
while True:
    data, who = s.recvfrom(2048)
    s.sendto(data, who)
`;

/** Connects from the same ports in each run, and counts the answers. */
const SAME_PORTS = `
import socket
def ask(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(2)
        try:
            s.bind(("", port))
            s.connect(("${VIP}", 80))
            s.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
            while s.recv(65536): pass
            return True
        except OSError:
            return False
print(sum(map(ask, range(20000, 20100))))
`;

/** Keeps a request open for as long as nginx allows. */
const SLOW_REQUEST = `
import socket, time
s = socket.create_connection(("127.0.0.1", 80))
s.sendall(b"GET / HTTP/1.1\\r\\n")
time.sleep(60)
`;

describe("the bridge", function () {
    this.timeout(180_000);
    const on = new OnPair();

    before(async () => followsWhen((await sharedPair()).deployment, "ifUnreachable"));
    after(async () => followsWhen((await sharedPair()).deployment, "immediately"));

    /** Causes a fault on the MASTER and holder. Then the other node serves, and the former holder carries. */
    async function carried(strike: string, mend: string): Promise<{ holder: string; master: string }> {
        const holder = await on.master();
        const master = on.pair.other(holder);
        const mark = await on.pair.mark();
        const outage = await on.client.during(() => on.pair.run(holder, strike), { mustMove: true });
        tell(`${strike}: ${outageText(outage)}, ${outage.lost} lost; ${(outage.outageMs / CHANGE).toFixed(2)} changes`);
        await on.pair.run(holder, mend);
        expect(outage.after).to.equal(master);
        expect(await on.pair.roles()).to.deep.equal({ masters: [master], holder });
        expect(await on.pair.claims(mark)).to.deep.equal([]);
        // without the bridge the outage would be two changes
        expect(outage.outageMs / CHANGE).to.be.below(0.5);
        return { holder, master };
    }

    /** All requests since `mark` to change aliases, accepted or not. */
    const writes = async (mark: number) =>
        (await on.pair.cloud.control.audit(mark)).filter(({ path }) => path.endsWith("change_alias_ips"));

    /** Moves the alias to the master. */
    const follow = (master: string) => on.pair.run(master, "alias-switch claim");

    it("keeps the outage below half an API change when the service crashes, without a claim", async () => {
        const { master, holder } = await carried("systemctl kill --signal=KILL nginx", "systemctl start nginx");
        expect((await on.status(master)).verdict).to.equal(
            `MASTER, and ${holder} carries: the alias follows when it is not reachable any more`,
        );
        await until(`${holder} to be well`, 10_000, async () => {
            return (await on.status(holder)).verdict === "BACKUP, carries to the MASTER";
        });
        await follow(master);
    });

    it("hands over a service that stops slowly before it stops", async () => {
        const node = await on.master();
        await on.pair.cloud.exec(node, ["systemd-run", "--quiet", "--unit=slow", "python3", "-c", SLOW_REQUEST]);
        const open = "ss --no-header --tcp state established '( sport = :80 and src 127.0.0.1 )'";
        await until("the request to be open", 5000, async () => (await on.pair.run(node, open)) !== "");
        const stop = "date +%s%N >/run/slow.times; systemctl stop nginx; date +%s%N >>/run/slow.times";
        const { holder, master } = await carried(stop, "systemctl start nginx");
        const [from, to] = (await on.pair.run(holder, "systemctl stop slow; cat /run/slow.times"))
            .split("\n")
            .map(Number);
        tell(`the stop took ${((to - from) / 1e9).toFixed(1)} s`);
        expect((to - from) / 1e9).to.be.above(2);
        await follow(master);
    });

    it("keeps a service that restarts quickly on its node", async () => {
        const master = await on.master();
        const mark = await on.pair.mark();
        const from = Date.now();
        await on.pair.run(master, "systemctl restart nginx");
        // the hook looks a second time half a second later
        const looks = "systemctl list-timers --no-legend 'run-*'";
        await until("the hook to have looked again", 10_000, async () => (await on.pair.run(master, looks)) === "");
        await on.client.steady("the address to answer", 30_000);
        tell(`${on.lostBetween(from, Date.now())} ms lost`);
        expect(await on.pair.masters()).to.deep.equal([master]);
        expect(await on.pair.claims(mark)).to.deep.equal([]);
    });

    it("carries to the new master after keepalived and all its processes are killed", async () => {
        const { master } = await carried("systemctl kill --signal=KILL keepalived", "systemctl start keepalived");
        await follow(master);
    });

    it("carries from a drained node, which becomes master again after undrain without a change by the API", async () => {
        const mark = await on.pair.mark();
        const { holder, master } = await carried("alias-switch drain", "alias-switch undrain");
        const back = await on.client.during(() => on.pair.run(master, "alias-switch drain"), { mustMove: true });
        await on.pair.run(master, "alias-switch undrain");
        tell(`and back: ${outageText(back)}`);
        expect(await on.pair.roles()).to.deep.equal({ masters: [holder], holder });
        expect(await writes(mark)).to.deep.equal([]);
    });

    it("lets a client in from a port whose last connection the former master has just closed", async () => {
        const answers = async () => (await on.pair.cloud.exec("client", ["python3", "-c", SAME_PORTS])).stdout;
        expect(await answers()).to.equal("100");
        const { master } = await carried("alias-switch drain", "alias-switch undrain");
        expect(await answers()).to.equal("100");
        await follow(master);
    });

    it("keeps a connection open when the alias moves, with large packets too", async () => {
        const { master } = await carried("alias-switch drain", "alias-switch undrain");
        const { cloud } = on.pair;
        const server = on.pair.run(master, `exec timeout 60 python3 -c '${SERVER}'`);
        await until("the server", 5000, async () => (await on.pair.run(master, "ss -Hltn sport = 7")) !== "");
        const [program, ...args] = cloud.nsenterArgs(await cloud.netnsOf("client"));
        const client = execa(program, [...args, "python3", "-c", CLIENT]);
        let said = "";
        client.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString()));
        await until("the first line", 10_000, () => said === "True\n");
        await follow(master);
        client.stdin!.end("\n");
        await client;
        expect(said).to.equal("True\nTrue\n");
        await server;
    });

    it("carries UDP and ping", async () => {
        const { master } = await carried("alias-switch drain", "alias-switch undrain");
        void on.pair.run(master, `exec timeout 20 python3 -c '${UDP}'`).catch(() => undefined);
        const { cloud } = on.pair;
        const ask = `echo hello | timeout 2 bash -c 'exec 3<>/dev/udp/${VIP}/7; cat >&3; head -n 1 <&3'`;
        await until("an answer by UDP", 10_000, async () => {
            return (await cloud.exec("client", ["sh", "-c", ask], { reject: false })).stdout === "hello";
        });
        // the largest packet of this network: the tunnel has to report that it takes only smaller ones
        const ping = ["ping", "-q", "-c", "5", "-i", "0.2", "-s", "1372", "-W", "2", VIP];
        expect((await cloud.exec("client", ping)).stdout).to.contain("5 received");
        await follow(master);
    });

    it("notices the death of a carrying holder after three questions, and the master claims the alias", async () => {
        const { holder, master } = await carried("alias-switch drain", "alias-switch undrain");
        const from = on.client.samples.length;
        await serverAction(on.pair.cloud, holder, "poweroff");
        await on.pair.settledOn(master, 30_000);
        await on.client.steady("the address to answer", 10_000);
        const outage = measureOutage(on.client.samples.slice(from));
        // three questions, half a second apart, and two changes
        const floor = 3 * 500 + 2 * CHANGE;
        tell(`${outageText(outage)}, ${(outage.outageMs / floor).toFixed(2)} of three intervals and two changes`);
        await serverAction(on.pair.cloud, holder, "poweron");
        expect(await on.pair.roles()).to.deep.equal({ masters: [master], holder: master });
        expect(outage.outageMs / floor).to.be.below(1.25);
    });

    it("moves the alias away from a node that reboots, which carries until then", async () => {
        const holder = await on.master();
        const boot = await on.pair.bootId(holder);
        const reboot = () => on.pair.run(holder, "systemctl --no-block reboot");
        const outage = await on.client.during(reboot, { mustMove: true });
        tell(`${outageText(outage)}, ${(outage.outageMs / CHANGE).toFixed(2)} changes`);
        await until(`${holder} to boot again`, 60_000, async () => (await on.pair.bootId(holder)) !== boot);
        expect((await on.pair.roles()).holder).to.equal(on.pair.other(holder));
        // the former holder carries until the first change takes the alias away
        expect(outage.outageMs / CHANGE).to.be.below(1.5);
    });

    it("returns to a service that recovers within the grace period, with two short pauses and no change by the API", async () => {
        const { deployment } = await sharedPair();
        await followsWhen(deployment, "afterGrace", 8);
        const mark = await on.pair.mark();
        const { holder } = await carried("systemctl kill --signal=KILL nginx", "systemctl start nginx");
        const returned = async () => (await on.pair.masters()).join() === holder;
        const back = await on.client.during(() => until(`${holder} to be MASTER again`, 20_000, returned), {
            mustMove: true,
        });
        tell(`and back: ${outageText(back)}`);
        expect(back.after).to.equal(holder);
        expect(back.outageMs / CHANGE).to.be.below(0.5);
        expect(await writes(mark)).to.deep.equal([]);
        await followsWhen(deployment, "ifUnreachable");
    });
});
