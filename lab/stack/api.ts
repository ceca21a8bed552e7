import execa from "execa";
import type { Cloud } from "../cloud";

/** A line of curl's configuration. */
function line(option: string, value: string): string {
    return `${option} = "${value.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/**
 * Sends one request to the cloud's API, from inside its namespace. curl reads it from stdin, so that the token is not in
 * an argument or the environment.
 *
 * @throws Error with the API's answer, if it is not 2xx
 */
export async function callApi<T>(cloud: Cloud, method: string, path: string, body?: unknown): Promise<T> {
    const request = [
        line("url", cloud.env.HCLOUD_ENDPOINT + path),
        line("request", method),
        line("cacert", cloud.env.SSL_CERT_FILE),
        line("header", `authorization: Bearer ${cloud.env.HCLOUD_TOKEN}`),
        line("header", "content-type: application/json"),
        line("write-out", "\n%{http_code}"),
        ...(body === undefined ? [] : [line("data-binary", JSON.stringify(body))]),
    ];
    const curl = ["curl", "--silent", "--show-error", "--globoff", "--noproxy", "*", "--config", "-"];
    const { stdout } = await execa("nsenter", [`--net=/run/netns/${cloud.netns}`, ...curl], {
        input: request.join("\n"),
    });
    const [, text, status] = /^([^]*)\n(\d+)$/.exec(stdout)!;
    if (Number(status) >= 300) {
        throw new Error(`${method} ${path}: ${status} ${text}`);
    }
    return (text === "" ? {} : JSON.parse(text)) as T;
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
