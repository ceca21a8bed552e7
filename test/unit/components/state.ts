/**
 * The resources of pairs as a release registers them, as in its users' states. To record a release: `node --import tsx
 * test/unit/components/state.ts >test/unit/components/golden/states/VERSION.json`.
 */
import type { FailoverPairArgs } from "../../../components";
import { FailoverPair } from "../../../components";
import { deploy, type Registered } from "../../support/mocks";
import { minimalArgs, PUBLIC_KEY } from "./pairs";

export interface Recorded {
    urn: string;
    /** Without the inputs of commands, because every release changes what it sends to a node. */
    inputs?: unknown;
}

/** Pairs that together have every possible resource. */
const PAIRS: Record<string, Partial<FailoverPairArgs>> = {
    minimal: {},
    "all of its own": {
        virtualIps: ["10.0.1.1", "10.0.1.9"],
        nodes: [{ location: "hel1" }, { location: "hel1", serverType: "cx33" }],
        installScript: "hostname >/var/www/html/index.html",
        service: "nginx.service",
        deletionProtection: true,
        labels: { team: "web" },
    },
    "among what is there": {
        networkId: "7",
        networkRange: "10.0.0.0/8",
        subnetId: "7-10.0.1.0/24",
        placementGroupId: "33",
        firewallIds: ["44"],
        sshKeys: ["55"],
        sshPublicKey: undefined,
    },
};

/** The registered resources, by the pair's description. */
export async function statesNow(): Promise<Record<string, Registered[]>> {
    const states: Record<string, Registered[]> = {};
    for (const [about, args] of Object.entries(PAIRS)) {
        const { resources } = await deploy((opts) => new FailoverPair("web", { ...minimalArgs(), ...args }, opts));
        states[about] = resources;
    }
    return states;
}

/** The data of a pair to record, sorted by URN. */
export function recorded(resources: Registered[]): Recorded[] {
    return resources
        .map(({ urn, type, inputs }) => (type.startsWith("hcloud:") ? { urn, inputs: withoutKeys(inputs) } : { urn }))
        .sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** Keys differ in each run. */
function withoutKeys(inputs: Record<string, unknown>): unknown {
    const text = JSON.stringify({ ...inputs, userData: undefined })
        .replaceAll(PUBLIC_KEY.trim(), "PUBLIC KEY")
        .replaceAll(/"0\.[A-Za-z0-9_-]{43}"/g, '"0.FINGERPRINT"');
    return JSON.parse(text);
}

if (require.main === module) {
    void statesNow().then((states) => {
        const all = Object.entries(states).map(([about, resources]) => [about, recorded(resources)]);
        console.log(JSON.stringify(Object.fromEntries(all), null, 4));
    });
}
