import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { Attempts } from "./cache";
import { lastWords, shell, type Result } from "./shell";

const SITE = "https://get.pulumi.com/install.sh";
const REACH_MS = 10_000;
const DOWNLOAD_MS = 10 * 60_000;

export interface Cli {
    program: string;
    source: "installed" | "downloaded";
    version: string;
}

/** What Pulumi itself publishes: found on this machine, or downloaded. */
export class Official {
    private readonly attempts: Attempts;
    private readonly folder: string;
    private readonly home: string;
    private readonly told = new Set<string>();

    constructor(
        private readonly cacheDir: string,
        private readonly env: NodeJS.ProcessEnv,
        private readonly log: (line: string) => void,
        private readonly site = SITE,
    ) {
        this.attempts = new Attempts(join(cacheDir, "failed-downloads.json"));
        this.folder = join(cacheDir, "official");
        this.home = env.HOME || homedir();
    }

    async cli(version: string): Promise<Cli | undefined> {
        for (const program of this.installed()) {
            const asked = await shell(program, ["version"], { env: { ...this.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
            if (asked.code === 0) {
                return { program, source: "installed", version: asked.stdout.trim() };
            }
            this.log(`${program} does not work and is passed over: ${lastWords(asked)}`);
        }
        const root = join(this.folder, `pulumi-${version}`);
        const program = join(root, "bin", "pulumi");
        const had =
            existsSync(program) || (await this.download(`Pulumi ${version}`, () => this.install(root, version)));
        return had ? { program, source: "downloaded", version } : undefined;
    }

    /** The program of the official plugin. */
    async plugin(cli: string, name: string, version: string): Promise<string | undefined> {
        const within = join("plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
        const homes = [this.env.PULUMI_HOME ?? join(this.home, ".pulumi"), this.folder];
        const found = homes.map((home) => join(home, within)).find(existsSync);
        if (found !== undefined) {
            return found;
        }
        const args = ["plugin", "install", "resource", name, version];
        const env = { ...this.env, PULUMI_HOME: this.folder, PULUMI_SKIP_UPDATE_CHECK: "true" };
        const had = await this.download(`the plugin ${name} ${version}`, () =>
            shell(cli, args, { env, timeoutMs: DOWNLOAD_MS }),
        );
        return had ? join(this.folder, within) : undefined;
    }

    /** Programs of that name on PATH and where the official installer puts it, but for those of this very cache. */
    private *installed(): Generator<string> {
        const folders = [...(this.env.PATH ?? "").split(delimiter), join(this.home, ".pulumi", "bin")];
        for (const program of folders.filter((folder) => folder !== "").map((folder) => join(folder, "pulumi"))) {
            if (isExecutable(program) && !realpathSync(program).startsWith(realpathSync(this.cacheDir) + sep)) {
                yield program;
            }
        }
    }

    /** A process of its own, for a download through the Automation API can be neither ended nor timed. */
    private install(root: string, version: string): Promise<Result> {
        const script =
            "const [root, version] = process.argv.slice(1);" +
            'require("@pulumi/pulumi/automation").PulumiCommand.install({ root, version, skipVersionCheck: true })' +
            ".catch((error) => { console.error(error.message); process.exit(1); });";
        return shell(process.execPath, ["-e", script, root, version], {
            cwd: dirname(__dirname),
            env: this.env,
            timeoutMs: DOWNLOAD_MS,
        });
    }

    private async download(what: string, get: () => Promise<Result>): Promise<boolean> {
        for (const each of ["the download site", what]) {
            const failure = await this.attempts.lastFailure(each);
            if (failure !== undefined) {
                this.tellOnce(each, failure.at);
                return false;
            }
        }
        this.log(`downloading ${what}…`);
        const unreachable = await this.whyUnreachable();
        if (unreachable !== undefined) {
            this.log(`the download site cannot be reached (${unreachable}); not tried again for a day`);
            await this.attempts.failed("the download site", unreachable);
            return false;
        }
        const got = await get();
        if (got.code !== 0) {
            this.log(`${what} could not be downloaded; not tried again for a day:\n${lastWords(got)}`);
            await this.attempts.failed(what, lastWords(got));
        }
        return got.code === 0;
    }

    private tellOnce(what: string, at: string): void {
        if (!this.told.has(what)) {
            const again = new Date(Date.parse(at) + 24 * 3600 * 1000).toISOString();
            this.log(`${what} failed at ${at} and is not tried before ${again}`);
            this.told.add(what);
        }
    }

    private async whyUnreachable(): Promise<string | undefined> {
        try {
            const answer = await fetch(this.site, { signal: AbortSignal.timeout(REACH_MS) });
            await answer.body?.cancel();
            return answer.ok ? undefined : `status ${answer.status}`;
        } catch (error) {
            const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
            return cause?.code ?? cause?.message ?? message;
        }
    }
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
