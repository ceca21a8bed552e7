import { checkPath, RUN } from "./nodePaths";
import type { CheckSpec, NodeSpec, PairSpec } from "../spec/spec";
import { ADVERT_INTERVAL } from "./advertInterval";

/** Placeholder for the name of the private NIC, which only the node knows: the NIC with the node's address. */
export const INTERFACE = "@INTERFACE@";

/**
 * The keepalived.conf of one node, for every keepalived from 2.2.4 (Ubuntu 22.04) to 2.3.3 (Debian 13). Every weight is
 * 0, which makes a failed check a FAULT and not a lower priority: with nopreempt a lower priority would not move the
 * address.
 */
export function keepalivedConf(spec: PairSpec, node: NodeSpec, peer: NodeSpec): string {
    // the operator writes drain, the agent writes yield
    const tracked = [...(spec.service === undefined ? [] : ["service"]), "drain", "yield"];
    const blocks = [
        globalDefs(node),
        ...tracked.map(trackFile),
        ...spec.checks.map(vrrpScript),
        instance(spec, node, peer, tracked),
    ];
    return `# Written by FailoverPair "${spec.name}": the next deployment overwrites what is changed here.\n\n${blocks.join("\n")}`;
}

function block(head: string, lines: string[]): string {
    return [`${head} {`, ...lines.map((line) => `    ${line.replace(/\n/g, "\n    ")}`), "}", ""].join("\n");
}

function list(head: string, items: string[]): string[] {
    return items.length === 0 ? [] : [block(head, items).trimEnd()];
}

function globalDefs(node: NodeSpec): string {
    return block("global_defs", [
        `router_id ${node.name}`,
        "script_user root",
        "enable_script_security",
        // for the agent; not a notify script of keepalived, which a reload would kill
        `vrrp_notify_fifo ${RUN}/vrrp.fifo`,
        // version 2 cannot send adverts more often than once a second
        "vrrp_version 3",
        "vrrp_check_unicast_src",
        // the loser of a split brain sends one more advert, so that the winner always learns of it and checks the alias
        "vrrp_higher_prio_send_advert true",
        // ARP has no effect in a routed network
        "vrrp_garp_master_repeat 1",
        "vrrp_garp_master_delay 0",
        "vrrp_garp_lower_prio_repeat 0",
        // a booting node listens before it becomes MASTER, because its route may not deliver adverts yet
        "vrrp_startup_delay 3",
        // a nice value instead of real-time priority, under which the kernel kills a process that runs for 10 ms
        "vrrp_priority -20",
        "vrrp_no_swap",
        "max_auto_priority -1",
        "reload_check_config",
    ]);
}

/**
 * Without init_file, with which keepalived 2.2.8 to 2.3.2 overwrites the file at every start. `alias-switch prepare`
 * creates it.
 */
function trackFile(name: string): string {
    return block(`track_file ${name}`, [`file "${RUN}/${name}"`, "weight 0"]);
}

function vrrpScript(check: CheckSpec): string {
    return block(`vrrp_script ${check.name}`, [
        `script "${checkPath(check.name)}"`,
        `interval ${check.interval}`,
        `timeout ${check.timeout}`,
        `rise ${check.rise}`,
        `fall ${check.fall}`,
        "weight 0",
    ]);
}

function instance(spec: PairSpec, node: NodeSpec, peer: NodeSpec, tracked: string[]): string {
    const addresses = spec.virtualIps.map((vip) => `${vip}/32 dev ${INTERFACE}`);
    return block(`vrrp_instance ${spec.name}`, [
        "state BACKUP",
        "nopreempt",
        `interface ${INTERFACE}`,
        `unicast_src_ip ${node.address}`,
        ...list("unicast_peer", [peer.address]),
        `virtual_router_id ${spec.virtualRouterId}`,
        `priority ${node.priority}`,
        `advert_int ${ADVERT_INTERVAL[spec.timing]}`,
        // adverts contain only the first address: a node ignores adverts with another list of addresses than its own
        ...list("virtual_ipaddress", addresses.slice(0, 1)),
        ...list("virtual_ipaddress_excluded", addresses.slice(1)),
        ...list("track_file", tracked),
        ...list(
            "track_script",
            spec.checks.map(({ name }) => name),
        ),
    ]);
}
