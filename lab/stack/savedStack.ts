/** The project's stack, brought up once and saved; kept in the cache as long as it is what a new one would be. */
import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { saveCloud, stopCloud } from "../cloud";
import { baseOf } from "../cloud/fabric/savedDisk";
import { DEFAULT_IMAGE, ensureImage } from "../cloud/image/build";
import { cacheDir } from "../cloud/instance";
import { keepNewest, keyOf, locked, makeFolder } from "../engine/cache";
import type { Engine } from "../engine/engine";
import { untilHealthy } from "./healthy";
import { NODES } from "./pair";
import { orDown, startStack } from "./startStack";
import { PROGRAM } from "./workspace";

const ROOT = path.resolve(__dirname, "../..");

/** Everything that the stack is made from or by, apart from the engine and the image. */
const MADE_FROM = [
    ...["components", "scripts", "lab/cloud", "lab/engine", "lab/stack"],
    ...PROGRAM,
    ...["package-lock.json", "node_modules/.package-lock.json"],
];
/** What is generated, such as the caches of the tools that check Python. */
const NOT_READ = /^(node_modules|__pycache__|\..*)$/;

/** For several checkouts, and for the way back from a change. */
const KEPT = 4;

/**
 * While it exists, cloud-init does nothing at a boot. It has done its work at the first boot of the saved servers, and
 * takes a third of the processor time until a copy is up. The file stays: without it, the next `systemctl daemon-reload`
 * turns cloud-init on, and who waits for its result waits until the next boot.
 */
const CLOUD_INIT_OFF = "/etc/cloud/cloud-init.disabled";

/** The folder of the saved cloud with the stack in it, which is made if there is none. */
export async function savedStack(engine: Engine, log: (line: string) => void = console.log): Promise<string> {
    const image = await ensureImage(DEFAULT_IMAGE, log);
    const folder = path.join(cacheDir(), "stacks");
    fs.mkdirSync(folder, { recursive: true });
    const onWait = () => log("another run brings up the stack that is copied; waiting for it");
    return locked(path.join(folder, "lock"), onWait, async () => {
        const key = await keyOf(ROOT, sources(), ...circumstances(engine, image));
        const saved = await makeFolder(path.join(folder, key), (unfinished) => make(unfinished, log));
        await keepNewest(folder, KEPT, isMounted);
        return path.join(saved, "cloud");
    });
}

/** The day is one of them, because it decides over the API's behaviour, and because no key sees everything. */
function circumstances({ root, versions }: Engine, image: string): string[] {
    const day = new Date().toISOString().slice(0, 10);
    return [ROOT, day, process.version, root, JSON.stringify(versions), JSON.stringify(baseOf(image))];
}

/** The files that the stack is made from or by, by their paths in the project. */
export function sources(): string[] {
    return MADE_FROM.flatMap(filesOf);
}

/** The files at this path of the project, by their paths in it. */
function filesOf(place: string): string[] {
    const full = path.join(ROOT, place);
    if (!fs.existsSync(full)) {
        return [];
    }
    if (fs.statSync(full).isFile()) {
        return [place];
    }
    const below = fs.readdirSync(full).filter((name) => !NOT_READ.test(name));
    return below.flatMap((name) => filesOf(path.join(place, name)));
}

async function make(unfinished: string, log: (line: string) => void): Promise<void> {
    log("bringing up the stack that is copied (once, about a minute)");
    // only one run at a time uses this name, as it has the lock of the folder: what is there is of one that was killed
    const name = `save${createHash("sha256").update(path.dirname(unfinished)).digest("hex").slice(0, 8)}`;
    await stopCloud(name);
    const { cloud } = await startStack({ cloud: { name, log } });
    await orDown(cloud, async () => {
        await untilHealthy(cloud, NODES);
        const servers = await cloud.control.servers();
        await Promise.all(servers.map(({ name }) => cloud.exec(name, ["touch", CLOUD_INIT_OFF])));
    });
    await saveCloud(cloud, path.join(unfinished, "cloud"));
}

/** Whether the disk of a server lies on something in this folder. */
function isMounted(folder: string): boolean {
    return fs.readFileSync("/proc/self/mountinfo", "utf8").includes(`${fs.realpathSync(folder)}/`);
}
