import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { drill } from "../../../cli/commands/drill";
import { dropped, FakePair } from "./fakePair";

describe("failover drill", () => {
    let folder: string;
    let report: string;
    let pair: FakePair;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-drill-"));
        report = path.join(folder, "report.html");
        pair = new FakePair();
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
        expect(pair.closed).to.equal(1);
        // the client starts last, and ends before the command ends
        expect((pair.client === null || pair.client.signalCode) ?? pair.client.exitCode).to.not.equal(null);
    });

    const run = (...args: string[]) => pair.failover(drill, "--client", "c", "--yes", "--report", report, ...args);
    const changes = () => pair.commands.filter((command) => /systemctl|sleep/.test(command));
    const written = () => fs.readFileSync(report, "utf8");

    it("causes each of the usual faults, undoes it, and reports its cost", async () => {
        const { code, printed } = await run();
        expect(code, printed).to.equal(0);
        expect(changes()).to.deep.equal([
            "web0: systemctl stop nginx.service",
            "web0: systemctl start nginx.service",
            "web1: systemctl stop keepalived",
            "web1: systemctl start keepalived",
            "web0: systemctl kill --signal=KILL alias-switch",
            "web0: systemctl start alias-switch",
            "web0: systemctl --no-block reboot",
        ]);
        expect(printed.match(/passed$/gm)).to.have.length(4);
        expect(printed)
            .to.match(/^service-stop +web0 +web0 +web1 +\d+ ms /m)
            .and.contain(`report: ${report}`);
        expect(written()).to.contain("All 4 faults were survived").and.contain("keepalived-stop on web1: ");
        expect(pair.nodes.every((node) => node.able() && node.timer === null)).to.equal(true);
    });

    it("crashes a node if that fault is named, and waits until the node is back", async () => {
        const { code, printed } = await run("crash", "--json");
        expect(code).to.equal(0);
        const { rows } = JSON.parse(printed) as { rows: { outageMs: number; lost: number; runs: object[] }[] };
        expect(rows).to.have.length(1);
        expect(rows[0].outageMs).to.be.greaterThan(250);
        expect(rows[0].runs).to.have.length(3);
    });

    it("stops after a fault that the pair does not survive, undoes it, and reports it", async () => {
        pair.instead = (_node, command) => {
            if (command === "systemctl stop nginx.service") {
                pair.node("web1").keepalived = false;
            }
            return undefined;
        };
        const { code, printed } = await run();
        expect(code).to.equal(1);
        expect(changes()).to.deep.equal(["web0: systemctl stop nginx.service", "web0: systemctl start nginx.service"]);
        expect(printed)
            .to.match(/FAILED/)
            .and.match(/service-stop on web0: .* waiting for web1 to be MASTER and holder/);
        expect(written()).to.contain("1 of 1 failed");
    });

    it("undoes its fault at Ctrl-C", async () => {
        pair.instead = (_node, command) => {
            if (command === "systemctl stop nginx.service") {
                setTimeout(() => process.emit("SIGINT"), 100);
            }
            return undefined;
        };
        const { code, said } = await run();
        expect(code).to.include({ exit: 130 });
        expect(said).to.contain("interrupted");
        expect(changes()).to.deep.equal(["web0: systemctl stop nginx.service", "web0: systemctl start nginx.service"]);
        expect(pair.node("web0")).to.include({ service: true, timer: null });
    });

    it("reports an undo that failed, with what to do by hand", async () => {
        pair.instead = (_node, command) =>
            command === "systemctl start nginx.service" ? { code: 5, stderr: "Unit is masked." } : undefined;
        const { code, said } = await run();
        expect(code).to.equal(1);
        expect(said).to.contain("Unit is masked.").and.contain("run by hand: on web0: systemctl start nginx.service");
        expect(changes().some((command) => command.includes("keepalived"))).to.equal(false);
    });

    it("does not touch a node that another drill holds", async () => {
        pair.heldByOther = true;
        const { code, printed } = await run("service-stop");
        expect([code, changes(), pair.node("web0").timer]).to.deep.equal([1, [], "other"]);
        expect(printed)
            .to.contain("the fault could not be caused: ")
            .and.contain("systemctl start failover-mend.service");
    });

    it("counts a connection that drops after the fault as part of the fault", async () => {
        pair.instead = (node, command) => {
            if (command !== "systemctl stop keepalived") {
                return undefined;
            }
            node.keepalived = false;
            return { drops: "Connection reset by peer" };
        };
        expect((await run("keepalived-stop")).code).to.equal(0);
    });

    it("names a fault that did not happen because the connection dropped before it", async () => {
        pair.instead = (_node, command) =>
            command === "systemctl stop keepalived" ? dropped("web0", "Connection refused") : undefined;
        const { code, printed } = await run("keepalived-stop");
        expect(code).to.equal(1);
        expect(printed).to.contain("keepalived-stop on web0: web0 cannot be reached: Connection refused");
    });

    it("stops before a fault if the pair is not healthy, and keeps its results so far", async () => {
        pair.instead = (_node, command) => {
            if (command === "systemctl start nginx.service") {
                setTimeout(() => (pair.node("web1").up = false), 3000);
            }
            return undefined;
        };
        const { code, said, printed } = await run("service-stop", "keepalived-stop");
        expect(code).to.equal(1);
        expect(said).to.match(/keepalived-stop: .*web1 cannot be reached/);
        expect(printed).to.match(/^service-stop .*passed$/m);
    });

    it("stops if its client gets no answer", async () => {
        pair.serves = () => null;
        const { code, said } = await run("service-stop");
        expect([code, changes()]).to.deep.equal([1, []]);
        expect(said).to.match(/service-stop: .*waiting for the client to get answers/);
    });

    it("does not begin with a pair that is not healthy", async () => {
        pair.node("web1").service = false;
        const { code } = await run();
        expect((code as Error).message).to.match(/15 s waiting for the pair to be healthy; web0 serves, but web1 /);
        expect(changes()).to.deep.equal([]);
    });

    it("causes no fault unless a person says yes", async () => {
        const told = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");
        Object.defineProperty(process.stdin, "isTTY", { value: false, configurable: true });
        try {
            const { code } = await pair.failover(drill, "--client", "c", "--report", report, "crash");
            expect(code).to.include({ exit: 3 });
            expect((code as Error).message)
                .to.contain("web, which serves 10.0.1.1")
                .and.contain("crash: ")
                .and.contain("--yes");
            expect(changes()).to.deep.equal([]);
        } finally {
            Object.defineProperty(process.stdin, "isTTY", told ?? { value: undefined, configurable: true });
        }
    });
});
