/** The servers' root file systems: built once per recipe, then only read. */
import execa from "execa";
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { createInterface } from "readline";
import { cacheDir } from "../instance";
import { freeBytes, gigabytes } from "../space";
import { INSTALLED, OFFERED } from "./packages";
import { sourcesFor, transportOptions } from "./sources";

const SUITES: Record<string, string> = { "debian-11": "bullseye", "debian-12": "bookworm", "debian-13": "trixie" };
const RECIPE = ["build.sh", "customize.sh", "cloud.cfg"];
/** One image with what it takes to build it. */
const NEEDED_BYTES = 2e9;

export const DEFAULT_IMAGE = "debian-12";

function suiteOf(image: string): string {
    const suite = SUITES[image];
    if (suite === undefined) {
        throw new Error(`image: the local cloud has no "${image}": choose one of ${Object.keys(SUITES).join(", ")}`);
    }
    return suite;
}

/** The folder of an image, even if it does not exist yet. Each recipe has its own folder. */
export function imageDir(image: string): string {
    const hash = crypto.createHash("sha256").update(JSON.stringify([suiteOf(image), INSTALLED, OFFERED]));
    RECIPE.forEach((file) => hash.update(fs.readFileSync(path.join(__dirname, file))));
    return path.join(cacheDir(), "image", `${image}-${hash.digest("hex").slice(0, 12)}`);
}

/** A reason why the image cannot be built here, or null. */
export function imageProblem(image: string): string | null {
    const dir = imageDir(image);
    const free = freeBytes(dir);
    if (fs.existsSync(dir) || free >= NEEDED_BYTES) {
        return null;
    }
    const needed = gigabytes(NEEDED_BYTES);
    return `${path.dirname(dir)} has ${gigabytes(free)} free, but the servers' root file system needs ${needed} to build: free some space, or set XDG_CACHE_HOME`;
}

/**
 * The folder of an image. It is built first if it does not exist, which takes about a minute. Several callers share one
 * build.
 *
 * @param outside The command prefix that gives a command the machine's network, for a caller in another network
 * namespace.
 * @throws Error with the end of the build's log.
 */
export async function ensureImage(image: string, log: (line: string) => void, outside: string[] = []): Promise<string> {
    const dir = imageDir(image);
    if (fs.existsSync(dir)) {
        return dir;
    }
    const problem = imageProblem(image);
    if (problem !== null) {
        throw new Error(problem);
    }
    fs.mkdirSync(path.dirname(dir), { recursive: true });
    log(`building the servers' root file system ${path.basename(dir)} (once, about a minute)`);
    const env = {
        INSTALLED: INSTALLED.join(","),
        OFFERED: OFFERED.join(" "),
        APT_OPTIONS: (await transportOptions()).join("\n"),
    };
    const input = (await sourcesFor(suiteOf(image), outside)).join("\n") + "\n";
    // the kernel frees the lock however the build ends
    const [program, ...command] = [
        ...outside,
        "flock",
        `${dir}.lock`,
        path.join(__dirname, "build.sh"),
        dir,
        suiteOf(image),
    ];
    const build = execa(program, command, { env, input, all: true, reject: false });
    const logFile = fs.createWriteStream(`${dir}.log`);
    build.all!.pipe(logFile);
    createInterface({ input: build.all! }).on("line", (line) => {
        if (line.startsWith("I: ")) {
            log(`  ${line.slice(3)}`);
        }
    });
    const result = await build;
    if (result.failed) {
        const end = (result.all ?? "").split("\n").slice(-15).join("\n");
        throw new Error(`building ${image} failed; the whole log is ${dir}.log, its end:\n${end}`);
    }
    return dir;
}
