/**
 * The set-up of the note of 2019, made by hand on two existing servers. It follows the note's text except for three
 * things: the NIC's name of this server, the first line of the script, without which it cannot run, and the `hcloud`
 * CLI, which is Debian's package instead of a download.
 */
import type { Cloud } from "../cloud";

export interface NoteNode {
    name: string;
    serverId: number;
    address: string;
}

const PEERS = ["10.0.1.2", "10.0.1.3"];
export const SCRIPT = "/etc/keepalived/ens10-ip.sh";
export const CONF = "/etc/keepalived/keepalived.conf";

const OVERRIDE = `[Unit]
After=hc-net-ifup@ens10.service

[Service]
ExecStartPre=/bin/sleep 5
`;

export function keepalivedConf(nic: string): string {
    return `global_defs {
  script_user root
  enable_script_security
}

vrrp_script chk_nginx {
  script "/usr/bin/killall -0 nginx"
  interval 1
  timeout 1
  rise 1
  fall 2
}

vrrp_instance hetzner {
  state                   BACKUP
  interface               ${nic}
  track_interface {
    ${nic}
  }
  track_script {
    chk_nginx
  }
  unicast_peer {
    ${PEERS.join("\n    ")}
  }
  virtual_router_id       42
  priority                100
  virtual_ipaddress {
    10.0.1.1/32 dev ${nic}
  }
  nopreempt
  notify_master ${SCRIPT}
}
`;
}

function switchScript(token: string, endpoint: string, networkId: number, own: NoteNode, peer: NoteNode): string {
    const change = `hcloud server change-alias-ips --network ${networkId}`;
    return `#!/bin/sh
export HCLOUD_TOKEN=${token}
export HCLOUD_ENDPOINT=${endpoint}
${change} --clear ${peer.serverId} && ${change} --alias-ips 10.0.1.1 ${own.serverId}
`;
}

/**
 * Configures both servers. The first server is configured first, so it serves at the end. @param ca The certificates of
 * the API, PEM.
 */
export async function configureAsInTheNote(
    cloud: Cloud,
    nodes: [NoteNode, NoteNode],
    networkId: number,
    token: string,
    ca: string,
): Promise<void> {
    for (const [own, peer] of [nodes, [nodes[1], nodes[0]]]) {
        const run = async (script: string, input = "") =>
            (await cloud.exec(own.name, ["sh", "-euc", script], { input })).stdout.trim();
        await run("cloud-init status --wait >/dev/null || true; apt-get update -qq");
        await run("DEBIAN_FRONTEND=noninteractive apt-get install -qq -y nginx keepalived hcloud-cli >/dev/null");
        await run("cat >/usr/local/share/ca-certificates/api.crt && update-ca-certificates >/dev/null 2>&1", ca);
        await run("hostname >/var/www/html/index.html");
        const nic = await run(`ip -o -4 address show to ${own.address} | cut -d' ' -f2`);
        await run(`cat >${CONF}`, keepalivedConf(nic));
        const script = switchScript(token, cloud.env.HCLOUD_ENDPOINT, networkId, own, peer);
        await run(`cat >${SCRIPT} && chmod 700 ${SCRIPT}`, script);
        const folder = "/etc/systemd/system/keepalived.service.d";
        await run(`mkdir -p ${folder} && cat >${folder}/override.conf && systemctl daemon-reload`, OVERRIDE);
        await run("systemctl enable keepalived.service && systemctl restart keepalived.service");
    }
}
