import type { ExecaReturnValue, Options } from "execa";
import { stopCloud, type Cloud, type CloudOptions } from "../../../lab/cloud";
import type { Engine } from "../../../lab/engine/engine";
import { runPulumi, up } from "../../../lab/stack/pulumi";
import { copyStack } from "../../../lab/stack/copyStack";
import { projectSettings } from "../../../lab/stack/startStack";
import { until } from "../../../lab/stack/until";
import { configure, type Deployment } from "../../../lab/stack/workspace";
import { AskedPair } from "./askedPair";
import { edit } from "../../../lab/stack/checkout";

export interface OwnPairOptions {
    /** Settings of the cloud: latencyMs, actionMs. */
    cloud?: Omit<CloudOptions, "name" | "log">;
    /** Settings of the stack, by their names in Pulumi.yaml: timing, bridge, aliasFollows, graceSeconds … */
    settings?: Record<string, string>;
    /** Changes of the user's checkout, for what has no setting: the arguments of `edit`. */
    edits?: [file: string, from: string, to: string][];
}

let count = 0;

/**
 * A local cloud with the project's stack in it, for one suite alone: a copy of a pair that is up, with one `pulumi up` if
 * there are settings or edits; made before its first test, removed after its last one, also when one of them or the
 * making fails. Several can run side by side. A suite about the first `pulumi up` or about cloud-init needs `startStack`.
 */
export class OwnPair extends AskedPair {
    private readonly name = `own${process.pid}${String.fromCharCode("a".charCodeAt(0) + count++)}`;
    cloud!: Cloud;
    engine!: Engine;
    deployment!: Deployment;

    constructor({ cloud, settings, edits = [] }: OwnPairOptions = {}) {
        super();
        const start = () => this.start({ cloud: { ...cloud, name: this.name, log: () => undefined }, settings }, edits);
        before(async function () {
            // the first run on a machine builds the engine and the servers' image
            this.timeout(60 * 60_000);
            await start();
        });
        const stop = () => this.stop();
        after(async function () {
            this.timeout(120_000);
            await stop();
        });
    }

    private async start(options: Parameters<typeof copyStack>[0], edits: [string, string, string][]): Promise<void> {
        const prepare = ({ dir }: Deployment) => edits.forEach((change) => edit(dir, ...change));
        const started = await copyStack(edits.length === 0 ? options : { ...options, prepare });
        Object.assign(this, { cloud: started.cloud, engine: started.engine, deployment: started.deployment });
        await this.ask(this.cloud);
    }

    private async stop(): Promise<void> {
        await this.client?.stop();
        await this.cloud?.control.close();
        await stopCloud(this.name);
    }

    protected override async oneMaster(node?: string): Promise<string> {
        let masters: string[] = [];
        await until(`${node ?? "one node"} to be the one MASTER`, 30_000, async () => {
            masters = await this.pair.masters();
            return masters.length === 1 && (node ?? masters[0]) === masters[0];
        });
        return masters[0];
    }

    /** Makes the other node the MASTER, and the holder too, whatever `aliasFollows` is. @returns its name */
    override async handOver(): Promise<string> {
        const master = await super.handOver();
        await this.pair.run(master, "alias-switch claim");
        await this.pair.settledOn(master, 15_000);
        return master;
    }

    /** Runs a command in a server, as root. */
    exec(server: string, words: string[], options?: Options): Promise<ExecaReturnValue> {
        return this.cloud.exec(server, words, options);
    }

    /** Runs a shell script on a node. @returns its output */
    run(node: string, script: string): Promise<string> {
        return this.pair.run(node, script);
    }

    /**
     * Changes a file of the user's checkout: index.ts, or a file of components/ or scripts/. The next `up` applies it.
     */
    edit(file: string, from: string, to: string): void {
        edit(this.deployment.dir, file, from, to);
    }

    /** Sets settings, as `pulumi config set` does. The next `up` applies them. */
    async set(settings: Record<string, string>): Promise<void> {
        await configure(this.deployment.stack, projectSettings(settings));
    }

    /** `pulumi up` without a question. @returns its output. @throws Error with its output, if it fails */
    up(...words: string[]): Promise<string> {
        return up(this.deployment, ...words);
    }

    /** Any command of pulumi on the stack. @returns its output. @throws Error with its output, if it fails */
    pulumi(words: string[], input?: string): Promise<string> {
        return runPulumi(this.deployment, words, input);
    }
}

/** To be called inside a `describe`. */
export function ownPair(options?: OwnPairOptions): OwnPair {
    return new OwnPair(options);
}
