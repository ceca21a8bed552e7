import { link, mkdir, symlink } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { defaultCacheDir, keyOf, locked, makeFolder, removeUnused } from "./cache";
import { VERSION as STAND_IN_VERSION } from "./command/version";
import { buildParts, removeGoCache, type Workshop } from "./goBuild";
import { Official, type Cli } from "./official";
import { hcloudPart, languagePart, pulumiPart, wantedPlugin, yamlPart } from "./parts";
import { shell } from "./shell";
import { bundleStandIn } from "./standIn";

export interface Engine {
    /** root/bin/pulumi is the CLI. */
    root: string;
    source: "installed" | "downloaded" | "built";
    /** What a caller must set for the engine to be found, and to find its plugins. */
    env: Record<string, string>;
    versions: Record<string, string>;
}

export interface EngineOptions {
    log?: (line: string) => void;
    cacheDir?: string;
    /** The environment to look for an installed CLI, Go and the user's plugins in. */
    env?: NodeJS.ProcessEnv;
    /** What must be reachable for a download to be tried. */
    downloadSite?: string;
    /** Languages of programs besides TypeScript. Whatever Pulumi publishes has its own. */
    languages?: "yaml"[];
}

interface Plugin {
    name: string;
    version: string;
    /** The plugin's own program first. */
    files: string[];
    official: boolean;
}

/**
 * The real Pulumi engine with the plugins of this project: the official ones where they can be had, else built from
 * the Go modules beside this file. The second call takes a second.
 */
export async function provideEngine(options: EngineOptions = {}): Promise<Engine> {
    const { log = console.log, env = process.env } = options;
    const cacheDir = options.cacheDir ?? defaultCacheDir(env);
    await mkdir(cacheDir, { recursive: true });
    const onWait = (): void => log("another run is preparing the engine; waiting for it");
    return locked(join(cacheDir, "lock"), onWait, async () => {
        const official = new Official(cacheDir, env, log, options.downloadSite);
        const engine = await provide(official, { cacheDir, env, log }, options.languages ?? []);
        await removeUnused(join(cacheDir, "parts"));
        await removeUnused(join(cacheDir, "roots"));
        return engine;
    });
}

async function provide(official: Official, workshop: Workshop, languages: "yaml"[]): Promise<Engine> {
    const pulumi = pulumiPart();
    const hosts = [languagePart(), ...languages.map(yamlPart)];
    const cli = await official.cli(pulumi.version.slice(1));
    const cliFiles = cli === undefined ? await buildParts([pulumi, ...hosts], workshop) : [cli.program];
    const plugins = [
        (await officialPlugin(official, cliFiles[0], "hcloud")) ?? (await builtHcloud(workshop)),
        (await officialPlugin(official, cliFiles[0], "command")) ?? (await standIn(workshop.cacheDir)),
    ];
    await removeGoCache(workshop);
    const assembled = await assemble(workshop.cacheDir, cliFiles, cli, plugins);
    return describe(cli, assembled, plugins, workshop.env, {
        pulumi: cli?.version ?? pulumi.version,
        ...(cli === undefined ? Object.fromEntries(hosts.map(({ name, version }) => [name, version])) : {}),
    });
}

async function officialPlugin(official: Official, cli: string, name: string): Promise<Plugin | undefined> {
    const version = wantedPlugin(name);
    const program = await official.plugin(cli, name, version);
    return program === undefined ? undefined : { name, version, files: [program], official: true };
}

async function builtHcloud(workshop: Workshop): Promise<Plugin> {
    const part = agreed(hcloudPart());
    return { name: part.name, version: part.version, files: await buildParts([part], workshop), official: false };
}

async function standIn(cacheDir: string): Promise<Plugin> {
    const version = STAND_IN_VERSION.split("+")[0];
    agreed({ name: "command", version });
    return { name: "command", version, files: await bundleStandIn(cacheDir), official: false };
}

function agreed<T extends { name: string; version: string }>(part: T): T {
    const wanted = wantedPlugin(part.name);
    if (part.version !== wanted) {
        throw new Error(
            `package.json wants @pulumi/${part.name} ${wanted}, lab/engine/${part.name} is ${part.version}: ` +
                "lab/engine/README.md says how to bump it",
        );
    }
    return part;
}

/**
 * Plugins go into a PULUMI_HOME of their own rather than on PATH: the engine warns of each that it finds on PATH, and
 * nothing of ours gets into the user's own home.
 */
async function assemble(
    cacheDir: string,
    cliFiles: string[],
    cli: Cli | undefined,
    plugins: Plugin[],
): Promise<{ root: string; home: string }> {
    const sources = [...cliFiles, ...plugins.flatMap(({ files }) => files)];
    const key = await keyOf("", [], ...sources);
    const root = await makeFolder(join(cacheDir, "roots", key), async (unfinished) => {
        await mkdir(join(unfinished, "bin"));
        for (const file of cliFiles) {
            // the CLI looks for its language host beside the file that it really is, so ours must not be symlinks
            await (cli === undefined ? link : symlink)(file, join(unfinished, "bin", basename(file)));
        }
        for (const { name, version, files } of plugins) {
            const folder = join(unfinished, "home", "plugins", `resource-${name}-v${version}`);
            await mkdir(folder, { recursive: true });
            for (const file of files) {
                await symlink(file, join(folder, basename(file)));
            }
        }
    });
    return { root, home: join(root, "home") };
}

async function describe(
    cli: Cli | undefined,
    { root, home }: { root: string; home: string },
    plugins: Plugin[],
    userEnv: NodeJS.ProcessEnv,
    versions: Record<string, string>,
): Promise<Engine> {
    const env: Record<string, string> = {
        PATH: [join(root, "bin"), ...(cli ? [dirname(cli.program)] : []), userEnv.PATH ?? ""].join(delimiter),
        PULUMI_HOME: home,
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    if (cli === undefined || plugins.some(({ official }) => !official)) {
        env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
    }
    const asked = await shell(join(root, "bin", "pulumi"), ["version"], { env: { ...userEnv, ...env } });
    if (asked.code !== 0) {
        throw new Error(`${root}/bin/pulumi does not work:\n${asked.stderr}`);
    }
    for (const { name, version, official } of plugins) {
        const unofficial = name === "command" ? STAND_IN_VERSION : `${version}, built from source`;
        versions[name] = official ? version : unofficial;
    }
    return { root, source: cli?.source ?? "built", env, versions };
}
