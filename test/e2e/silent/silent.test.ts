import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { provideEngine, type Engine } from "../../../lab/engine/engine";
import { newSshKey } from "../../../lab/stack/sshKey";
import { ROOT } from "../support/paths";

const MANIFEST = `name: silent
runtime:
    name: nodejs
    options: { typescript: false }
`;

const PROGRAM = `
require(process.env.PROJECT + "/node_modules/tsx/dist/cjs/index.cjs");
const pulumi = require("@pulumi/pulumi");
const { remoteStep } = require(process.env.PROJECT + "/components/ssh/remote.ts");

const parent = new pulumi.ComponentResource("test:index:Node", "node");
const access = { host: "127.0.0.1", privateKey: pulumi.secret(process.env.KEY) };
remoteStep("step", access, { script: "true", secretOutput: true, node: "web1", server: parent, dependsOn: [], parent });
`;

/** The engine, the plugin and the node run in their own network namespace, so that port 22 is free. */
describe("a node whose SSH server accepts connections and sends nothing", () => {
    const folders: string[] = [];
    let engine: Engine;

    before(async function () {
        this.timeout(1_200_000);
        engine = await provideEngine();
    });
    after(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true })));

    async function up(silentFrom: string): Promise<{ seconds: number; output: string }> {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "silent-"));
        folders.push(folder);
        const files = { "Pulumi.yaml": MANIFEST, "package.json": '{ "name": "silent" }', "index.js": PROGRAM };
        Object.entries(files).forEach(([name, text]) => fs.writeFileSync(path.join(folder, name), text));
        const env = {
            ...engine.env,
            PROJECT: ROOT,
            KEY: newSshKey().private,
            PULUMI_BACKEND_URL: `file://${folder}`,
            PULUMI_CONFIG_PASSPHRASE: "",
        };
        fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
        const node = `${process.execPath} --import ${path.join(ROOT, "node_modules/tsx/dist/loader.mjs")}`;
        const server = `${node} ${path.join(__dirname, "server.ts")} ${silentFrom} >listens &`;
        const pulumi = `pulumi --non-interactive --stack t up --yes --skip-preview`;
        const wait = "until [ -s listens ]; do sleep 0.1; done; date +%s.%N >begin";
        const script = `ip link set lo up; ${server} pulumi stack init t; ${wait}; ${pulumi}; code=$?; kill %1; exit $code`;
        const run = await execa("unshare", ["--net", "bash", "-c", script], {
            cwd: folder,
            env,
            all: true,
            reject: false,
            timeout: 300_000,
            killSignal: "SIGKILL",
        });
        const began = Number(fs.readFileSync(path.join(folder, "begin"), "utf8"));
        expect(run.exitCode, run.all).to.be.greaterThan(0);
        return { seconds: Date.now() / 1000 - began, output: run.all! };
    }

    it("ends an update within one minute, or three in the middle of a step, although the plugin hangs", async function () {
        this.timeout(400_000);
        const [before, middle] = await Promise.all([up("greeting"), up("command")]);
        console.log(
            `      before a step: ${before.seconds.toFixed(0)} s, in the middle: ${middle.seconds.toFixed(0)} s`,
        );
        expect(before.output).to.match(/web1 \(127\.0\.0\.1\) accepts connections .* but sent nothing for 30 s/);
        expect(middle.output).to.match(/web1 \(127\.0\.0\.1\) accepts connections .* during a step/);
        expect(before.seconds).to.be.lessThan(75);
        expect(middle.seconds).to.be.lessThan(180);
    });
});
