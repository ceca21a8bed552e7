import execa from "execa";
import type { Cloud } from "../cloud";

/** Reads one request from stdin, so that the token is not in an argument or the environment. */
const REQUEST = `
    let text = "";
    process.stdin.on("data", (chunk) => (text += chunk)).on("end", async () => {
        const { url, token, method, body } = JSON.parse(text);
        const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
        const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
        process.stdout.write(JSON.stringify({ status: response.status, body: await response.text() }));
    });`;

/**
 * Sends one request to the cloud's API, from inside its namespace.
 *
 * @throws Error with the API's answer, if it is not 2xx
 */
export async function callApi<T>(cloud: Cloud, method: string, path: string, body?: unknown): Promise<T> {
    const { stdout } = await execa("nsenter", [`--net=/run/netns/${cloud.netns}`, process.execPath, "-e", REQUEST], {
        input: JSON.stringify({ url: cloud.env.HCLOUD_ENDPOINT + path, token: cloud.env.HCLOUD_TOKEN, method, body }),
        env: { NODE_EXTRA_CA_CERTS: cloud.env.SSL_CERT_FILE },
    });
    const answer = JSON.parse(stdout) as { status: number; body: string };
    if (answer.status >= 300) {
        throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    }
    return (answer.body === "" ? {} : JSON.parse(answer.body)) as T;
}

export interface ApiServer {
    id: number;
    name: string;
    status: string;
    public_net: { ipv4: { ip: string } | null };
    private_net: { network: number; ip: string; alias_ips: string[] }[];
}

export async function listServers(cloud: Cloud): Promise<ApiServer[]> {
    return (await callApi<{ servers: ApiServer[] }>(cloud, "GET", "/servers")).servers;
}

/** The names of the servers that have the alias, by the API. A healthy pair has one. */
export async function holders(cloud: Cloud, vip: string): Promise<string[]> {
    const servers = await listServers(cloud);
    return servers.filter((s) => s.private_net.some((nic) => nic.alias_ips.includes(vip))).map((s) => s.name);
}

/** An action of a server without parameters: poweroff, poweron, reset … */
export async function serverAction(cloud: Cloud, name: string, action: string): Promise<void> {
    const server = (await listServers(cloud)).find((s) => s.name === name);
    if (server === undefined) {
        throw new Error(`there is no server ${name}`);
    }
    await callApi(cloud, "POST", `/servers/${server.id}/actions/${action}`);
}
