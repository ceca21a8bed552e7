import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { inferredPart, SCHEMA_FILE } from "../../lab/schema";
import { schemaOf } from "../../lab/stack/pluginHost";
import { ROOT } from "./support/paths";

describe("components/ as a Pulumi package for every language", function () {
    this.timeout(600_000);
    let folder: string;

    before(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-plugin-"));
    });

    after(() => fs.rmSync(folder, { recursive: true }));

    const described = () => inferredPart(JSON.parse(fs.readFileSync(SCHEMA_FILE, "utf8")) as object);

    it("is compiled and served by Pulumi's own host, without this project's tsconfig.json", async () => {
        expect(await schemaOf(path.join(ROOT, "components"), folder)).to.deep.equal(described());
    });

    it("is served from a Git address with the packages of its lock file, without their install scripts", async () => {
        const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
            cwd: ROOT,
        });
        const files = stdout.split("\n").filter((file) => fs.existsSync(path.join(ROOT, file)));
        for (const file of files) {
            fs.cpSync(path.join(ROOT, file), path.join(folder, "checkout", file));
        }
        const components = path.join(folder, "checkout", "components");
        const options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
        await execa("npm", ["ci", ...options], { cwd: components });
        const schema = await schemaOf(components, os.tmpdir());
        expect(schema).to.deep.equal(described());
    });
});
