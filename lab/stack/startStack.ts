import type { ConfigMap } from "@pulumi/pulumi/automation";
import { startCloud, type Cloud, type CloudOptions } from "../cloud";
import { provideEngine, type Engine } from "../engine/engine";
import { ownSources } from "./checkout";
import { up } from "./pulumi";
import { configure, prepareDeployment, type Deployment } from "./workspace";

export interface StackOptions {
    /** The name of the cloud, which is part of the names of its network namespaces and servers. */
    cloud: CloudOptions & { name: string };
    /** The stack's settings by their names in Pulumi.yaml: timing, bridge, aliasFollows … */
    settings?: Record<string, string>;
    /** Changes the user's checkout before the first `pulumi up`. */
    prepare?: (deployment: Deployment) => void;
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
export async function startStack({ cloud: options, settings = {}, prepare }: StackOptions): Promise<StartedStack> {
    const engine = await provideEngine({ log: options.log });
    const cloud = await startCloud(options);
    try {
        const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        await configure(deployment.stack, projectSettings(settings));
        ownSources(deployment);
        prepare?.(deployment);
        await up(deployment);
        return { cloud, engine, deployment };
    } catch (error) {
        await cloud.down();
        throw error;
    }
}

/** The settings by the names that `pulumi config set` takes. */
export function projectSettings(settings: Record<string, string>): ConfigMap {
    return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`failover-pair:${key}`, { value }]));
}
