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
        it(`${ends === null ? "is carried" : "is not carried"} with ${what}, before and after a failover`, async () => {
            await prepare(ground);
            check(await ground.ask("peace", ports), ends, "in peace");
            await ground.failOver();
            check(await ground.ask("real", ports), ends, "after the failover");
            // a client gets the result that the question has predicted
            if (port > 0) {
                const got = await ground.client(port);
                expect(/^asker/.test(got), got).to.equal(ends === null);
            }
            for (const one of ["asker", "holder"]) {
                expect(ground.said[one].match(/accepted/g)?.length ?? 0, `${one} accepted`).to.be.at.most(1);
            }
        });
    }

    it("is not carried by a holder that still has the address itself", async () => {
        await ground.vipsOn("asker", "add");
        check(await ground.ask("real"), INNER, "with the address on both");
    });

    it("does not reach a service that is down", async () => {
        await ground.stopService("asker");
        check(await ground.ask("peace"), /the service on asker refuses/, "in peace");
        await ground.failOver();
        check(await ground.ask("real"), /the service on asker refuses/, "after the failover");
    });

    it("is carried again soon after forwarding was switched off by hand", async () => {
        await ground.run("holder", "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.forwarding=0");
        await ground.run("holder", "sysctl -qw net.ipv4.conf.e0.forwarding=0");
        await until("the journey", 5000, async () => (await ground.ask("peace")).story === null);
    });

    it("reaches, after a failover, a service that listens on the address alone", async () => {
        for (const node of NODES) {
            await ground.stopService(node);
            await ground.serve(node, [80], VIPS[0]);
        }
        await ground.failOver();
        check(await ground.ask("real"), null, "after the failover");
        expect(await ground.client(80)).to.equal("asker");
    });

    it("gives a host that is not the peer nothing at a stand-in address, whether the node routes or not", async () => {
        await ground.filter("asker", "input", "iifname vip-tunnel counter");
        for (const routes of [0, 1]) {
            await ground.run("holder", `sysctl -qw net.ipv4.ip_forward=${routes}`);
            await ground.run("router", "ip route replace 169.254.73.8/32 via 10.0.1.2 dev r-holder onlink");
            await ground.run("client", "ip route replace 169.254.73.8/32 via 10.0.0.1 dev e0");
            expect(await ground.client(80, "169.254.73.8")).to.match(/^none/);
        }
        expect(await ground.run("asker", "nft list table inet theirs-input")).to.match(/counter packets 0 /);
    });

    it("keeps a connection to a published port open when the alias moves", async () => {
        await ground.container("holder", 1);
        await ground.container("asker", 2);
        await ground.failOver();
        const talk = await ground.longTalk(8080);
        expect(await talk.say("before")).to.equal("before");
        await ground.moveAlias("asker");
        expect(await talk.say("afterwards")).to.equal("afterwards");
        // the answers leave by the NIC again: the mark for the tunnel is gone
        expect(await ground.run("asker", "cat /proc/net/nf_conntrack")).to.match(/dport=8080 .*mark=0 /);
        await talk.end();
    });

    it("leaves the connection marks of other programs as they are", async () => {
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

    it("asks at every address", async () => {
        expect((await ground.ask("peace")).story).to.equal(null);
        await ground.filter("holder", "forward", `ip daddr ${VIPS[1]} drop`);
        await ground.failOver();
        expect((await ground.ask("real")).story).to.match(
            /^10\.0\.1\.6 \(80\/tcp\): the journey ends on holder between/,
        );
    });

    it("finds ports that rules of nftables and iptables publish", async () => {
        await ground.container("asker", 2);
        const published =
            "-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 8443 -j DNAT --to-destination 172.17.2.2:443";
        await ground.run("asker", `iptables-nft -t nat -A PREROUTING ${published}`);
        expect((await ground.ask("peace")).published).to.deep.equal(["8080/tcp", "8443/tcp"]);
    });
});
