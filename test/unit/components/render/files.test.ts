import { expect } from "chai";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { FailoverPair } from "../../../../components";
import { checkFiles } from "../../../../components/render/nodeFiles";
import { deploy, named } from "../../../support/mocks";
import { minimalArgs } from "../pairs";

const ROOT = resolve(__dirname, "../../../..");

describe("a file that a Windows machine sends to a node", () => {
    it("has Linux line ends, whatever the checkout or the package has", () => {
        const tree = mkdtempSync(join(tmpdir(), "windows-"));
        try {
            mkdirSync(join(tree, "scripts"), { recursive: true });
            mkdirSync(join(tree, "components", "render"), { recursive: true });
            cpSync(join(ROOT, "components", "render", "files.ts"), join(tree, "components", "render", "files.ts"));
            const script = readFileSync(join(ROOT, "scripts", "service-hook"), "utf8");
            writeFileSync(join(tree, "scripts", "service-hook"), script.replace(/\n/g, "\r\n"));
            // eslint-disable-next-line @typescript-eslint/no-require-imports
            const files = require(join(tree, "components", "render", "files.ts")) as { nodeFile(name: string): string };
            expect(files.nodeFile("service-hook")).to.equal(script);
        } finally {
            rmSync(tree, { recursive: true });
        }
    });

    it("has Linux line ends in the user's script and checks too", async () => {
        const installScript = "set -x\r\napt-get -y install jq\r\n";
        const { resources } = await deploy(
            (opts) => new FailoverPair("web", { ...minimalArgs(), installScript }, opts),
        );
        const { stdin } = named(resources, "web1-service").inputs;
        expect(JSON.parse(String(stdin))).to.deep.include({ installScript: "set -x\napt-get -y install jq\n" });
        const check = { name: "ok", command: "true\r\ntrue\r\n", interval: 1, timeout: 1, rise: 1, fall: 1, weight: 0 };
        expect(checkFiles([check])[0].content).to.equal("#!/bin/bash\ntrue\ntrue\n");
    });

    it("keeps them in Git: .gitattributes asks for line feeds in every checkout", () => {
        expect(readFileSync(join(ROOT, ".gitattributes"), "utf8")).to.match(/^\* text=auto eol=lf$/m);
    });
});
