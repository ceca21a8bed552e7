import { expect } from "chai";
import { ESLint, type Linter } from "eslint";
import * as path from "path";
import { pathToFileURL } from "url";

const ROOT = path.resolve(__dirname, "../../..");

/** The rules' messages for a file with this text. The file need not exist. */
async function complaints(file: string, text: string): Promise<string[]> {
    const rules = (await import(pathToFileURL(path.join(ROOT, "eslint.boundaries.mjs")).href)) as {
        default: Linter.Config[];
    };
    const parser = (await import("typescript-eslint")).parser as Linter.Parser;
    const eslint = new ESLint({
        cwd: ROOT,
        overrideConfigFile: true,
        overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parser } }, ...rules.default],
    });
    const [{ messages }] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
    return messages.map(({ message }) => message);
}

const PLANTED: [file: string, text: string, message: RegExp][] = [
    ["components/x.ts", `import "../cli/options";`, /components\/ must not import cli\/options\.ts/],
    ["components/x.ts", `export * from "../lab/cloud";`, /components\/ must not import lab\/cloud\/index\.ts/],
    ["components/spec/x.ts", `import "../failoverNode";`, /components\/spec\/ must not import/],
    ["components/spec/x.ts", `import { A } from "../failoverPairArgs";`, /components\/spec\/ must not import/],
    ["components/spec/x.ts", `import "@pulumi/hcloud";`, /must not import "@pulumi\/hcloud"/],
    ["components/spec/x.ts", `import "node:fs";`, /must not import "node:fs"/],
    ["components/spec/x.ts", `import { connect } from "net";`, /'connect' import from 'net' is restricted/],
    ["components/render/x.ts", `import "../ssh/sshWire";`, /components\/render\/ must not import/],
    ["components/render/x.ts", `import "fs";`, /must not import "fs"/],
    [
        "cli/pair/x.ts",
        `import { FailoverPair } from "../../components";`,
        /cli\/ must not import components\/index\.ts/,
    ],
    ["cli/x.ts", `const x = await import("../lab/stack/pair");`, /cli\/ must not import lab\/stack\/pair\.ts/],
    ["lab/cloud/api/x.ts", `import "../../stack/until";`, /lab\/cloud\/ must not import lab\/stack\/until\.ts/],
    ["lab/bench/x.ts", `import "../../test/support/mocks";`, /lab\/ must not import test\//],
    ["index.ts", `import { until } from "./cli/until";`, /index\.ts must not import cli\/until\.ts/],
    ["index.ts", `import { FailoverPair } from "./components";`, /index\.ts must not import components\/index\.ts/],
    ["examples/typescript/x.ts", `require("../../components");`, /examples\/ must not import/],
    ["scripts/x.ts", `export const x = 1;`, /holds no TypeScript/],
    ["monitoring/x.ts", `export const x = 1;`, /holds no TypeScript/],
];

describe("the boundaries between the folders", function () {
    this.timeout(60_000);

    for (const [file, text, message] of PLANTED) {
        it(`forbid ${text} in ${file}`, async () => {
            const found = await complaints(file, text);
            expect(found).to.have.length(1);
            expect(found[0]).to.match(message);
        });
    }

    it("allow an import inside a folder", async () => {
        for (const [file, text] of [
            ["components/spec/x.ts", `import type { A } from "../failoverPairArgs"; import { isIPv4 } from "net";`],
            ["components/render/files.ts", `import "fs"; import "../spec/spec";`],
            ["cli/pair/x.ts", `import type { A } from "../../components"; import "../../components/render/nodeFiles";`],
            ["lab/cloud/api/x.ts", `import "../until"; import "fs";`],
            ["index.ts", `import "failover-pair";`],
        ]) {
            expect(await complaints(file, text), file).to.deep.equal([]);
        }
    });
});
