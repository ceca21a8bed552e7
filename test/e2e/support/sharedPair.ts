import { stopCloud } from "../../../lab/cloud";
import { up } from "../../../lab/stack/pulumi";
import { copyStack } from "../../../lab/stack/copyStack";
import { projectSettings, type StartedStack } from "../../../lab/stack/startStack";
import { configure, type Deployment } from "../../../lab/stack/workspace";

const NAME = `pair${process.pid}`;

let shared: Promise<StartedStack> | undefined;

/** The pair that all suites of a process share that leave it as they found it: made at the first call, removed after the last test. */
export function sharedPair(): Promise<StartedStack> {
    // most of these tests are about the agent and the API: what is about the bridge sets the default again
    shared ??= copyStack({ cloud: { name: NAME }, settings: { aliasFollows: "immediately" } });
    return shared;
}

/** Sets when the alias follows, for a pair that runs. */
export async function followsWhen(deployment: Deployment, when: string, graceSeconds = 30): Promise<void> {
    await configure(deployment.stack, projectSettings({ aliasFollows: when, graceSeconds: String(graceSeconds) }));
    await up(deployment);
}

after(async function () {
    this.timeout(120_000);
    await stopCloud(NAME);
});
