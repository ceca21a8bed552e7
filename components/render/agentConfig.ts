import { ETC, RUN } from "./nodePaths";
import type { NodeSpec, PairSpec } from "../spec/spec";
import { ADVERT_INTERVAL } from "../spec/timing";

/** What is known only when the servers are there. */
export interface Ids {
    serverId: number;
    networkId: number;
}

/** Where the cloud answers questions about the server that asks, from inside every server. */
const METADATA = "http://169.254.169.254/hetzner/v1/metadata";
/** Seconds; the measure for how often the agent asks the API who holds the virtual IP, while this node serves. */
const VERIFY_SECONDS = 30;

export const CA_FILE = `${ETC}/api-ca.pem`;

/** config.json of the agent on one node. Every user of the node may read it: nothing in it is a secret. */
export function agentConfig(spec: PairSpec, node: NodeSpec, peer: NodeSpec, ids: Ids): string {
    const config = {
        pair: spec.name,
        node: node.name,
        ...ids,
        address: node.address,
        peerAddress: peer.address,
        vips: spec.virtualIps,
        endpoint: spec.apiEndpoint,
        caFile: spec.apiCa === undefined ? null : CA_FILE,
        proxy: spec.apiProxy ?? null,
        metadata: METADATA,
        service: spec.service ?? null,
        bridge: spec.bridge
            ? // while it carries, the other node is watched as closely as keepalived watches it at other times
              {
                  follow: spec.aliasFollows,
                  graceSeconds: spec.graceSeconds,
                  interval: ADVERT_INTERVAL[spec.timing],
              }
            : null,
        ports: spec.ports ?? null,
        verifySeconds: VERIFY_SECONDS,
        runDir: RUN,
        tokenFile: `${ETC}/token`,
    };
    return `${JSON.stringify(config, undefined, 4)}\n`;
}
