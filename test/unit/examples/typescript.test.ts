import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { deployStack, named, promiseOf } from "../../support/mocks";
import { PRIVATE_KEY, PUBLIC_KEY, TOKEN } from "../components/pairs";

const ROOT = path.resolve(__dirname, "../../..");
const EXAMPLE = path.join(ROOT, "examples", "typescript");

function run() {
    return deployStack(() => {
        // mocks have a fixed project name, which is the prefix of a program's own settings
        const settings = {
            "failover-pair:networkStack": "organization/failover-pair/prod",
            "failover-pair:sshPublicKey": PUBLIC_KEY,
            "failover-pair:sshPrivateKey": PRIVATE_KEY,
            "hcloud:token": TOKEN,
        };
        pulumi.runtime.setAllConfig(settings, ["failover-pair:sshPrivateKey", "hcloud:token"]);
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return require(EXAMPLE) as { virtualIps: pulumi.Output<string>[] };
    });
}

describe("the example in TypeScript", () => {
    it("makes two pairs in another stack's network, without a conflict between them", async () => {
        const { made, resources } = await run();
        expect(await Promise.all(made.virtualIps.map(promiseOf))).to.deep.equal(["10.0.11.1", "10.0.11.11"]);
        expect(resources.filter(({ type }) => type.endsWith(":Network"))).to.deep.equal([]);
        const subnets = resources.filter(({ type }) => type.endsWith(":NetworkSubnet"));
        expect(subnets.map(({ inputs }) => inputs.networkId)).to.deep.equal([7]);

        const nodes = ["web0", "web1", "mail0", "mail1"];
        const addresses = nodes.map((node) => named(resources, `${node}-network`).inputs.ip as string);
        expect([...new Set(addresses)]).to.have.length(4);
        for (const node of nodes) {
            expect(named(resources, `${node}-network`).inputs.networkId, node).to.equal(7);
        }
        const ids = nodes.map((node) => {
            const conf = String(named(resources, `${node}-keepalived`).inputs.stdin);
            return /virtual_router_id (\d+)/.exec(conf)?.[1];
        });
        expect([ids[0], ids[2]]).to.deep.equal([ids[1], ids[3]]);
        expect(ids[0]).to.not.equal(ids[2]);
    });

    it("requires the project's versions", () => {
        const read = (folder: string) =>
            JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as {
                version: string;
                dependencies: Record<string, string>;
                devDependencies: Record<string, string>;
            };
        const [project, example] = [read(ROOT), read(EXAMPLE)];
        const known = { ...project.devDependencies, ...project.dependencies, "failover-pair": project.version };
        expect(known).to.include({ ...example.dependencies, ...example.devDependencies });
    });
});
