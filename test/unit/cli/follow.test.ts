import { expect } from "chai";
import { spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { tsxArgs } from "../../../lab/cloud/tsx";
import { until } from "../../../cli/until";
import { NODES } from "./reports";

const FAILOVER = path.resolve(__dirname, "../../../cli/main.ts");

describe("failover logs --follow", function () {
    this.timeout(30_000);
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-follow-"));
        fs.writeFileSync(path.join(folder, "outputs.json"), JSON.stringify({ nodes: NODES }));
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Uses a script instead of ssh. */
    function follow(script: string) {
        fs.writeFileSync(path.join(folder, "ssh"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        const words = [...tsxArgs(FAILOVER), "logs", "--follow", "--outputs", path.join(folder, "outputs.json")];
        const child = spawn(process.execPath, words, {
            env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
        });
        const said = { out: "", err: "", code: undefined as number | null | undefined };
        child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
        child.on("close", (code) => (said.code = code));
        return { child, said };
    }

    const line = (second: number, text: string) =>
        `echo '${JSON.stringify({ __REALTIME_TIMESTAMP: String((1_800_000_000 + second) * 1e6), SYSLOG_IDENTIFIER: "alias-switch", MESSAGE: text })}'`;

    it("sorts lines that both nodes send at about the same time, until it is interrupted", async () => {
        const [first, second] = [line(1, "first"), line(2, "second")];
        const { child, said } = follow(
            `case "$*" in *198.51.100.2*) ${second} ;; *) sleep 0.1; ${first} ;; esac; exec sleep 60`,
        );
        await until("both lines", 20_000, () => said.out.split("\n").length === 3);
        expect(said.out).to.match(/web1 alias-switch: first\n.*web0 alias-switch: second\n$/);
        child.kill("SIGINT");
        await until("the end", 5000, () => said.code !== undefined);
        expect(said.code).to.equal(130);
    });

    it("continues with one node after the other has gone, and ends with the last", async () => {
        const { said } = follow(
            `case "$*" in *198.51.100.2*) echo 'Connection closed' >&2; exit 255 ;; *) sleep 0.5; ${line(1, "first")} ;; esac`,
        );
        await until("the end", 20_000, () => said.code !== undefined);
        expect(said.code).to.equal(1);
        expect(said.out).to.contain("web1 alias-switch: first");
        expect(said.err)
            .to.contain("the connection to web0 ended: Connection closed")
            .and.contain("the connection to web1 ended");
    });
});
