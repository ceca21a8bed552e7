import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { until } from "../../../cli/until";
import { chooseFaults } from "../../../cli/drill/drillFaults";
import { main } from "../../../cli/main";
import { Problem } from "../../../cli/problem";
import { tsxArgs } from "../../../lab/cloud/tsx";
import { NODES } from "./reports";

const FAILOVER = path.resolve(__dirname, "../../../cli/main.ts");

function failover(...args: string[]) {
    return execa(process.execPath, [...tsxArgs(FAILOVER), ...args], { reject: false, input: "" });
}

describe("npx failover", function () {
    this.timeout(30_000);

    const wrong: [string[], RegExp][] = [
        [["nope"], /"nope" is not a command: choose one of status, switchover, drill, logs, doctor/],
        [["constructor"], /"constructor" is not a command/],
        [["status", "--bogus"], /Unknown option '--bogus'; "failover status --help" lists the options/],
        [["status", "web"], /failover status: unexpected argument "web"/],
        [["status", "--ssh-option", "Port"], /--ssh-option Port: write NAME=VALUE/],
        [["status", "--stack", "a", "--outputs", "b"], /--stack and --outputs exclude each other/],
        [["switchover", "--url", "http://10.0.1.1/"], /--url needs --client/],
        [["drill", "flood", "--client", "a"], /unknown fault "flood": choose from service-stop, /],
        [["drill"], /--client is missing/],
        [["logs", "--since", "now"], /--since now: write a duration/],
    ];
    for (const [args, said] of wrong) {
        it(`failover ${args.join(" ")}: reports the mistake`, async () => {
            const error = await main(args).then(
                () => new Error("it was accepted"),
                (problem: Error) => problem,
            );
            expect(error).to.be.instanceOf(Problem).and.to.include({ exit: 3 });
            expect(error.message).to.match(said).and.not.contain("\n");
        });
    }

    it("reports a mistake in one line on stderr, and prints nothing on stdout", async () => {
        const { exitCode, stdout, stderr } = await failover("nope");
        expect(stderr).to.match(/^failover: "nope" .*$/);
        expect([exitCode, stdout]).to.deep.equal([3, ""]);
    });
});

describe("npx failover at Ctrl-C", function () {
    this.timeout(30_000);

    it("closes its connections, and leaves no file behind", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-interrupt-"));
        try {
            fs.writeFileSync(path.join(folder, "outputs.json"), JSON.stringify({ nodes: NODES }));
            const script = `#!/bin/sh\necho $$ >>${folder}/pids\nexec sleep 60\n`;
            fs.writeFileSync(path.join(folder, "ssh"), script, { mode: 0o755 });
            const env = { PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder };
            const words = [...tsxArgs(FAILOVER), "status", "--outputs", path.join(folder, "outputs.json")];
            const run = execa(process.execPath, words, { reject: false, input: "", env });
            const pids = () => fs.readFileSync(path.join(folder, "pids"), "utf8").trim().split("\n").map(Number);
            await until("both connections", 20_000, () => pids().length === 2);
            run.kill("SIGINT");
            expect((await run).exitCode).to.equal(130);
            expect(fs.readdirSync(folder).filter((name) => name.startsWith("failover-"))).to.deep.equal([]);
            const ended = (pid: number) => !fs.existsSync(`/proc/${pid}`);
            await until("the connections to end", 10_000, () => pids().every(ended));
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});

describe("the faults of a drill", () => {
    it("are by default those that every pair survives without help", () => {
        const names = (wanted: string[], service: string | null) =>
            chooseFaults(wanted, service).map(({ name }) => name);
        expect(names([], "nginx.service")).to.deep.equal(["service-stop", "keepalived-stop", "agent-kill", "reboot"]);
        expect(names([], null)).to.deep.equal(["keepalived-stop", "agent-kill", "reboot"]);
        expect(names(["crash", "reboot"], null)).to.deep.equal(["crash", "reboot"]);
        expect(() => names(["service-stop"], null)).to.throw("service-stop: this pair watches no service");
    });

    it("each have an undo", () => {
        const [stop] = chooseFaults(["service-stop"], "nginx.service");
        expect(stop).to.include({ strike: "systemctl stop nginx.service", mend: "systemctl start nginx.service" });
    });
});
