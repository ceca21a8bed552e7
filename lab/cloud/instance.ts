/** The names of everything that belongs to one local cloud. Everything with such a name is removed with the cloud. */
import * as os from "os";
import * as path from "path";

export const DEFAULT_NAME = "local";
export const API_ADDRESS = "203.0.113.1";
/** Of the servers' public addresses, each a /24. */
export const PUBLIC_RANGES = ["198.51.100.0/24", "192.0.2.0/24"];
export const API_URL = `https://${API_ADDRESS}/v1`;

export interface Instance {
    name: string;
    /** Everything of the instance that is a file. */
    dir: string;
    /** The namespace of the internet, in which the API answers. */
    netns: string;
    /** The start of every namespace's and every server's name. */
    prefix: string;
    /** Of the servers' disks, each in a folder with its id. */
    servers: string;
    files: {
        token: string;
        ca: string;
        control: string;
        /** Written once everything answers; has the daemon's process id. */
        ready: string;
        log: string;
        apiState: string;
        /** The key and the certificate of the API's server. */
        tls: string;
    };
}

/** @throws Error for a name that cannot be part of a namespace's and of a machine's name. */
export function instance(name: string): Instance {
    if (!/^[a-z][a-z0-9]{0,15}$/.test(name)) {
        throw new Error(
            `name: "${name}" cannot name a local cloud; use up to 16 lower-case letters and digits, a letter first`,
        );
    }
    const dir = path.join(process.env.LOCALCLOUD_DIR ?? "/var/lib/localcloud", name);
    const file = (base: string) => path.join(dir, base);
    return {
        name,
        dir,
        netns: `lc-${name}-net`,
        prefix: `lc-${name}-`,
        servers: file("servers"),
        files: {
            token: file("token"),
            ca: file("ca.pem"),
            control: file("control.sock"),
            ready: file("daemon.json"),
            log: file("daemon.log"),
            apiState: file("api.json"),
            tls: file("tls.json"),
        },
    };
}

/** Files that are kept between instances: the servers' root file systems. */
export function cacheDir(): string {
    return path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "failover-pair");
}
