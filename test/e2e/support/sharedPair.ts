import { stopCloud } from "../../../lab/cloud";
import { up } from "../../../lab/stack/pulumi";
import { copyStack } from "../../../lab/stack/copyStack";
import { projectSettings, type StartedStack } from "../../../lab/stack/startStack";
import { configure, type Deployment } from "../../../lab/stack/workspace";

const NAME = `pair${process.pid}`;

let shared: Promise<StartedStack> | undefined;

/**
 * The pair for all suites of a process that leave it as they found it: created at the first call, removed after the
 * last test.
 */
export function sharedPair(): Promise<StartedStack> {
    // most of these tests are about the agent and the API: the tests of the bridge set the default again
    shared ??= copyStack({ cloud: { name: NAME }, settings: { aliasFollows: "immediately" } });
    return shared;
}

/** Sets `aliasFollows` on a running pair. */
export async function followsWhen(deployment: Deployment, when: string, graceSeconds = 30): Promise<void> {
    await configure(deployment.stack, projectSettings({ aliasFollows: when, graceSeconds: String(graceSeconds) }));
    await up(deployment);
}

after(async function () {
    this.timeout(120_000);
    await stopCloud(NAME);
});
