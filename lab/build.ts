/** `npm run build`: makes dist/, which is what the package holds, and replaces the one before as a whole. */
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as path from "path";

const ROOT = path.resolve(__dirname, "..");
/** By its place in dist/. */
const COPIED = ["scripts", "cli/remote", "monitoring", "components/PulumiPlugin.yaml", "components/schema.json"];
const PUBLIC = path.join("components", "index.d.ts");

/** The type declarations that a program can reach which imports the package. */
function publicTypes(dist: string, file = PUBLIC, found = new Set<string>()): Set<string> {
    if (!found.has(file)) {
        found.add(file);
        const text = fs.readFileSync(path.join(dist, file), "utf8");
        for (const [, imported] of text.matchAll(/\bfrom "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/g)) {
            publicTypes(dist, path.join(path.dirname(file), `${imported}.d.ts`), found);
        }
    }
    return found;
}

/** What an engine reads that is told to serve the compiled components to programs in other languages. */
function pluginPackage(): string {
    const file = path.join(ROOT, "components", "package.json");
    const { name, version, description } = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>;
    return JSON.stringify({ name, version, description, main: "plugin.js" });
}

function compile(dist: string): boolean {
    const words = [
        require.resolve("typescript/bin/tsc"),
        "-p",
        path.join(ROOT, "tsconfig.build.json"),
        "--outDir",
        dist,
    ];
    return spawnSync(process.execPath, words, { stdio: "inherit" }).status === 0;
}

function complete(dist: string): void {
    const wanted = publicTypes(dist);
    for (const file of fs.readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (file.endsWith(".d.ts") && !wanted.has(file)) {
            fs.rmSync(path.join(dist, file));
        }
    }
    for (const each of COPIED) {
        fs.cpSync(path.join(ROOT, each), path.join(dist, each), { recursive: true });
    }
    fs.writeFileSync(path.join(dist, "components", "package.json"), pluginPackage());
}

const made = fs.mkdtempSync(path.join(ROOT, "dist-"));
try {
    if (compile(made)) {
        complete(made);
        fs.rmSync(path.join(ROOT, "dist"), { recursive: true, force: true });
        fs.chmodSync(made, 0o755);
        fs.renameSync(made, path.join(ROOT, "dist"));
    } else {
        process.exitCode = 1;
    }
} finally {
    fs.rmSync(made, { recursive: true, force: true });
}
