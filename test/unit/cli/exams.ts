import { type Exam, expectedDigests, type Listening } from "../../../cli/doctor/exam";
import { backup, report } from "./reports";

function conf(own: string, peer: string, priority: number): string {
    return [
        "global_defs {",
        `    router_id web`,
        "}",
        "vrrp_instance web {",
        "    interface enp7s0",
        `    unicast_src_ip ${own}`,
        `    unicast_peer {\n        ${peer}\n    }`,
        `    priority ${priority}`,
        "    virtual_ipaddress {\n        10.0.1.1/32 dev enp7s0\n    }",
        "}",
    ].join("\n");
}

export const SESSION = "/user.slice/user-1000.slice/session-3.scope";

export function listening(changes: Partial<Listening>): Listening {
    const one = { port: "80/tcp", address: "0.0.0.0", program: "python3", pid: 4711, uid: 1000 };
    return { ...one, cgroup: "/system.slice/other.service", ...changes };
}

/** The examination of a node of a healthy pair. The first node serves. */
export function healthy(index: number): Exam {
    const [own, peer] = index === 0 ? ["10.0.1.2", "10.0.1.3"] : ["10.0.1.3", "10.0.1.2"];
    const ends = { address: own, peerAddress: peer, serverId: 42 + index };
    const config = { ...ends, vips: ["10.0.1.1"], ports: null, service: "nginx.service", bridge: {} };
    return {
        config,
        status: index === 0 ? report() : backup(),
        adverts: index === 0 ? { sent: 7, arrived: 0, delivered: 0 } : { sent: 0, arrived: 1, delivered: 1 },
        tokenCheck: { code: 0, said: "the token is good" },
        tokenFile: { mode: "0400", owner: "failover-agent" },
        keepalivedConf: conf(own, peer, 250 - 10 * index),
        confCheck: { code: 0, said: "" },
        keepalivedVersion: "v2.2.7",
        digests: expectedDigests(config),
        failedUnits: [],
        enabled: { keepalived: "enabled", "alias-switch": "enabled", "failover-pair-guard": "enabled" },
        disks: [{ path: "/", free: 5e9, size: 2e10, filesFree: 1e6, files: 2e6 }],
        nonlocalBind: "1",
        sockets: [
            listening({ program: "nginx", uid: 33, cgroup: "/system.slice/nginx.service" }),
            listening({ program: "docker-proxy", uid: 0, port: "8080/tcp" }),
            listening({ program: "prometheus", port: "9090/tcp" }),
            listening({ program: "ssh", port: "6010/tcp", cgroup: SESSION }),
        ],
        agentPorts: ["80/tcp", "8080/tcp"],
    };
}
