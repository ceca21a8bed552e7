import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { newSshKey } from "../../../lab/stack/sshKey";
import { ROOT } from "../support/paths";

/** The versions for a program with one copy of each; newer versions of the first need Node.js 22. */
const SDKS = ["@pulumi/pulumi@3.248.0", "@pulumi/hcloud@1.41.0", "@pulumi/command@1.2.1"];
const COMPILER = ["typescript@6.0.3", "@types/node@20.19.43"];
const MANAGERS = { pnpm: "pnpm@10.34.9", yarn: "yarn@1.22.22" };
/** Versions of Node.js besides the one that runs the tests. */
const NODES = ["22.23.3", "24.9.0"];
const PUBLIC_TYPES = [
    "failoverNodeInfo",
    "failoverPair",
    "failoverPairArgs",
    "index",
    "spec/aliasFollows",
    "spec/timing",
];
const QUIET = ["--no-audit", "--no-fund"];

describe("the package in a user's own project", function () {
    this.timeout(600_000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-install-"));
    const checkout = path.join(folder, "checkout");
    const key = newSshKey();
    let tarball: string;
    let files: string[];

    before(async () => {
        const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
            cwd: ROOT,
        });
        for (const file of stdout.split("\n").filter((file) => fs.existsSync(path.join(ROOT, file)))) {
            fs.cpSync(path.join(ROOT, file), path.join(checkout, file));
        }
        const git = (...words: string[]) =>
            execa("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], { cwd: checkout });
        await git("init", "--quiet");
        await git("add", "--all");
        await git("commit", "--quiet", "--message", "all");
        fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(checkout, "node_modules"));
        const packed = await execa("npm", ["pack", "--json", "--pack-destination", folder], { cwd: checkout });
        const [what] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[\n"))) as [
            { filename: string; files: { path: string }[] },
        ];
        tarball = path.join(folder, what.filename);
        files = what.files.map(({ path }) => path);
    });

    after(() => fs.rmSync(folder, { recursive: true }));

    /** An empty project with the program in it. */
    function project(name: string, more: object = {}): string {
        const dir = path.join(folder, name);
        fs.mkdirSync(dir);
        fs.writeFileSync(path.join(dir, "package.json"), JSON.stringify({ name, private: true, ...more }));
        fs.copyFileSync(path.join(__dirname, "program.ts"), path.join(dir, "program.ts"));
        return dir;
    }

    /** Type-checks and runs the program, and runs `npx failover`. */
    async function works(dir: string, node = process.execPath): Promise<void> {
        const tsc = ["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck", "--types", "node"];
        await execa(node, [path.join(dir, "node_modules/typescript/bin/tsc"), ...tsc, "program.ts"], { cwd: dir });
        const env = { PUBLIC_KEY: key.public, PRIVATE_KEY: key.private };
        const { stdout } = await execa(node, ["program.js"], { cwd: dir, env });
        const registered = JSON.parse(stdout.split("\n").at(-1)!) as string[];
        expect(registered).to.include.members(["hcloud:index/server:Server web0", "command:remote:Command web1-join"]);
        const help = await execa(node, ["node_modules/failover-pair/cli/failover.mjs", "--help"], { cwd: dir });
        expect(help.stdout).to.match(/^usage: failover COMMAND/);
        const copies = (
            await execa("find", ["-L", "node_modules", "-path", "*@pulumi/pulumi/package.json"], { cwd: dir })
        ).stdout;
        const real = copies.split("\n").map((file) => fs.realpathSync(path.join(dir, file)));
        expect([...new Set(real)], "copies of the SDK").to.have.length(1);
    }

    const manager = (name: keyof typeof MANAGERS, dir: string, words: string[], env = {}) =>
        execa("npx", ["--yes", MANAGERS[name], ...words], { cwd: dir, env });

    it("has only files that are needed", () => {
        const known =
            /^(README\.md|LICENSE|package\.json|cli\/failover\.mjs|dist\/(cli|components|monitoring|scripts)\/.+)$/;
        expect(files.filter((file) => !known.test(file) || /__pycache__|\.test\.|\.tgz$/.test(file))).to.deep.equal([]);
        const types = files.filter((file) => file.endsWith(".d.ts"));
        expect(types).to.have.members(PUBLIC_TYPES.map((name) => `dist/components/${name}.d.ts`));
        const compiled = files.filter((file) => file.endsWith(".js"));
        expect(files).to.include.members(compiled.map((file) => `${file}.map`));
    });

    it("works from the tarball with npm, also on newer versions of Node.js", async () => {
        const dir = project("npm");
        await execa("npm", ["install", ...QUIET, "--ignore-scripts", tarball, ...SDKS, ...COMPILER], { cwd: dir });
        await works(dir);
        for (const version of NODES) {
            const words = ["--yes", "--package", `node@${version}`, "--call", "command -v node"];
            const { stdout: node } = await execa("npx", words, { cwd: dir });
            await works(dir, node.split("\n").at(-1));
        }
    });

    it("works from the tarball with pnpm", async () => {
        const dir = project("pnpm");
        await manager("pnpm", dir, ["add", tarball, ...SDKS, ...COMPILER]);
        await works(dir);
    });

    it("works from the tarball with yarn", async () => {
        const dir = project("yarn", { resolutions: { "@pulumi/pulumi": "3.248.0" } });
        await manager("yarn", dir, ["add", "--ignore-scripts", tarball, ...SDKS, ...COMPILER]);
        await works(dir);
    });

    it("works from a Git address with npm, which builds it", async () => {
        const dir = project("git");
        await execa("npm", ["install", ...QUIET, `git+file://${checkout}`, ...SDKS, ...COMPILER], { cwd: dir });
        await works(dir);
    });

    it("prints its help in a checkout too", async () => {
        const { stdout } = await execa(path.join(checkout, "cli", "failover.mjs"), ["--help"], { cwd: checkout });
        expect(stdout).to.match(/usage: failover COMMAND/);
    });
});
