import * as fs from "fs";
import * as path from "path";
import type { Engine } from "../../engine/engine";
import { inside, type Ground } from "./ground";
import { Watch, type Group, type Use } from "./usage";

const ROOT = path.resolve(__dirname, "../../..");
/** The program's folder. The engine writes into a copy of it. */
const PROGRAM = path.relative(ROOT, path.join(__dirname, "program"));
const LINKED = ["components", "scripts", "node_modules", "tsconfig.json"];
const STACK = "scale";

/** The cost of one command of the engine. */
export interface Run {
    seconds: number;
    /** The highest memory of engine and program together. */
    peakBytes: number;
    use: Record<Group, Use>;
    requests: number;
    /** The changes that the engine reported. */
    output: string;
}

/** Runs the real engine on the benchmark's program, with its state in a folder. */
export class Pulumi {
    private readonly env: Record<string, string>;

    constructor(
        private readonly ground: Ground,
        private readonly engine: Engine,
        settings: Record<string, string>,
    ) {
        const state = ground.file("state");
        fs.mkdirSync(state, { recursive: true });
        this.env = {
            ...engine.env,
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_CONFIG_PASSPHRASE: "benchmark",
            PULUMI_NODEJS_TSCONFIG_PATH: ground.file("tsconfig.json"),
            SSL_CERT_FILE: ground.file("ca.pem"),
            ...settings,
        };
    }

    async prepare(pairs: number): Promise<void> {
        const { ground } = this;
        LINKED.forEach((name) => fs.symlinkSync(path.join(ROOT, name), ground.file(name)));
        fs.cpSync(path.join(ROOT, PROGRAM), ground.file(PROGRAM), { recursive: true });
        await this.call(["stack", "init", STACK]);
        const set = (key: string, value: string, secret = false) =>
            this.call(["config", "set", "--stack", STACK, secret ? "--secret" : "--plaintext", key], value);
        await set("hcloud:endpoint", ground.endpoint);
        await set("hcloud:token", ground.token, true);
        await set("pairs", String(pairs));
        await set("hcloudToken", ground.token, true);
        await set("sshPublicKey", ground.key.public.trim());
        await set("sshPrivateKey", ground.key.private, true);
        await set("apiEndpoint", ground.endpoint);
        await set("apiCa", ground.ca);
    }

    /** @throws Error with the engine's output, if it failed */
    async run(words: string[]): Promise<Run> {
        const { ground } = this;
        const mark = (await ground.control.audit()).at(-1)?.seq ?? 0;
        const watch = new Watch(ground.netns, ground.daemonPid);
        const from = performance.now();
        try {
            const output = await this.call([...words, "--stack", STACK, "--suppress-outputs", "--suppress-progress"]);
            const seconds = (performance.now() - from) / 1000;
            const requests = (await ground.control.audit(mark)).length;
            const use = (group: Group) => watch.use(group);
            return {
                seconds,
                peakBytes: watch.engineAndProgram,
                use: {
                    engine: use("engine"),
                    program: use("program"),
                    plugins: use("plugins"),
                    "other side": use("other side"),
                },
                requests,
                output,
            };
        } finally {
            watch.stop();
        }
    }

    /** The size of the state in the engine's own format. */
    get stateBytes(): number {
        const folder = this.ground.file("state/.pulumi/stacks/failover-pair-scale");
        return fs.statSync(path.join(folder, `${STACK}.json`)).size;
    }

    private async call(words: string[], input?: string): Promise<string> {
        const program = path.join(this.engine.root, "bin", "pulumi");
        const place = ["--cwd", this.ground.file(PROGRAM), "--non-interactive"];
        const run = await inside(this.ground, [program, ...words, ...place], {
            env: this.env,
            reject: false,
            all: true,
            ...(input === undefined ? { stdin: "ignore" } : { input }),
        });
        if (run.failed) {
            throw new Error(`pulumi ${words.join(" ")}:\n${(run.all ?? run.stderr).slice(-3000)}`);
        }
        return run.stdout;
    }
}
