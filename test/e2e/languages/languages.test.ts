import type { Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { provideEngine, type Engine } from "../../../lab/engine/engine";
import { callApi, holders, listServers } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { pluginFolder } from "../../../lab/stack/plugin";
import { newSshKey } from "../../../lab/stack/sshKey";
import { commonConfig, configure, openStack } from "../../../lab/stack/workspace";
import { consumer } from "../support/consumer";
import { ROOT } from "../support/paths";
import { sharedPair } from "../support/sharedPair";
import type { StartedStack } from "../../../lab/stack/startStack";

const NODES = ["web0", "web1", "dns0", "dns1"];
/** The router id of both pairs. Derived ids differ within a /24, but the same id must be harmless too. */
const SAME_ID = 77;

describe("a YAML program that has two pairs in one network", function () {
    this.timeout(400_000);
    const key = newSshKey();
    let pair: StartedStack;
    let engine: Engine;
    let folder: string;
    let token: string;
    let stack: Stack;
    let packed: string;

    before(async function () {
        // the first run may build the language host
        this.timeout(60 * 60_000);
        pair = await sharedPair();
        engine = await provideEngine({ languages: ["yaml"] });
        folder = path.join(pair.cloud.dir, "yaml");
        fs.mkdirSync(folder, { recursive: true });
        // a checkout compiles itself at each start, which takes six times as long
        packed = path.join(await consumer(pair.cloud), "node_modules", "failover-pair", "dist", "components");
        write(packed);
        stack = await openStack(pair.cloud, engine, folder, "yaml");
        token = await pair.cloud.newToken();
        await configure(stack, {
            ...commonConfig(pair.cloud),
            token: { value: token, secret: true },
            sshPublicKey: { value: key.public.trim() },
            sshPrivateKey: { value: key.private, secret: true },
        });
    });

    /** Writes the example, with the component from this folder and the settings for the local cloud. */
    function write(components: string, change = (program: string) => program): void {
        const plugin = pluginFolder(engine, components, path.join(folder, "plugin"));
        const ca = JSON.stringify(fs.readFileSync(path.join(pair.cloud.dir, "ca.pem"), "utf8"));
        const more = [`apiEndpoint: ${pair.cloud.env.HCLOUD_ENDPOINT}`, `apiCa: ${ca}`, `virtualRouterId: ${SAME_ID}`];
        const program = fs
            .readFileSync(path.join(ROOT, "examples", "yaml", "Pulumi.yaml"), "utf8")
            .replace("../../components", plugin)
            .replaceAll(/^( +)token: \$\{token\}$/gm, (line, indent: string) =>
                [line, ...more.map((each) => indent + each)].join("\n"),
            );
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), change(program));
    }

    it("gets all its mistakes reported at once, as a TypeScript program does", async () => {
        write(packed, (program) =>
            program.replace("10.8.1.11,", "10.8.1.300,").replace("location: hel1", "location: hel1-dc2"),
        );
        const message = await stack.preview().then(
            () => "it was accepted",
            (error: Error) => error.message,
        );
        expect(message).to.match(/nodes\[0\]\.location: "hel1-dc2" is a data centre/);
        expect(message).to.not.match(/^\s+at .*\.[jt]s:\d+/m);
    });

    it("gets an error for a location that the cloud does not have", async () => {
        write(packed, (program) => program.replaceAll("location: hel1", "location: mars"));
        const message = await stack.preview().then(
            () => "it was accepted",
            (error: Error) => error.message,
        );
        expect(message).to.match(/nodes\[0\]\.location: "mars" is unknown: choose one of/);
    });

    it("comes up from the packed package; an up from a checkout then changes nothing", async () => {
        write(packed);
        const { outputs } = await stack.up({ color: "never" });
        expect((outputs.web.value as { name: string }[]).map(({ name }) => name)).to.deep.equal(["web0", "web1"]);
        expect(outputs.dns.value).to.deep.equal(["10.8.1.11", "10.8.1.21"]);
        await untilHealthy(pair.cloud, NODES);
        write(path.join(ROOT, "components"));
        await stack.up({ expectNoChanges: true });
    });

    it("has each virtual IP at one of its own pair's nodes, though both pairs have the same virtual router id", async () => {
        for (const [vip, nodes] of [
            ["10.8.1.1", ["web0", "web1"]],
            ["10.8.1.11", ["dns0", "dns1"]],
            ["10.8.1.21", ["dns0", "dns1"]],
        ] as const) {
            const found = await holders(pair.cloud, vip);
            expect(found, vip).to.have.length(1);
            expect(nodes, vip).to.include(found[0]);
        }
        for (const node of NODES) {
            const { stdout } = await pair.cloud.exec(node, ["cat", "/etc/keepalived/keepalived.conf"]);
            expect(stdout).to.include(`virtual_router_id ${SAME_ID}`);
        }
    });

    it("keeps its secrets encrypted", async () => {
        const { pulumiCommand, workDir, envVars } = stack.workspace;
        const words = ["stack", "export", "--stack", stack.name];
        const state = (await execa(pulumiCommand.command, words, { cwd: workDir, env: envVars })).stdout;
        expect(state).to.include("failover-pair:index:FailoverPair").and.include("ciphertext");
        for (const secret of [token, key.private.split("\n")[2]]) {
            expect(state.includes(secret)).to.equal(false);
            const search = ["-rlaF", "-f", "-", folder, engine.env.PULUMI_HOME, envVars.PULUMI_BACKEND_URL.slice(7)];
            const { stdout } = await execa("grep", search, { input: secret, reject: false });
            expect(stdout, "files with the secret").to.equal("");
        }
    });

    it("is destroyed with one command", async () => {
        await stack.destroy();
        const names = (await listServers(pair.cloud)).map(({ name }) => name);
        expect(names.filter((name) => NODES.includes(name))).to.deep.equal([]);
        const { networks } = await callApi<{ networks: { ip_range: string }[] }>(pair.cloud, "GET", "/networks");
        expect(networks.map((network) => network.ip_range)).to.not.include("10.8.0.0/16");
    });

    after(async () => {
        // removes what a failed test left, for the tests that follow
        await stack?.destroy();
    });
});

describe("a TypeScript program that has pairs in the network of another stack", function () {
    this.timeout(120_000);

    it("can be previewed with the packed package and the other stack's outputs", async () => {
        const pair = await sharedPair();
        const folder = path.join(pair.cloud.dir, "more-pairs");
        fs.cpSync(path.join(ROOT, "examples", "typescript"), folder, { recursive: true });
        const modules = path.join(await consumer(pair.cloud), "node_modules");
        fs.symlinkSync(modules, path.join(folder, "node_modules"));
        const stack = await openStack(pair.cloud, pair.engine, folder, "more");
        const key = newSshKey();
        await configure(stack, {
            ...commonConfig(pair.cloud),
            networkStack: { value: "organization/failover-pair/dev" },
            sshPublicKey: { value: key.public.trim() },
            sshPrivateKey: { value: key.private, secret: true },
        });
        const { stdout } = await stack.preview({ color: "never" });
        expect(stdout)
            .to.match(/FailoverPair web create/)
            .and.match(/FailoverPair mail create/);
        expect(stdout)
            .to.include('"10.0.11.1"')
            .and.match(/ \d+ to create/);
    });
});
