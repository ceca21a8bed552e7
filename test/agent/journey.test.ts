import { expect } from "chai";
import { SITUATIONS, INNER } from "./situations";
import type { Journey } from "./twoNodes";
import { NODES, TwoNodes, VIPS } from "./twoNodes";
import { until } from "../../lab/stack/until";

describe("the journey of a question", function () {
    this.timeout(60_000);
    let ground: TwoNodes;
    beforeEach(async () => (ground = await TwoNodes.open()));
    afterEach(() => ground.close());

    function check({ story, counters }: Journey, ends: RegExp | null, when: string): void {
        if (ends === null) {
            expect(story, `${when} ${JSON.stringify(counters)}`).to.equal(null);
        } else {
            expect(story, `${when} ${JSON.stringify(counters)}`).to.match(ends);
        }
    }

    for (const { what, prepare, ends, ports, port = 80 } of SITUATIONS) {
        it(`${what}: ${ends === null ? "carried" : "not carried"}, in peace and after a failover`, async () => {
            await prepare(ground);
            check(await ground.ask("peace", ports), ends, "in peace");
            await ground.failOver();
            check(await ground.ask("real", ports), ends, "after the failover");
            // what the question says is what a client finds
            if (port > 0) {
                const got = await ground.client(port);
                expect(/^asker/.test(got), got).to.equal(ends === null);
            }
            for (const one of ["asker", "holder"]) {
                expect(ground.said[one].match(/accepted/g)?.length ?? 0, `${one} accepted`).to.be.at.most(1);
            }
        });
    }

    it("a holder that still has the address itself does not carry", async () => {
        await ground.vipsOn("asker", "add");
        check(await ground.ask("real"), INNER, "with the address on both");
    });

    it("a service that is down is not reached", async () => {
        await ground.stopService("asker");
        check(await ground.ask("peace"), /the service on asker refuses/, "in peace");
        await ground.failOver();
        check(await ground.ask("real"), /the service on asker refuses/, "after the failover");
    });

    it("forwarding that is switched off comes back by itself, as fast as the kernel tells it", async () => {
        await ground.run("holder", "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.forwarding=0");
        await ground.run("holder", "sysctl -qw net.ipv4.conf.e0.forwarding=0");
        await until("the journey", 5000, async () => (await ground.ask("peace")).story === null);
    });

    it("a service that listens at the address alone is asked after a failover", async () => {
        for (const node of NODES) {
            await ground.stopService(node);
            await ground.serve(node, [80], VIPS[0]);
        }
        await ground.failOver();
        check(await ground.ask("real"), null, "after the failover");
        expect(await ground.client(80)).to.equal("asker");
    });

    it("a host that is not the peer reaches nothing by a stand-in address, as a router or not", async () => {
        await ground.filter("asker", "input", "iifname vip-tunnel counter");
        for (const routes of [0, 1]) {
            await ground.run("holder", `sysctl -qw net.ipv4.ip_forward=${routes}`);
            await ground.run("router", "ip route replace 169.254.73.8/32 via 10.0.1.2 dev r-holder onlink");
            await ground.run("client", "ip route replace 169.254.73.8/32 via 10.0.0.1 dev e0");
            expect(await ground.client(80, "169.254.73.8")).to.match(/^none/);
        }
        expect(await ground.run("asker", "nft list table inet theirs-input")).to.match(/counter packets 0 /);
    });

    it("a published port's connection goes on when the alias follows", async () => {
        await ground.container("holder", 1);
        await ground.container("asker", 2);
        await ground.failOver();
        const talk = await ground.longTalk(8080);
        expect(await talk.say("before")).to.equal("before");
        await ground.moveAlias("asker");
        expect(await talk.say("afterwards")).to.equal("afterwards");
        // its answers take the NIC again: none of it is left in the tunnel
        expect(await ground.run("asker", "cat /proc/net/nf_conntrack")).to.match(/dport=8080 .*mark=0 /);
        await talk.end();
    });

    it("other people's marks stay what they are", async () => {
        await ground.container("asker", 2);
        await ground.run(
            "asker",
            "nft 'table ip marks { chain p { type filter hook prerouting priority -145; iifname vip-tunnel ct mark set 0x00123456; }; }'",
        );
        await ground.failOver();
        expect(await ground.client(8080)).to.equal("asker-box talks");
        expect(await ground.run("asker", "cat /proc/net/nf_conntrack")).to.match(/dport=8080 .*mark=17970262 /);
    });
});

describe("the journey of a pair with two addresses", function () {
    this.timeout(60_000);
    let ground: TwoNodes;
    beforeEach(async () => (ground = await TwoNodes.open(VIPS)));
    afterEach(() => ground.close());

    it("every address is asked", async () => {
        expect((await ground.ask("peace")).story).to.equal(null);
        await ground.filter("holder", "forward", `ip daddr ${VIPS[1]} drop`);
        await ground.failOver();
        expect((await ground.ask("real")).story).to.match(
            /^10\.0\.1\.6 \(80\/tcp\): the journey ends on holder between/,
        );
    });

    it("ports that rules publish are found, of iptables too", async () => {
        await ground.container("asker", 2);
        const published =
            "-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 8443 -j DNAT --to-destination 172.17.2.2:443";
        await ground.run("asker", `iptables-nft -t nat -A PREROUTING ${published}`);
        expect((await ground.ask("peace")).published).to.deep.equal(["8080/tcp", "8443/tcp"]);
    });
});
