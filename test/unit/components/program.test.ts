import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { deployStack, insideSecret, named, promiseOf } from "../../support/mocks";
import { PRIVATE_KEY, PUBLIC_KEY, spec, TOKEN } from "./pairs";

const ROOT = path.resolve(__dirname, "../../..");
const PROGRAM = path.join(ROOT, "index.ts");

/** The settings as the engine passes them: the defaults of Pulumi.yaml, and the required settings. */
function settings(own: Record<string, string>): Record<string, string> {
    const yaml = fs.readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8");
    const defaults = [...yaml.matchAll(/^ {4}(\w+):\n(?: {8}.*\n)*? {8}default: (.*)$/gm)].map(([, key, value]) => [
        `failover-pair:${key}`,
        value === '""' ? "" : value,
    ]);
    return {
        ...(Object.fromEntries(defaults) as Record<string, string>),
        "failover-pair:sshPublicKey": PUBLIC_KEY,
        "failover-pair:sshPrivateKey": PRIVATE_KEY,
        "hcloud:token": TOKEN,
        ...own,
    };
}

/** Runs index.ts again. */
async function run(own: Record<string, string> = {}) {
    const secret = ["failover-pair:sshPrivateKey", "failover-pair:hcloudToken", "hcloud:token"];
    return deployStack(() => {
        pulumi.runtime.setAllConfig(settings(own), secret);
        delete require.cache[PROGRAM];
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return require(PROGRAM) as Record<string, pulumi.Output<unknown>>;
    });
}

async function refusal(own: Record<string, string>): Promise<string> {
    return run(own).then(
        () => "it was accepted",
        (error: Error) => error.message,
    );
}

describe("the stack of the note", () => {
    it("has the note's names and addresses", async () => {
        const { resources } = await run();
        const at = (name: string, type: string) => named(resources, name, type).inputs;
        expect(at("network", ":Network").ipRange).to.equal("10.0.0.0/8");
        expect(at("nginx-subnet", ":NetworkSubnet").ipRange).to.equal("10.0.1.0/24");
        expect(at("client-subnet", ":NetworkSubnet").ipRange).to.equal("10.0.2.0/24");
        expect(at("nginx0", ":Server")).to.include({ name: "nginx0", location: "nbg1" });
        expect(at("nginx1", ":Server")).to.include({ name: "nginx1", location: "fsn1" });
        expect(at("client", ":Server")).to.include({ name: "client", location: "nbg1" });
        expect(at("nginx0-network", ":ServerNetwork").ip).to.equal("10.0.1.2");
        expect(at("nginx1-network", ":ServerNetwork").ip).to.equal("10.0.1.3");
        expect(at("client-network", ":ServerNetwork").ip).to.equal("10.0.2.1");
        const conf = String(at("nginx0-keepalived", ":Command").stdin);
        expect(conf).to.include("10.0.1.1/32 dev @INTERFACE@").and.include("nginx.service");
        expect(resources.filter(({ type }) => type.startsWith("hcloud:")).map(({ name }) => name)).to.have.length(12);
    });

    it("has the component's own defaults", () => {
        const {
            sshSources,
            serverType,
            image,
            timing,
            bridge,
            aliasFollows,
            graceSeconds,
            nginx0Location,
            nginx1Location,
        } = Object.fromEntries(Object.entries(settings({})).map(([key, value]) => [key.split(":")[1], value]));
        const own = spec();
        expect(own.nodes.map(({ location }) => location)).to.deep.equal([nginx0Location, nginx1Location]);
        expect(own.nodes.map((node) => [node.serverType, node.image])).to.deep.equal([
            [serverType, image],
            [serverType, image],
        ]);
        expect(own).to.deep.include({ timing, aliasFollows, sshSources: JSON.parse(sshSources) as string[] });
        expect([String(own.bridge), String(own.graceSeconds)]).to.deep.equal([bridge, graceSeconds]);
    });

    it("returns the addresses and the commands that move the alias by hand", async () => {
        const { made } = await run();
        expect(await promiseOf(made.virtualIp)).to.equal("10.0.1.1");
        const map = (await promiseOf(made.ip4Map)) as Record<string, string>;
        expect(Object.keys(map)).to.deep.equal(["10.0.1.2", "10.0.1.3", "10.0.2.1"]);
        expect(new Set(Object.values(map)).size).to.equal(3);
        const commands = (await promiseOf(made.switchCommands)) as Record<string, string>;
        expect(commands).to.deep.equal({
            nginx0: await promiseOf(made.nginx0Cmd),
            nginx1: await promiseOf(made.nginx1Cmd),
        });
        for (const output of Object.values(made)) {
            expect(await pulumi.isSecret(output)).to.equal(false);
        }
    });

    it("gives the nodes the provider's token, unless they have their own", async () => {
        const own = "n".repeat(64);
        for (const [config, token] of [
            [{}, TOKEN],
            [{ "failover-pair:hcloudToken": own }, own],
        ] as const) {
            const { resources } = await run(config);
            expect(insideSecret(named(resources, "nginx1-token").inputs.stdin)).to.equal(token);
        }
    });

    it("gives the nodes the provider's endpoint, unless they have their own", async () => {
        const provider = { "hcloud:endpoint": "https://203.0.113.1/v1" };
        const own = { ...provider, "failover-pair:apiEndpoint": "https://203.0.113.2/v1" };
        for (const [config, endpoint] of [
            [{}, "https://api.hetzner.cloud/v1"],
            [provider, "https://203.0.113.1/v1"],
            [own, "https://203.0.113.2/v1"],
        ] as const) {
            const { resources } = await run(config);
            expect(String(named(resources, "nginx0-agent").inputs.stdin)).to.include(endpoint);
        }
    });

    it("refuses invalid settings, all at once", async () => {
        const message = await refusal({
            "failover-pair:sshPublicKey": "~/.ssh/id_ed25519.pub",
            "failover-pair:clientRange": "10.0.1.0/25",
            "failover-pair:clientIp": "10.0.1.127",
        });
        expect(message.split("\n").map((line) => line.split(":")[0])).to.deep.equal([
            "Invalid settings",
            "  - sshPublicKey",
            "  - clientRange",
            "  - clientIp",
        ]);
    });

    it("names a missing token and says how to set it", async () => {
        const message = await refusal({ "hcloud:token": undefined as unknown as string });
        expect(message).to.include("pulumi config set --secret hcloudToken");
    });
});
