/** The resources that Terraform created for the note of 2019: a key, a network, two servers and a client. */
import { until } from "../stack/until";
import type { Cloud } from "../cloud";
import { callApi, listServers } from "../stack/api";

export interface NoteServer {
    name: string;
    location: string;
    address: string;
}

export interface NoteResources {
    keyId: number;
    networkId: number;
    /** By the server's name. */
    serverIds: Record<string, number>;
}

/** The note's two servers and its client, with these names. */
export function noteServers(names: [string, string, string]): [NoteServer, NoteServer, NoteServer] {
    return [
        { name: names[0], location: "nbg1", address: "10.0.1.2" },
        { name: names[1], location: "fsn1", address: "10.0.1.3" },
        { name: names[2], location: "nbg1", address: "10.0.2.1" },
    ];
}

/** Creates all of them through the API, and waits until the servers have their addresses. */
export async function makeNoteServers(
    cloud: Cloud,
    servers: NoteServer[],
    publicKey: string,
    label: string,
): Promise<NoteResources> {
    const post = <T>(where: string, body: unknown) => callApi<T>(cloud, "POST", where, body);
    const key = await post<{ ssh_key: { id: number } }>("/ssh_keys", { name: label, public_key: publicKey });
    const subnet = (ip_range: string) => ({ type: "cloud", network_zone: "eu-central", ip_range });
    const { network } = await post<{ network: { id: number } }>("/networks", {
        name: label,
        ip_range: "10.0.0.0/8",
        subnets: [subnet("10.0.1.0/24"), subnet("10.0.2.0/24")],
    });
    const serverIds: Record<string, number> = {};
    for (const { name, location, address } of servers) {
        const kind = { image: "debian-12", server_type: "cx23", ssh_keys: [key.ssh_key.id] };
        const { server } = await post<{ server: { id: number } }>("/servers", { name, location, ...kind });
        serverIds[name] = server.id;
        await until(`${name} to run`, 30_000, async () =>
            (await listServers(cloud)).some((one) => one.id === server.id && one.status === "running"),
        );
        await post(`/servers/${server.id}/actions/attach_to_network`, { network: network.id, ip: address });
        await until(`${name} to have ${address}`, 60_000, async () =>
            (await cloud.exec(name, ["ip", "-o", "-4", "address", "show", "to", address])).stdout.includes(address),
        );
    }
    return { keyId: key.ssh_key.id, networkId: network.id, serverIds };
}
