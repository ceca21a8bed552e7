import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import * as ssh2 from "ssh2";
import type { Cloud } from "../../../lab/cloud";
import { callApi, type ApiServer } from "../../../lab/stack/api";
import { until } from "../../../lab/stack/until";

const BOOT_MS = 60_000;

export interface Booted {
    network: number;
    ids: Record<string, number>;
    publicIps: Record<string, string>;
    keyFile: string;
}

/**
 * Creates a network and, through the API, servers with these names and private addresses. It returns when all of them
 * answer SSH there.
 */
export async function bootServers(cloud: Cloud, wanted: Record<string, string>): Promise<Booted> {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    const keyFile = path.join(cloud.dir, "id_ed25519");
    fs.writeFileSync(keyFile, pair.private, { mode: 0o600 });
    const key = await callApi<{ ssh_key: { id: number } }>(cloud, "POST", "/ssh_keys", {
        name: "test",
        public_key: pair.public,
    });
    const subnets = [{ type: "cloud", network_zone: "eu-central", ip_range: "10.0.0.0/16" }];
    const { network } = await callApi<{ network: { id: number } }>(cloud, "POST", "/networks", {
        name: "test",
        ip_range: "10.0.0.0/8",
        subnets,
    });
    const booted: Booted = { network: network.id, ids: {}, publicIps: {}, keyFile };
    await Promise.all(
        Object.entries(wanted).map(async ([name, ip]) => {
            const body = {
                name,
                server_type: "cx23",
                image: "debian-12",
                location: "fsn1",
                ssh_keys: [key.ssh_key.id],
            };
            const { server } = await callApi<{ server: ApiServer }>(cloud, "POST", "/servers", body);
            booted.ids[name] = server.id;
            booted.publicIps[name] = server.public_net.ipv4!.ip;
            await until(`${name} to run`, BOOT_MS, async () => {
                const now = await callApi<{ server: ApiServer }>(cloud, "GET", `/servers/${server.id}`);
                return now.server.status === "running";
            });
            await callApi(cloud, "POST", `/servers/${server.id}/actions/attach_to_network`, {
                network: network.id,
                ip,
            });
            // `cloud-init status` says "done" too early, between two stages; its last stage writes this file
            const ready = `test -f /run/cloud-init/result.json && ip -o addr show | grep -qF ' ${ip}/32 '`;
            await until(
                `${name} to have ${ip}`,
                BOOT_MS,
                async () => !(await sshTo(cloud, booted, name, ready)).failed,
            );
        }),
    );
    return booted;
}

/** Runs a command over SSH, from the internet, with the project's key. */
export function sshTo(cloud: Cloud, booted: Booted, server: string, command: string) {
    const options = [
        "BatchMode=yes",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
        "ConnectTimeout=2",
    ];
    const [program, ...args] = [
        ...cloud.nsenterArgs(cloud.netns),
        "ssh",
        ...options.flatMap((option) => ["-o", option]),
        ...["-i", booted.keyFile, `root@${booted.publicIps[server]}`, command],
    ];
    return execa(program, args, { input: "" });
}
