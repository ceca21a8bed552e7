import { expect } from "chai";
import { sources } from "../../../../lab/stack/savedStack";

/** Of each kind of file that decides about a pair, one. */
const NEEDED = [
    ...["index.ts", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "package-lock.json"],
    ...["components/index.ts", "components/render/keepalivedConf.ts", "components/PulumiPlugin.yaml"],
    ...[
        "scripts/alias-switch",
        "scripts/check-http",
        "scripts/failover_pair/agent.py",
        "scripts/systemd/tmpfiles.conf",
    ],
    ...[
        "lab/cloud/image/build.sh",
        "lab/cloud/api/server.ts",
        "lab/engine/hcloud/go.mod",
        "lab/stack/lightProgram.cjs",
    ],
];

describe("the key of the saved stack", () => {
    it("depends on the program, the nodes' software, the cloud and the engine, and on no generated file", () => {
        const found = sources();
        expect(found).to.include.members(NEEDED);
        expect(found.filter((file) => /__pycache__|_cache\/|\/node_modules\//.test(file))).to.deep.equal([]);
    });
});
