/** A Hetzner Cloud on this machine, as a library: for the demo, the tests and the benchmarks. */
import { spawn } from "child_process";
import * as crypto from "crypto";
import execa from "execa";
import * as fs from "fs";
import { tsxArgs } from "./tsx";
import { until } from "./until";
import { makeCertificates } from "./certificate";
import { MACHINE_NETWORK_FD, type DaemonInput } from "./daemonInput";
import { freshNamespace } from "./fabric/configure";
import { insideServer, tellInit } from "./fabric/inside";
import { DEFAULT_IMAGE, ensureImage } from "./image/build";
import { API_URL, DEFAULT_NAME, instance, type Instance } from "./instance";
import { installPackages, kernelProblems, missingPackages, problems, raiseLimits } from "./preflight";
import { Control } from "./steering";
import { layOutSaved } from "./save";
import { teardown } from "./teardown";
import * as path from "path";

export { saveCloud } from "./save";

const START_MS = 30_000;

export interface CloudOptions {
    /** Default `local`; several clouds with different names can run side by side. */
    name?: string;
    /** Round trip of an API call, ms; default 60. */
    latencyMs?: number;
    /** Duration of an action, ms; default 800. */
    actionMs?: number;
    /**
     * YYYY-MM-DD. It selects which of Hetzner's changes of 2026 apply (`api/changes.ts`). Default: the machine's date.
     */
    date?: string | null;
    /**
     * A folder that `saveCloud` has made: the cloud goes on from there, with the same token, servers, disks and
     * addresses, and boots the servers that were running. The folder is only read, and is needed until the cloud ends.
     */
    from?: string;
    log?: (line: string) => void;
}

/** The environment of the API's clients inside the cloud's namespace. */
export interface CloudEnv {
    HCLOUD_ENDPOINT: string;
    HCLOUD_TOKEN: string;
    /** Only the cloud's own CA: nothing else can be reached from there. */
    SSL_CERT_FILE: string;
    LOCALCLOUD_NETNS: string;
    [name: string]: string;
}

export interface Cloud {
    name: string;
    /** Of the instance's files; removed by `down`. */
    dir: string;
    /** The namespace of its internet, where the API and the servers' public addresses are. */
    netns: string;
    env: CloudEnv;
    /** Faults, power, partitions, the audit log. */
    control: Control;
    /** A second token for the API, for example one that only reads. */
    newToken(access?: { readOnly: boolean }): Promise<string>;
    netnsOf(server: string): Promise<string>;
    /**
     * Runs a command in a server as root. @throws execa's error if the command fails, or an Error if the server is off
     */
    exec: (server: string, command: string[], options?: execa.Options) => Promise<execa.ExecaReturnValue>;
    /** The command prefix that runs a command in one of the cloud's namespaces. */
    nsenterArgs(namespace: string): string[];
    down(): Promise<void>;
}

/**
 * Starts a cloud: checks the machine, builds the servers' root file system if there is none, starts the daemon.
 *
 * @throws Error that names everything that is missing, before anything is changed.
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
    const { name = DEFAULT_NAME, latencyMs = 60, actionMs = 800, date = null, from, log = console.log } = options;
    const of = instance(name);
    requireMachine(name);
    await prepareMachine(of, log);
    await ensureImage(DEFAULT_IMAGE, log);
    try {
        await (from === undefined ? layOut(of) : layOutSaved(from, of));
        await freshNamespace(of.netns);
        await startDaemon(of, { latencyMs, actionMs, date });
    } catch (error) {
        await teardown(of);
        throw error;
    }
    log(`the local cloud "${name}" answers at ${API_URL} in the network namespace ${of.netns}`);
    return connect(of);
}

/** Makes the folder of a cloud that has nothing yet. */
async function layOut(of: Instance): Promise<void> {
    const { ca, key, cert } = await makeCertificates();
    fs.mkdirSync(of.dir, { recursive: true, mode: 0o700 });
    fs.writeFileSync(of.files.token, newTokenText(), { mode: 0o600 });
    fs.writeFileSync(of.files.ca, ca);
    fs.writeFileSync(of.files.tls, JSON.stringify({ key, cert }), { mode: 0o600 });
}

/** Stops a cloud and removes everything of it, after a crash too. */
export async function stopCloud(name = DEFAULT_NAME): Promise<void> {
    await teardown(instance(name));
}

