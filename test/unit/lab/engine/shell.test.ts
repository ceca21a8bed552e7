import { expect } from "chai";
import { shell } from "../../../../lab/engine/shell";

describe("running a program", () => {
    it("returns its exit code and its output", async () => {
        const result = await shell("sh", ["-c", "echo out; echo err >&2; exit 3"]);
        expect(result).to.deep.equal({ code: 3, stdout: "out\n", stderr: "err\n" });
    });

    it("reports a missing program", async () => {
        const result = await shell("no-such-program", []);
        expect(result.code).to.equal(undefined);
        expect(result.stderr).to.contain("ENOENT");
    });

    it("ends a command that takes too long, and its child processes", async () => {
        const result = await shell("sh", ["-c", "sleep 60 & wait"], { timeoutMs: 200 });
        expect(result.code).to.equal(undefined);
        expect(result.stderr).to.equal("gave up after 0.2 s");
    });
});
