#!/usr/bin/env node
// `npx failover`. The package has the compiled commands; a checkout has their sources, which anyone may just have changed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const file = (relative) => fileURLToPath(new URL(relative, import.meta.url));

if (existsSync(file("main.ts"))) {
    const words = [file("../lab/launch.mjs"), "cli/main.ts", ...process.argv.slice(2)];
    process.exitCode = spawnSync(process.execPath, words, { stdio: "inherit" }).status ?? 1;
} else {
    createRequire(import.meta.url)(file("../dist/cli/main.js")).run();
}
