import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { findPair } from "../../../cli/pair/findPair";
import { readOutputs } from "../../../cli/pair/outputs";
import { NODES } from "./reports";

describe("the pair in a stack's outputs", () => {
    it("is found by its shape, whatever the output is called", () => {
        expect(findPair({ virtualIp: "10.0.1.1", web: NODES })).to.equal(NODES);
    });

    it("is found in an output that is the whole component", () => {
        expect(findPair({ pair: { urn: "urn:x", virtualIp: "10.0.1.1", nodes: NODES } })).to.equal(NODES);
    });

    it("is the named one of several", () => {
        const other = NODES.map((node) => ({ ...node, name: `other-${node.name}` }));
        expect(findPair({ a: NODES, b: { nodes: other } }, "b")).to.equal(other);
        expect(() => findPair({ a: NODES, b: other })).to.throw("--pair and the name of its output, one of: a, b");
        expect(() => findPair({ a: NODES, b: other }, "c")).to.throw(
            `the output "c" does not contain a pair: choose one of a, b`,
        );
    });

    it("is asked for if the outputs have none", () => {
        const outputs = { ip: "10.0.1.1", list: [{ name: "web0" }, { name: "web1" }], one: [NODES[0]], none: null };
        expect(() => findPair(outputs)).to.throw(`no output contains a pair: export its nodes in the program, such as`);
        expect(() => findPair({ nodes: "[secret]" })).to.throw("secret outputs cannot be read");
    });
});

describe("the source of the outputs", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-outputs-"));
    const { PATH } = process.env;

    after(() => fs.rmSync(folder, { recursive: true }));
    afterEach(() => (process.env.PATH = PATH));

    function file(text: string): string {
        const name = path.join(folder, "outputs.json");
        fs.writeFileSync(name, text);
        return name;
    }

    /** Puts a pulumi with this script into PATH. */
    function pulumi(script: string): void {
        fs.writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env.PATH = `${folder}:${PATH}`;
    }

    async function refusal(source: Parameters<typeof readOutputs>[0]): Promise<string> {
        return readOutputs(source).then(
            () => "it was accepted",
            (error: Error) => error.message,
        );
    }

    it("can be a file", async () => {
        expect(await readOutputs({ outputs: file(`{"a": 1}`) })).to.deep.equal({ a: 1 });
        expect(await refusal({ outputs: file("[]") })).to.match(/outputs\.json: not a JSON object/);
        expect(await refusal({ outputs: file("") })).to.contain("not a JSON object");
        expect(await refusal({ outputs: path.join(folder, "none") })).to.match(/none: cannot be read \(ENOENT/);
    });

    it("can be Pulumi, with the named or the selected stack", async () => {
        pulumi(`echo "{\\"words\\": \\"$*\\"}"`);
        expect(await readOutputs({})).to.deep.equal({ words: "stack output --json --non-interactive" });
        expect(await readOutputs({ stack: "prod" })).to.deep.equal({
            words: "stack output --json --non-interactive --stack prod",
        });
    });

    it("can be refused by Pulumi: the error says what to do", async () => {
        pulumi("echo 'error: no stack named prod' >&2; exit 255");
        expect(await refusal({ stack: "prod" })).to.match(/Run this in the stack's folder.*\n.*no stack named prod/);
    });

    it("cannot be Pulumi if it is not installed here", async () => {
        process.env.PATH = "/nowhere";
        expect(await refusal({})).to.contain("cannot start pulumi: install it");
    });

    it("cannot be a file and a stack at once", async () => {
        expect(await refusal({ stack: "prod", outputs: "x" })).to.contain("--stack and --outputs exclude each other");
    });
});
