import type { ConfigMap } from "@pulumi/pulumi/automation";
import { startCloud, type Cloud, type CloudOptions } from "../cloud";
import { provideEngine, type Engine } from "../engine/engine";
import { ownSources } from "./checkout";
import { up } from "./pulumi";
import { configure, prepareDeployment, type Deployment } from "./workspace";

export interface Changes {
    /** The stack's settings by their names in Pulumi.yaml: timing, bridge, aliasFollows … */
    settings?: Record<string, string>;
    /** Changes the user's checkout before the first `pulumi up`. */
    prepare?: (deployment: Deployment) => void;
}

export interface StackOptions extends Changes {
    /** The name of the cloud, which is part of the names of its network namespaces and servers. */
    cloud: CloudOptions & { name: string };
}

export interface StartedStack {
    cloud: Cloud;
    engine: Engine;
    deployment: Deployment;
}

/**
 * Starts a new cloud and creates the project's stack in it. It removes the cloud if that fails. `copyStack` costs a third
 * of it.
 */
export async function startStack({ cloud: options, ...changes }: StackOptions): Promise<StartedStack> {
    const engine = await provideEngine({ log: options.log });
    const cloud = await startCloud(options);
    return orDown(cloud, async () => {
        const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        ownSources(deployment);
        await upWith(deployment, changes);
        return { cloud, engine, deployment };
    });
}

/** Does something in a cloud, which is removed if that fails. */
export async function orDown<T>(cloud: Cloud, work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        await cloud.down();
        throw error;
    }
}

/** Changes the settings and the checkout, and puts both into force. */
export async function upWith(deployment: Deployment, { settings = {}, prepare }: Changes): Promise<void> {
    await configure(deployment.stack, projectSettings(settings));
    prepare?.(deployment);
    await up(deployment);
}

/** The settings by the names that `pulumi config set` takes. */
export function projectSettings(settings: Record<string, string>): ConfigMap {
    return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`failover-pair:${key}`, { value }]));
}
