/** Measures the API of this local cloud, from inside its namespace, for the floors. */
import execa from "execa";
import type { Cloud } from "../cloud";
import type { ApiTimes } from "./floors";
import type { ApiSetting } from "./plan";
import { median } from "./statistics";

/**
 * Uses one connection, like the agent: first single calls, then changes, whose end is polled every 10 ms. Polling
 * starts shortly before the end, because a project has 3,600 requests an hour and the pairs need theirs.
 */
const PROGRAM = `
    const EVERY = 10;
    let text = "";
    process.stdin.on("data", (chunk) => (text += chunk)).on("end", async () => {
        const { endpoint, token, serverId, networkId, calmMs } = JSON.parse(text);
        const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
        const call = async (method, path, body) => {
            const from = performance.now();
            const response = await fetch(endpoint + path, { method, headers, body: body && JSON.stringify(body) });
            const answer = { from, to: performance.now(), body: await response.json() };
            if (!response.ok) {
                throw new Error(method + " " + path + ": " + response.status + " " + JSON.stringify(answer.body));
            }
            return answer;
        };
        const calls = [];
        for (let i = 0; i < 10; i++) {
            const { from, to } = await call("GET", "/servers/" + serverId);
            calls.push(to - from);
        }
        const rtt = [...calls].sort((a, b) => a - b)[5];
        const change = { network: networkId, alias_ips: [] };
        const actions = [];
        for (let i = 0; i < 3; i++) {
            const { from, body } = await call("POST", "/servers/" + serverId + "/actions/change_alias_ips", change);
            let ended = null;
            await new Promise((resolve) => setTimeout(resolve, calmMs));
            while (ended === null) {
                call("GET", "/actions/" + body.action.id).then((look) => {
                    if (look.body.action.status !== "running") {
                        ended = Math.min(ended ?? Infinity, look.from);
                    }
                });
                await new Promise((resolve) => setTimeout(resolve, EVERY));
            }
            // it ended between two looks, and both the change and the look took half a round trip to get there
            actions.push(ended - EVERY / 2 - from);
        }
        process.stdout.write(JSON.stringify({ calls, actions }));
    });`;

/** @param server A server that no measurement uses. Its list of aliases is set to the empty list that it has. */
export async function measureApi(cloud: Cloud, server: string, { actionMs }: ApiSetting): Promise<ApiTimes> {
    const servers = (await cloud.control.state()).servers as {
        id: number;
        name: string;
        nics: { networkId: number }[];
    }[];
    const { id: serverId, nics } = servers.find(({ name }) => name === server)!;
    const { HCLOUD_ENDPOINT: endpoint, HCLOUD_TOKEN: token, SSL_CERT_FILE } = cloud.env;
    const { stdout } = await execa("nsenter", [`--net=/run/netns/${cloud.netns}`, process.execPath, "-e", PROGRAM], {
        input: JSON.stringify({ endpoint, token, serverId, networkId: nics[0].networkId, calmMs: 0.9 * actionMs }),
        env: { NODE_EXTRA_CA_CERTS: SSL_CERT_FILE },
    });
    const { calls, actions } = JSON.parse(stdout) as { calls: number[]; actions: number[] };
    return { call: Math.round(median(calls)), action: Math.round(median(actions)) };
}
