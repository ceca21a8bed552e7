import { ETC, RUN } from "./nodePaths";
import type { NodeSpec, PairSpec } from "../spec/spec";
import { ADVERT_INTERVAL } from "./advertInterval";

/** Values that are known only when the servers exist. */
export interface Ids {
    serverId: number;
    networkId: number;
}

/** The cloud's metadata service, which answers each server about itself. */
const METADATA = "http://169.254.169.254/hetzner/v1/metadata";
/** While this node serves, the agent asks the API for the holder of the virtual IP about this often (s). */
const VERIFY_SECONDS = 30;

export const CA_FILE = `${ETC}/api-ca.pem`;

/** The agent's config.json for one node. Every user of the node can read it, so it contains no secret. */
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
            ? // a forwarding node is watched as closely as keepalived watches its peer
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
