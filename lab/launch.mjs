// Starts one of the project's TypeScript programs on a machine where nothing was installed by hand: what it needs from npm first.
// Plain JavaScript without imports from npm, for it runs before there are any.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const needed = [20, 19];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
    console.error(`node ${process.versions.node} is too old: ${needed.join(".")} or newer is needed`);
    process.exit(1);
}

const stamp = join(root, "node_modules", ".installed-from");
const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
// who installs from a Git address has just put there what the package is built with, by npm, pnpm or yarn
const isPrepared = process.env.npm_lifecycle_event === "prepare" && existsSync(join(root, "node_modules", "tsx"));
if (!isPrepared && (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted)) {
    console.log("installing the npm packages of package-lock.json (about 20 s)");
    const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], {
        cwd: root,
        stdio: ["ignore", "inherit", "inherit"],
    });
    if (npm.status !== 0) {
        console.error("npm ci failed");
        process.exit(1);
    }
    writeFileSync(stamp, wanted);
}

const [script, ...args] = process.argv.slice(2);
const loader = join(root, "lab", "cloud", "typescript.cjs");
const run = spawnSync(process.execPath, ["--require", loader, join(root, script), ...args], { stdio: "inherit" });
process.exit(run.status ?? 1);
