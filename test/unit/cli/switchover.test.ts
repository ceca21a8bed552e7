import { expect } from "chai";
import { switchover } from "../../../cli/commands/switchover";
import { dropped, FakePair } from "./fakePair";

describe("failover switchover", () => {
    let pair: FakePair;

    beforeEach(() => (pair = new FakePair()));
    afterEach(() => {
        // in every test
        expect(pair.nodes.map(({ timer }) => timer)).to.deep.equal(pair.heldByOther ? ["other", null] : [null, null]);
        expect(pair.closed).to.equal(1);
    });

    const run = (...args: string[]) => pair.failover(switchover, ...args);
    /** Runs `act` when a node gets this command, and then the command. */
    function when(text: string, act: () => void): void {
        pair.instead = (_node, command) => {
            if (command.startsWith(text)) {
                act();
            }
            return undefined;
        };
    }
    const DONE = ["web0: alias-switch drain", "web1: alias-switch claim --timeout 120", "web0: alias-switch undrain"];

    it("drains the serving node, lets the other node claim, and undrains", async () => {
        const { code, printed } = await run();
        expect(code, printed).to.equal(0);
        expect(pair.commands).to.deep.equal(DONE);
        expect([pair.master, pair.holder, pair.node("web0").drained]).to.deep.equal(["web1", "web1", false]);
        expect(printed)
            .to.contain("web1 serves, and web0 is ready to take over")
            .and.contain("had the alias 1.5 s later");
    });

    it("reports what a client has lost, and stops the client", async () => {
        const { code, printed } = await run("--client", "root@198.51.100.7");
        expect([code, pair.client?.signalCode]).to.deep.equal([0, "SIGTERM"]);
        const [, outage, lost] = /outage at the client: (\d+) ms, (\d+) of \d+ answers lost/.exec(printed) ?? [];
        expect(Number(outage)).to.be.within(280, 360);
        expect(Number(lost)).to.be.within(14, 18);
    });

    it("prints JSON", async () => {
        const { code, printed } = await run("--json", "--client", "c");
        expect(code).to.equal(0);
        const told = JSON.parse(printed) as { outage: { lost: number; after: string } };
        expect(told).to.include({ from: "web0", to: "web1" });
        expect(told.outage).to.include({ lost: 15, after: "web1" });
    });

    it("--dry-run changes nothing", async () => {
        const { code, printed } = await run("--dry-run");
        expect([code, pair.commands]).to.deep.equal([0, []]);
        expect(printed).to.contain("web0 would be drained").and.contain("10.0.1.1");
    });

    const refusals: [string, () => void, RegExp][] = [
        [
            "the other node is not ready",
            () => (pair.node("web1").service = false),
            /web1 could not take over: the service is inactive/,
        ],
        ["the other node does not answer", () => (pair.node("web1").up = false), /web1 cannot be reached/],
        [
            "the cloud sends to the other node",
            () => (pair.holder = "web1"),
            /web0 is MASTER, but the cloud sends to web1/,
        ],
        [
            "the other node says that it could not take over",
            () => (pair.reports = ({ name }) => (name === "web1" ? { ready: false, notReady: "no token" } : {})),
            /web1 could not take over: no token/,
        ],
        [
            "the holder of the alias is unknown",
            () => (pair.reports = () => ({ holderByApi: null, holderByMetadata: null, apiError: "timeout" })),
            /which node has the alias \(timeout\)/,
        ],
    ];
    for (const [what, change, reason] of refusals) {
        it(`is refused and changes nothing if ${what}`, async () => {
            change();
            const { code, printed } = await run();
            expect([code, pair.commands]).to.deep.equal([1, []]);
            expect(printed).to.contain("REFUSED").and.match(reason);
        });
    }

    it("undrains the first node if the second does not become MASTER, and says so", async () => {
        when("alias-switch drain", () => (pair.node("web1").keepalived = false));
        const { code } = await run();
        expect(code).to.include({ exit: 1 });
        expect((code as Error).message).to.match(/120 s waiting for web1 to be MASTER; web1: the service is inactive/);
        expect(pair.commands.at(-1)).to.equal("web0: alias-switch undrain");
        expect([pair.master, pair.node("web0").drained]).to.deep.equal(["web0", false]);
    });

    it("undrains the first node if the second does not get the alias", async () => {
        pair.instead = ({ name }, command) => {
            pair.holder = "web0";
            return name === "web1" && command.startsWith("alias-switch claim") ? { code: 1 } : undefined;
        };
        pair.reports = () => ({ holderByApi: "web0", holderByMetadata: "web0" });
        const { code } = await run();
        expect((code as Error).message).to.match(/120 s waiting for web1 to be MASTER and holder; web1: /);
        expect(pair.commands.at(-1)).to.equal("web0: alias-switch undrain");
    });

    it("fails if the first node is not ready afterwards, and gives the reason", async () => {
        when("alias-switch undrain", () => (pair.node("web0").service = false));
        const { code } = await run();
        expect(code).to.include({ exit: 1 });
        expect((code as Error).message).to.match(/waiting for the pair to be healthy; web1 serves, but web0 /);
    });

    it("gives the reason if the first node could not be drained, and undrains it anyway", async () => {
        pair.instead = (_node, command) =>
            command === "alias-switch drain" ? { code: 2, stderr: "no such file\n" } : undefined;
        const { code } = await run();
        expect((code as Error).message).to.equal("web0 could not be drained: no such file");
        expect(pair.commands).to.deep.equal(["web0: alias-switch drain", "web0: alias-switch undrain"]);
    });

    it("continues if the connection drops during the drain", async () => {
        pair.instead = (node, command) => {
            if (command !== "alias-switch drain") {
                return undefined;
            }
            node.drained = true;
            return { drops: "Connection reset by peer" };
        };
        expect((await run()).code).to.equal(0);
        expect(pair.commands).to.deep.equal(DONE);
    });

    it("undrains if the connection to the second node drops", async () => {
        pair.instead = (_node, command) =>
            command.startsWith("alias-switch claim") ? dropped("web1", "Broken pipe") : undefined;
        const { code } = await run();
        expect((code as Error).message).to.equal("web1 cannot be reached: Broken pipe");
        expect(pair.commands.at(-1)).to.equal("web0: alias-switch undrain");
    });

    it("tries to undrain for two minutes, and then says what to do by hand", async () => {
        const from = pair.commands;
        pair.instead = (_node, command) =>
            command === "alias-switch undrain" ? { code: 1, stderr: "read-only file system" } : undefined;
        const { code } = await run();
        expect(code).to.include({ exit: 1 });
        expect((code as Error).message)
            .to.contain("read-only file system")
            .and.contain("run by hand: on web0: alias-switch undrain");
        expect(from.filter((command) => command.endsWith("undrain")).length).to.be.greaterThan(50);
    });

    it("does not touch a node that a drill holds", async () => {
        pair.heldByOther = true;
        const { code } = await run();
        expect((code as Error).message).to.match(
            /^web0 could not be drained: .*systemctl start failover-mend\.service/,
        );
        expect(pair.commands).to.deep.equal([]);
    });

    it("undrains at Ctrl-C", async () => {
        when("alias-switch claim", () => process.emit("SIGINT"));
        const { code, said } = await run();
        expect(code).to.include({ exit: 130 });
        expect(said).to.match(/interrupted/);
        expect(pair.commands.at(-1)).to.equal("web0: alias-switch undrain");
        expect(pair.node("web0").drained).to.equal(false);
    });

    it("undrains if its client ends", async () => {
        when("alias-switch claim", () => pair.client?.end(1));
        const { code } = await run("--client", "c");
        expect((code as Error).message).to.match(/client stopped sending requests \(exit code 1\)/);
        expect(pair.commands.at(-1)).to.equal("web0: alias-switch undrain");
    });
});