/** @throws Error if no cloud of this name runs. */
export async function attachCloud(name = DEFAULT_NAME): Promise<Cloud> {
    const of = instance(name);
    const missing = () =>
        new Error(`there is no local cloud "${name}"; start it with "npm run cloud -- up --name ${name}"`);
    if (!fs.existsSync(of.files.ready)) {
        throw missing();
    }
    const cloud = connect(of);
    await cloud.control.servers().catch((error: Error) => {
        const gone = `its daemon does not answer (${error.message}); remove it with "npm run cloud -- down --name ${name}"`;
        throw new Error(`local cloud "${name}": ${gone}`);
    });
    return cloud;
}

function connect(of: Instance): Cloud {
    const control = new Control(of.files.control);
    const token = fs.readFileSync(of.files.token, "utf8");
    return {
        name: of.name,
        dir: of.dir,
        netns: of.netns,
        env: {
            HCLOUD_ENDPOINT: API_URL,
            HCLOUD_TOKEN: token,
            SSL_CERT_FILE: of.files.ca,
            LOCALCLOUD_NETNS: of.netns,
        },
        control,
        newToken: async ({ readOnly } = { readOnly: false }) => {
            const added = newTokenText();
            await control.addToken(added, readOnly);
            return added;
        },
        netnsOf: async (server) => (await control.server(server)).namespace,
        exec: async (server, command, options) => {
            const { name, namespace, bare } = await control.server(server);
            const [program, ...args] = [...insideServer(name, namespace, bare), ...command];
            // an empty input would be written into a pipe that the command may have closed by then
            const silent = options?.input === undefined ? { stdin: "ignore" as const } : {};
            const child = execa(program, args, { ...silent, ...options });
            // systemd stops all processes before it ends them at a shutdown; nsenter stops with its command, and from
            // no other process outside the server would resume it
            const goOn = setInterval(() => child.kill("SIGCONT"), 500);
            return child.finally(() => {
                clearInterval(goOn);
                tellInit(namespace);
            });
        },
        nsenterArgs: (namespace) => ["nsenter", `--net=/run/netns/${namespace}`],
        down: async () => {
            await control.close();
            await teardown(of);
        },
    };
}

/**
 * Checks whether a cloud of this name can be started here, without changes.
 *
 * @throws Error that names everything that is missing.
 */
export function requireMachine(name = DEFAULT_NAME): void {
    const of = instance(name);
    refuse(of, problems(of));
}

async function prepareMachine(of: Instance, log: (line: string) => void): Promise<void> {
    const packages = missingPackages();
    if (packages.length > 0) {
        await installPackages(packages, log);
    }
    refuse(of, await kernelProblems());
    raiseLimits(log);
}

function refuse(of: Instance, problems: string[]): void {
    if (problems.length > 0) {
        const list = problems.map((problem) => `  - ${problem}`).join("\n");
        throw new Error(`the local cloud "${of.name}" cannot be started:\n${list}`);
    }
}

/** As long as a real token, because clients check the length. */
function newTokenText(): string {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return Array.from({ length: 64 }, () => letters[crypto.randomInt(letters.length)]).join("");
}

async function startDaemon(of: Instance, input: DaemonInput): Promise<void> {
    const log = fs.openSync(of.files.log, "a");
    const daemon = [process.execPath, ...tsxArgs(path.join(__dirname, "daemon.ts")), of.name];
    const start = `exec ${MACHINE_NETWORK_FD}< /proc/self/ns/net; exec nsenter --net=/run/netns/${of.netns} "$@"`;
    const child = spawn("sh", ["-c", start, "sh", ...daemon], { detached: true, stdio: ["pipe", log, log] });
    fs.closeSync(log);
    const ended = new Promise<never>((_resolve, reject) => {
        const why = () => new Error(`the daemon ended:\n${fs.readFileSync(of.files.log, "utf8").slice(-2000)}`);
        child.once("error", reject);
        child.once("exit", () => reject(why()));
    });
    child.stdin?.end(JSON.stringify(input));
    await Promise.race([until("the API to answer", START_MS, () => fs.existsSync(of.files.ready)), ended]);
    // from here on it ends when it is told to, and the log may be gone by then
    child.removeAllListeners("exit");
    child.unref();
}
