/**
 * No packet of a third host or a local user gets through a node's tunnel, whichever program starts or stops meanwhile.
 */
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { FLOOD, LISTENER } from "../../lab/stack/intruder";
import type { Node } from "./twoNodes";
import { NODES, TwoNodes } from "./twoNodes";

const ADDRESS = { holder: "10.0.1.2", asker: "10.0.1.3" };
const DOCKER = "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }";
const NOBODY = 65534;

describe("the guard of the tunnel", function () {
    this.timeout(120_000);
    let ground: TwoNodes;
    beforeEach(async () => {
        ground = await TwoNodes.open();
        for (const node of NODES) {
            await ground.python(node, `${node}'s listener`, LISTENER);
        }
    });
    afterEach(() => ground.close());

    const heard = (node: Node) => ground.said[`${node}'s listener`].replace("ready\n", "");

    /** Floods a node as root, from a privileged port and from another port, or as a user without rights. */
    async function flood(from: string, node: Node, user = 0): Promise<string[]> {
        const mac = (await ground.run(node, "cat /sys/class/net/vip-tunnel/address")).trim();
        const ports = user === 0 ? [[], ["1000"]] : [[]];
        const names = ports.map((port) => `${from} floods ${node} ${port.join("")} as ${user}`);
        for (const [index, port] of ports.entries()) {
            await ground.python(from, names[index], FLOOD, [ADDRESS[node], mac, ...port], user);
        }
        return names;
    }

    /** Does to the filters of a node all that can happen to them, during the flood. */
    async function everything(node: Node): Promise<void> {
        for (let turn = 0; turn < 20; turn++) {
            await ground.run(node, "nft flush ruleset");
        }
        for (const program of ["bridge", "guard"] as const) {
            for (const signal of ["SIGTERM", "SIGKILL"] as const) {
                await ground.stop(program, node, signal);
                await ground.run(node, "nft flush ruleset");
                await ground.start(program, node);
            }
        }
        await ground.stop("bridge", node);
        await ground.stop("guard", node);
        await ground.run(node, "nft flush ruleset; sleep 0.3");
        await ground.start("guard", node);
        await ground.run(node, "sleep 0.3; nft flush ruleset");
        await ground.remove("bridge", node);
        await ground.start("bridge", node);
        await ground.remove("guard", node);
        await ground.run(node, `nft '${DOCKER}'; sysctl -qw net.ipv4.ip_forward=1; sleep 0.2`);
        await ground.run(node, "nft delete table ip filter; nft flush ruleset");
        await ground.run(node, "ip link set vip-tunnel down; nft flush ruleset");
        await ground.run(node, "ip link delete vip-tunnel; nft flush ruleset");
        await ground.run(node, "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.e0.forwarding=1");
        await until("to be carried", 10_000, async () => (await ground.ask("peace")).story === null);
    }

    it("stops a third host's packets, whatever happens to the node's filters meanwhile", async () => {
        const names = await flood("client", "asker");
        await everything("asker");
        await until("the rate", 5000, () => names.every((name) => ground.said[name].includes("rate")));
        console.log(`      ${names.map((name) => ground.said[name].trim().split("\n").at(-1)).join(", ")} packets/s`);
        expect(heard("asker")).to.equal("");
    });

    it("stops packets of local users of both nodes, whatever happens to the filters meanwhile", async () => {
        await flood("holder", "asker", NOBODY);
        await flood("asker", "asker", NOBODY);
        await everything("holder");
        await everything("asker");
        expect(heard("asker")).to.equal("");
    });

    it("stops packets of a local user who may send from any port", async () => {
        await ground.run("holder", "sysctl -qw net.ipv4.ip_unprivileged_port_start=0");
        const mac = (await ground.run("asker", "cat /sys/class/net/vip-tunnel/address")).trim();
        await ground.python("holder", "flood", FLOOD, [ADDRESS.asker, mac, "1000"], NOBODY);
        await until("the rate", 5000, () => ground.said.flood.includes("rate"));
        expect(heard("asker")).to.equal("");
    });

    it("is what stops them: without the gate the same packets get through", async () => {
        await ground.stop("bridge", "asker");
        await ground.stop("guard", "asker");
        await ground.run("asker", "nft flush ruleset; tc qdisc delete dev vip-tunnel ingress");
        await flood("client", "asker");
        await until("some of them", 5000, () => heard("asker").includes("got 10.0.1.2-10.0.1.3"));
    });

    it("takes the tunnel down when the gate is removed, until the gate is back", async () => {
        await flood("client", "asker");
        await ground.run("asker", "tc qdisc delete dev vip-tunnel ingress");
        await until("the gate", 10_000, async () =>
            (await ground.run("asker", "tc filter show dev vip-tunnel ingress")).includes("direct-action"),
        );
        expect(heard("asker")).to.equal("");
    });

    it("makes no tunnel without tc, and the bridge says why", async () => {
        await ground.stop("bridge", "asker");
        await ground.run("asker", "ip link delete vip-tunnel");
        await ground.start("bridge", "asker", { PATH: await ground.withoutProgram("tc") });
        expect(ground.bridgeState("asker")).to.deep.equal({ ready: false, problem: "tc is not installed" });
        expect(await ground.run("asker", "cat /sys/class/net/vip-tunnel/flags")).to.match(/^0x[0-9a-f]*[02468ace]$/);
    });

    it("lets a node's own messages through to the peer's agent, and stops those of a local user", async () => {
        const hear = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.1.3", 24788))
print("ready")
while True: print("got", s.recv(99).decode())
`;
        const say = (text: string) => `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.0.1.2", 24788))
print("ready")
try: s.sendto(b"${text}", ("10.0.1.3", 24788))
except PermissionError: print("refused")
s.close()
`;
        await ground.python("asker", "agent", hear);
        await ground.python("holder", "user", say("user"), [], NOBODY);
        await until("the refusal", 5000, () => ground.said.user.includes("refused"));
        await ground.run("client", "ip address add 10.0.1.2/32 dev lo");
        await ground.python("client", "third", say("third").replace("10.0.1.2", "10.0.2.1"));
        await ground.python("holder", "root", say("root"));
        await until("what root says", 5000, () => ground.said.agent.includes("got root"));
        expect(ground.said.agent).to.equal("ready\ngot root\n");
    });
});
