import { expect } from "chai";
import execa from "execa";
import { createHash } from "crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { packageArchive, setupProgram } from "../../../../components/render/archive";
import { nodeFile } from "../../../../components/render/files";

const ARCHIVE = resolve(__dirname, "../../../../components/render/archive.ts");
/** Both archives, by their digest, as another process makes them. */
const DIGEST = `
    const { packageArchive, setupProgram } = require(${JSON.stringify(ARCHIVE)});
    const hash = require("crypto").createHash("sha256");
    console.log(hash.update(packageArchive()).update(setupProgram()).digest("hex"));
`;

describe("the archives for the nodes", function () {
    this.timeout(30_000);
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "archive-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it("have the same bytes in every time zone", async () => {
        const here = createHash("sha256").update(packageArchive()).update(setupProgram()).digest("hex");
        for (const TZ of ["Pacific/Kiritimati", "America/St_Johns"]) {
            const words = ["--import", "tsx", "--eval", DIGEST];
            const { stdout } = await execa(process.execPath, words, {
                env: { TZ },
                cwd: resolve(__dirname, "../../../.."),
            });
            expect(stdout, TZ).to.equal(here);
        }
    });

    it("contain the modules that their launchers import", async () => {
        writeFileSync(join(folder, "failover-pair.pyz"), packageArchive());
        for (const name of ["alias-switch", "bridge", "guard", "hear", "nic-care", "wait-address", "farewell"]) {
            const module = /^from (failover_pair\.[\w.]+) import main/m.exec(nodeFile(name))?.[1];
            const launcher = nodeFile(name).replace(/^sys\.exit.*$/m, "print(main.__module__)");
            writeFileSync(join(folder, name), launcher);
            chmodSync(join(folder, name), 0o755);
            expect((await execa(join(folder, name))).stdout, name).to.equal(module);
        }
    });

    it("contain node-setup as a separate program", async () => {
        const program = join(folder, "node-setup");
        writeFileSync(program, setupProgram(), { mode: 0o755 });
        const { exitCode, stderr } = await execa(program, ["nonsense"], { reject: false });
        expect(exitCode).to.equal(2);
        expect(stderr).to.match(/^node-setup COMMAND: /);
    });
});
