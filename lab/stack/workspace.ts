/**
 * A user's checkout of the project in its own folder: the program's files are copied and its imports are linked, so
 * that `pulumi config set` never writes into the repository.
 */
import { LocalWorkspace, PulumiCommand, Stack, type ConfigMap } from "@pulumi/pulumi/automation";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import type { Cloud } from "../cloud";
import type { Engine } from "../engine/engine";
import { newSshKey } from "./sshKey";

const ROOT = path.resolve(__dirname, "../..");
/** The files of a user's checkout. */
export const PROGRAM = ["index.ts", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "tsconfig.json"];
const LINKED = ["components", "scripts", "node_modules"];

export interface Deployment {
    /** The folder that a user would `cd` into. */
    dir: string;
    stack: Stack;
    /** The environment for `pulumi` there. */
    env: Record<string, string>;
    /** The folder of the `pulumi` that runs inside the cloud's namespace. */
    pulumiBin: string;
    /** The private SSH key of the stack's servers, a file of mode 0600. */
    sshKeyFile: string;
}

/** Creates the folder and the stack `dev` in it, with all its settings, but nothing in the cloud yet. */
export async function prepareDeployment(cloud: Cloud, engine: Engine, nodeToken: string): Promise<Deployment> {
    const dir = stackDir(cloud);
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const file of PROGRAM) {
        fs.copyFileSync(path.join(ROOT, file), path.join(dir, file));
    }
    for (const folder of LINKED) {
        fs.symlinkSync(path.join(ROOT, folder), path.join(dir, folder));
    }
    const key = newSshKey();
    fs.writeFileSync(sshKeyFile(cloud), key.private, { mode: 0o600 });

    const deployment = await openDeployment(cloud, engine);
    await configure(deployment.stack, {
        ...commonConfig(cloud),
        "failover-pair:hcloudToken": { value: nodeToken, secret: true },
        "failover-pair:apiEndpoint": { value: cloud.env.HCLOUD_ENDPOINT },
        "failover-pair:apiCa": { value: fs.readFileSync(path.join(cloud.dir, "ca.pem"), "utf8") },
        "failover-pair:sshPublicKey": { value: key.public },
        "failover-pair:sshPrivateKey": { value: key.private, secret: true },
    });
    return deployment;
}

/**
 * In a checkout the package's name stands for its sources. Pulumi.yaml says so in `nodeargs`, which the language host that
 * is built from source does not know.
 */
const FROM_SOURCES = { NODE_OPTIONS: "--conditions=failover-pair-source" };

/** The deployment that an earlier process prepared. */
export async function openDeployment(cloud: Cloud, engine: Engine): Promise<Deployment> {
    const dir = stackDir(cloud);
    const stack = await openStack(cloud, engine, dir, "dev");
    Object.assign(stack.workspace.envVars, FROM_SOURCES);
    return {
        dir,
        stack,
        env: { ...stackEnvironment(cloud, engine), ...FROM_SOURCES },
        pulumiBin: path.join(engineInside(cloud, engine), "bin"),
        sshKeyFile: sshKeyFile(cloud),
    };
}

/** A stack of the program in `dir`, run by the engine inside the cloud's namespace. */
export async function openStack(cloud: Cloud, engine: Engine, dir: string, name: string): Promise<Stack> {
    const env = stackEnvironment(cloud, engine);
    const workspace = await LocalWorkspace.create({
        workDir: dir,
        pulumiHome: env.PULUMI_HOME,
        envVars: env,
        pulumiCommand: await PulumiCommand.get({ root: engineInside(cloud, engine), skipVersionCheck: true }),
    });
    return Stack.createOrSelect(name, workspace);
}

/**
 * Sets configuration as a careful user does, with secrets by stdin. The Automation API would put them into arguments,
 * which every user can read.
 */
export async function configure(stack: Stack, values: ConfigMap): Promise<void> {
    const { workDir, envVars, pulumiCommand } = stack.workspace as LocalWorkspace;
    const env = { ...process.env, ...envVars };
    const config = (words: string[], input = "") =>
        execa(pulumiCommand.command, ["config", ...words, "--stack", stack.name], { cwd: workDir, env, input });
    const entries = Object.entries(values);
    const plain = entries.filter(([, { secret }]) => !secret);
    if (plain.length > 0) {
        await config(["set-all", ...plain.flatMap(([key, { value }]) => ["--plaintext", `${key}=${value}`])]);
    }
    for (const [key, { value }] of entries.filter(([, { secret }]) => secret)) {
        await config(["set", "--secret", key], value);
    }
}

/** The provider's settings for every stack on this cloud. */
export function commonConfig(cloud: Cloud): ConfigMap {
    return {
        "hcloud:token": { value: cloud.env.HCLOUD_TOKEN, secret: true },
        "hcloud:endpoint": { value: cloud.env.HCLOUD_ENDPOINT },
    };
}

const stackDir = (cloud: Cloud) => path.join(cloud.dir, "demo", "stack");
const sshKeyFile = (cloud: Cloud) => path.join(cloud.dir, "demo", "id_ed25519");

function stackEnvironment(cloud: Cloud, engine: Engine): Record<string, string> {
    const state = path.join(cloud.dir, "demo", "state");
    fs.mkdirSync(state, { recursive: true });
    return {
        ...engine.env,
        PATH: `${path.join(engine.root, "bin")}:${process.env.PATH ?? ""}`,
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "local-cloud",
        SSL_CERT_FILE: cloud.env.SSL_CERT_FILE,
        // the engine lives for seconds, and with fewer garbage collections it uses a fifth less CPU time
        GOGC: "400",
    };
}

/** A `pulumi` that runs the engine inside the cloud's namespace, so that no packet can leave the machine. */
function engineInside(cloud: Cloud, engine: Engine): string {
    const root = path.join(cloud.dir, "demo", "engine", path.basename(engine.root));
    fs.mkdirSync(path.join(root, "bin"), { recursive: true });
    const script = `#!/bin/sh\nexec nsenter --net=/run/netns/${cloud.netns} ${path.join(engine.root, "bin", "pulumi")} "$@"\n`;
    fs.writeFileSync(path.join(root, "bin", "pulumi"), script, { mode: 0o755 });
    return root;
}
