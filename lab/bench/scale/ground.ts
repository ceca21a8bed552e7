import { spawn, type ChildProcess } from "child_process";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { ControlClient } from "../../cloud/api/controlClient";
import { makeCertificates } from "../../cloud/certificate";
import { configure, freshNamespace, removeNamespace } from "../../cloud/fabric/configure";
import { killAll, processesIn } from "../../cloud/fabric/processes";
import { API_ADDRESS, API_URL, PUBLIC_RANGES } from "../../cloud/instance";
import { newSshKey } from "../../stack/sshKey";
import { tsxArgs } from "../../cloud/tsx";
import { until } from "../../stack/until";
import type { DaemonInput } from "./daemon";

/** As long as a real token. */
const TOKEN = "benchmark".repeat(8).slice(0, 64);
/**
 * Far above the cloud's own limit, which the figures are compared with afterwards: this measures the work, not the
 * waiting.
 */
const RATE_LIMIT = 10_000_000;

/** The network namespace of the engine, in which one SSH server has all servers' addresses, and the API answers. */
export class Ground {
    readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-scale-"));
    readonly netns = path.basename(this.dir);
    readonly key = newSshKey();
    readonly token = TOKEN;
    readonly endpoint = API_URL;
    ca = "";
    control!: ControlClient;
    private daemon: ChildProcess | undefined;

    static async open(): Promise<Ground> {
        const ground = new Ground();
        try {
            await ground.build();
            return ground;
        } catch (error) {
            await ground.close();
            throw error;
        }
    }

    file(name: string): string {
        return path.join(this.dir, name);
    }

    get daemonPid(): number {
        return this.daemon!.pid!;
    }

    async close(): Promise<void> {
        await this.control?.close();
        // also ends the engine, when the benchmark is interrupted
        await until("the processes to end", 10_000, () => {
            const left = processesIn(this.netns);
            killAll(left);
            return left.length === 0;
        });
        await removeNamespace(this.netns);
        fs.rmSync(this.dir, { recursive: true, force: true });
    }

    private async build(): Promise<void> {
        const { ca, key, cert } = await makeCertificates();
        this.ca = ca;
        fs.writeFileSync(this.file("ca.pem"), ca);
        await freshNamespace(this.netns);
        const local = PUBLIC_RANGES.map((range) => `route add local ${range} dev lo`);
        await configure(this.netns, { ip: ["link set lo up", `addr add ${API_ADDRESS}/32 dev lo`, ...local] });
        await this.startDaemon({
            token: TOKEN,
            tls: { key, cert },
            publicKey: this.key.public,
            controlSocket: this.file("control.sock"),
            ready: this.file("ready"),
            rateLimit: RATE_LIMIT,
        });
        this.control = new ControlClient(this.file("control.sock"));
    }

    private async startDaemon(input: DaemonInput): Promise<void> {
        const log = fs.openSync(this.file("daemon.log"), "a");
        const words = [process.execPath, ...tsxArgs(path.join(__dirname, "daemon.ts"))];
        this.daemon = spawn("nsenter", [`--net=/run/netns/${this.netns}`, ...words], { stdio: ["pipe", log, log] });
        fs.closeSync(log);
        this.daemon.stdin!.end(JSON.stringify(input));
        await until("the API to answer", 30_000, () => {
            if (this.daemon!.exitCode !== null) {
                throw new Error(`the API's process ended:\n${fs.readFileSync(this.file("daemon.log"), "utf8")}`);
            }
            return fs.existsSync(input.ready);
        });
    }
}

/** Runs a command in the ground's namespace. */
export function inside(ground: Ground, words: string[], options: execa.Options): execa.ExecaChildProcess {
    return execa("nsenter", [`--net=/run/netns/${ground.netns}`, ...words], options);
}
