import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { FailoverPair } from "../../../components";
import { deploy, named } from "../../support/mocks";
import { minimalArgs } from "./pairs";

const ROOT = path.resolve(__dirname, "../../..");

/**
 * Every input of the provider's Server, and what an update does after it was changed in the console and the state was
 * refreshed. A new version of the provider with another input fails here: decide, and add the row to docs/console.md.
 */
const DECIDED: Record<string, "set back" | "left alone" | "not read by the provider"> = {
    name: "set back",
    serverType: "set back",
    image: "set back",
    location: "set back",
    labels: "set back",
    firewallIds: "set back",
    deleteProtection: "set back",
    rebuildProtection: "set back",
    backups: "left alone",
    iso: "left alone",
    rescue: "left alone",
    sshKeys: "left alone",
    userData: "left alone",
    placementGroupId: "left alone",
    // suppressed by the provider if the program does not set them
    networks: "left alone",
    publicNets: "left alone",
    keepDisk: "not read by the provider",
    shutdownBeforeDeletion: "not read by the provider",
    allowDeprecatedImages: "not read by the provider",
    ignoreRemoteFirewallIds: "not read by the provider",
    datacenter: "not read by the provider",
};

describe("a change in the console", () => {
    it("has a decision here for every input of a server", () => {
        const text = fs.readFileSync(path.join(ROOT, "lab/engine/hcloud/schema.json"), "utf8");
        const schema = JSON.parse(text) as { resources: Record<string, { inputProperties: object }> };
        const inputs = Object.keys(schema.resources["hcloud:index/server:Server"].inputProperties);
        expect(Object.keys(DECIDED).sort()).to.deep.equal(inputs.sort());
    });

    it("is undone only if the program sets the input, and otherwise ignored by an update", async () => {
        const { resources } = await deploy((opts) => new FailoverPair("web", minimalArgs(), opts));
        const { inputs, opts } = named(resources, "web0", ":Server");
        const ignored = opts.ignoreChanges ?? [];
        for (const [input, decision] of Object.entries(DECIDED)) {
            if (decision === "set back") {
                expect(inputs, input).to.have.property(input);
                expect(ignored, input).to.not.include(input);
            } else if (decision === "left alone") {
                expect(ignored.includes(input) || !(input in inputs), input).to.equal(true);
            }
        }
        // for these inputs the provider deletes all backups or resets the server
        expect(ignored).to.include.members(["backups", "iso", "rescue"]);
    });

    it("has a row in the table of the documentation", () => {
        const text = fs.readFileSync(path.join(ROOT, "docs/console.md"), "utf8");
        const rows = text
            .split("\n")
            .filter((line) => line.startsWith("| "))
            .map((line) => line.toLowerCase());
        for (const act of [
            "backups",
            "rescue",
            "rebuild",
            "resize",
            "rename",
            "label",
            "firewall",
            "protection",
            "reverse dns",
            "volume",
            "power",
            "iso",
            "placement group",
            "network",
            "primary ip",
            "delete",
        ]) {
            expect(
                rows.some((row) => row.split("|")[1].includes(act)),
                act,
            ).to.equal(true);
        }
    });
});
