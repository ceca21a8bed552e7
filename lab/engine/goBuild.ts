import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { keyOf, makeFolder } from "./cache";
import { goNeededBy, hcloudPart, languagePart, pulumiPart, sourcesOf, type GoPart } from "./parts";
import { lastWords, shell } from "./shell";

const NEEDED_BYTES = 6e9;

export interface Workshop {
    cacheDir: string;
    env: NodeJS.ProcessEnv;
    log: (line: string) => void;
}

/** Builds what is not in the cache yet; returns the program of each part. */
export async function buildParts(parts: GoPart[], workshop: Workshop): Promise<string[]> {
    const { cacheDir, log } = workshop;
    const env = { ...workshop.env, GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOCACHE: goCache(cacheDir) };
    const go = await findGo(env);
    const programs: string[] = [];
    for (const part of parts) {
        const key = await keyOf(part.folder, sourcesOf(part.folder), go, ...part.install);
        const folder = await makeFolder(join(cacheDir, "parts", `${part.name}-${key}`), async (unfinished) => {
            await requireSpace(cacheDir);
            await tellProgress(part, log, () => build(part, unfinished, env));
        });
        programs.push(join(folder, part.binary));
    }
    return programs;
}

const goCache = (cacheDir: string): string => join(cacheDir, "go-build");

/** 3 GB that only another build in the same run would use again; a run that failed leaves them for the next. */
export const removeGoCache = ({ cacheDir }: Workshop): Promise<void> =>
    rm(goCache(cacheDir), { recursive: true, force: true });

/** Looks for what all parts need, so that a Go too old for the last one is not found out after the first was built. */
async function findGo(env: NodeJS.ProcessEnv): Promise<string> {
    const parts = [pulumiPart(), languagePart(), hcloudPart()];
    const needed = parts.map(goNeededBy).sort(compareVersions).pop() ?? "0";
    const advice =
        `Go ${needed} or newer is needed to build ${parts.map(({ name }) => name).join(", ")} from source. ` +
        "Either install Go and have it in PATH, or install the Pulumi CLI (then nothing but its plugins is needed).";
    const asked = await shell("go", ["env", "GOVERSION"], { env });
    if (asked.code !== 0) {
        throw new Error(`There is no Go here. ${advice}`);
    }
    const version = asked.stdout.trim();
    if (compareVersions(version.replace(/^go/, ""), needed) < 0) {
        throw new Error(`The Go here is ${version}, which is too old. ${advice}`);
    }
    return version;
}

async function requireSpace(folder: string): Promise<void> {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < NEEDED_BYTES) {
        const [free, needed] = [bavail * bsize, NEEDED_BYTES].map((bytes) => (bytes / 1e9).toFixed(1));
        throw new Error(
            `Building the engine needs ${needed} GB of disk space (most of it only meanwhile); ${folder} has ${free} GB.`,
        );
    }
}

async function build(part: GoPart, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
    const args = ["install", "-trimpath", "-buildvcs=false", "-mod=readonly", ...part.install];
    const built = await shell("go", args, { cwd: part.folder, env: { ...env, GOBIN: folder }, background: true });
    if (built.code !== 0) {
        throw new Error(`Building ${part.name} ${part.version} from source failed:\n${lastWords(built)}`);
    }
    const program = join(folder, part.binary);
    const asked = part.ask ? await shell(program, part.ask) : await shell("go", ["version", "-m", program], { env });
    const answers = asked.stdout.split(/\s+/);
    if (!answers.includes(part.version)) {
        throw new Error(`The ${part.binary} that was built is not ${part.version}:\n${lastWords(asked)}`);
    }
}

async function tellProgress(part: GoPart, log: (line: string) => void, work: () => Promise<void>): Promise<void> {
    const what = `building ${part.binary} ${part.version} from Go modules`;
    log(`${what} (about ${part.minutes} min on 2 cores)…`);
    const start = Date.now();
    const timer = setInterval(() => log(`${what}… ${minutes(start)} so far`), 30_000);
    try {
        await work();
        log(`built ${part.binary} in ${minutes(start)}`);
    } finally {
        clearInterval(timer);
    }
}

const minutes = (since: number): string => `${((Date.now() - since) / 60_000).toFixed(1)} min`;

export function compareVersions(a: string, b: string): number {
    const [left, right] = [a, b].map((version) => version.split(".").map((each) => parseInt(each, 10)));
    const length = Math.max(left.length, right.length);
    const differences = Array.from({ length }, (_, index) => (left[index] ?? 0) - (right[index] ?? 0));
    return differences.find((difference) => difference !== 0) ?? 0;
}
