import { expect } from "chai";
import execa from "execa";
import * as path from "path";
import { SCHEMA_FILE } from "../../../lab/schema";

const EXAMPLE = path.resolve(__dirname, "../../../examples/python/__main__.py");

describe("the example in Python", () => {
    it("uses names and types of the component", async () => {
        const runner = path.join(__dirname, "run_python.py");
        const { stdout } = await execa("python3", [runner, SCHEMA_FILE, EXAMPLE]);
        const { made, exports } = JSON.parse(stdout) as {
            made: Record<string, Record<string, unknown>>;
            exports: Record<string, unknown>;
        };
        expect(made.web).to.include({ service: "nginx.service", timing: "fast", token: "secret token" });
        expect(exports).to.deep.equal({ nodes: "nodes", statusCommand: "statusCommand" });
    });
});
