import * as pulumi from "@pulumi/pulumi";
import type { PairSpec } from "./spec/spec";
import { HETZNER_API } from "./spec/spec";

/** Warns, in `preview` too, that the token goes to an API other than Hetzner's. */
export function warnOfOtherApi(spec: pulumi.Output<PairSpec>, pair: pulumi.Resource): void {
    spec.apply(async (known) => {
        const text = otherApi(known, await pulumi.isSecret(spec));
        if (text !== undefined) {
            await pulumi.log.warn(`FailoverPair ${known.name}: ${text}`, pair);
        }
    });
}

/** The warning, or undefined if the nodes reach Hetzner's API directly. A secret address is not shown. */
export function otherApi({ apiEndpoint, apiCa, apiProxy }: PairSpec, isSecret = false): string | undefined {
    const shown = (text: string) => (isSecret ? "another host" : text);
    const host = new URL(apiEndpoint).host;
    const ways = [
        ...(host === new URL(HETZNER_API).host ? [] : [`apiEndpoint sends it to ${shown(host)}`]),
        ...(apiProxy === undefined ? [] : [`apiProxy sends it through ${shown(new URL(apiProxy).host)}`]),
        ...(apiCa === undefined ? [] : ["apiCa decides which certificates the nodes trust for it"]),
    ];
    return ways.length === 0
        ? undefined
        : `the API token does not go directly to Hetzner: ${ways.join(", ")}. Make sure that these settings are yours, because the token gives control of the whole project`;
}
