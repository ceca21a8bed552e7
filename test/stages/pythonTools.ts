/** ruff and mypy over the Python of the nodes. All tools are installed once, into the cache, at the versions of pythonTools.txt. */
import { spawnSync } from "child_process";
import { createHash } from "crypto";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { cacheDir } from "../../lab/cloud/instance";
import { command, ROOT, type Counts } from "./mocha";

const REQUIREMENTS = path.join(__dirname, "pythonTools.txt");
const CHECKS = [
    ["ruff", "format", "--check", "--quiet"],
    ["ruff", "check", "--quiet"],
    ["mypy", "--no-error-summary"],
];

/** Debian's packages that a virtual environment needs. */
export function venvPackages(): string[] {
    const able = spawnSync("python3", ["-c", "import ensurepip, venv"], { stdio: "ignore" }).status === 0;
    return able ? [] : ["python3", "python3-venv"];
}

/** Each tool counts as one check. What the tools remember is in the cache too, so the project's folder stays clean. */
export async function pythonTools(output?: number): Promise<Counts> {
    const caches = folderOfCaches();
    const python = await pythonWithTools();
    const env = { RUFF_CACHE_DIR: path.join(caches, "ruff"), MYPY_CACHE_DIR: path.join(caches, "mypy") };
    let passed = 0;
    for (const words of CHECKS) {
        passed += Number(await command([python, "-m", ...words], { cwd: ROOT, env, output }));
    }
    return { passed, failed: CHECKS.length - passed };
}

const folderOfCaches = () => path.join(cacheDir(), "python-tools");

/** The interpreter of an environment that has the tools. Installs them if they are not there yet. */
export async function pythonWithTools(): Promise<string> {
    return path.join(await installed(folderOfCaches()), "bin", "python3");
}

/** The environment of this requirements file and this Python. It is made under another name first: it is whole, or not there. */
async function installed(caches: string): Promise<string> {
    const { stdout } = await execa("python3", ["-c", "import sys; print(sys.prefix, sys.version)"]);
    const name = createHash("sha256").update(fs.readFileSync(REQUIREMENTS)).update(stdout).digest("hex").slice(0, 16);
    const folder = path.join(caches, name);
    if (!fs.existsSync(folder)) {
        fs.mkdirSync(caches, { recursive: true });
        const made = fs.mkdtempSync(`${folder}-`);
        try {
            await execa("python3", ["-m", "venv", made]);
            const words = ["-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", REQUIREMENTS];
            await execa(path.join(made, "bin", "python3"), words);
            fs.renameSync(made, folder);
        } catch (error) {
            fs.rmSync(made, { recursive: true, force: true });
            if (!fs.existsSync(folder)) {
                throw error; // otherwise another run was faster
            }
        }
    }
    return folder;
}
