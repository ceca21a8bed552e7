/** Copies of the project's stack, for those who need a pair and not the first `pulumi up`. */
import { startCloud, type Cloud } from "../cloud";
import { provideEngine } from "../engine/engine";
import { runLightly } from "./checkout";
import { untilHealthy } from "./healthy";
import { NODES, Pair } from "./pair";
import { savedStack } from "./savedStack";
import { orDown, type StackOptions, type StartedStack, upWith } from "./startStack";
import { until } from "./until";
import { openDeployment } from "./workspace";

const BOOT_MS = 120_000;

/**
 * As `startStack`, in a copy of a cloud in which the stack is up with its default settings: the servers boot, and what
 * is asked for besides is put into force by one `pulumi up`. The first call of a day brings that stack up and saves it;
 * so does the first one after a change of anything that the stack is made from.
 */
export async function copyStack({ cloud: options, ...changes }: StackOptions): Promise<StartedStack> {
    const engine = await provideEngine({ log: options.log });
    const cloud = await startCloud({ ...options, from: await savedStack(engine, options.log) });
    return orDown(cloud, async () => {
        await untilBooted(cloud);
        await untilWell(cloud);
        const deployment = await openDeployment(cloud, engine);
        runLightly(deployment);
        if (changes.settings !== undefined || changes.prepare !== undefined) {
            await upWith(deployment, changes);
        }
        return { cloud, engine, deployment };
    });
}

/** Waits until all servers have started what they start. */
async function untilBooted(cloud: Cloud): Promise<void> {
    const names = (await cloud.control.servers()).map(({ name }) => name);
    const booted = async (name: string) => {
        const asked = await cloud.exec(name, ["systemctl", "is-system-running", "--wait"], { reject: false });
        return ["running", "degraded"].includes(asked.stdout);
    };
    await Promise.all(names.map((name) => until(`${name} to have booted`, BOOT_MS, () => booted(name), 500)));
}

/** Waits until the pair is as after a first `pulumi up`: both nodes are well, and the MASTER has the alias. */
async function untilWell(cloud: Cloud): Promise<void> {
    await untilHealthy(cloud, NODES);
    const pair = new Pair(cloud);
    const { masters, holder } = await pair.roles();
    const [master] = masters;
    if (master !== holder) {
        // the nodes booted at the same time, so either may serve, and the alias would follow after the grace only
        await pair.run(master, "alias-switch claim");
    }
    await pair.settledOn(master, 30_000);
}
