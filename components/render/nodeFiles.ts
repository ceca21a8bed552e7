import type { Ids } from "./agentConfig";
import { agentConfig, CA_FILE } from "./agentConfig";
import { nodeFile, unixLines } from "./files";
import { checkPath, ETC, LIB } from "./nodePaths";
import type { CheckSpec, NodeSpec, PairSpec } from "../spec/spec";
import { shellQuote } from "./shellQuote";

/** A file as `node-setup` writes it on a node. */
export interface NodeFile {
    path: string;
    /** Octal, as for chmod. */
    mode: string;
    content: string;
}

const UNITS = "/etc/systemd/system";
const GUARD_UNIT = "failover-pair-guard.service";
const BRIDGE_UNIT = "failover-pair-bridge.service";
const HANDOVER_UNIT = "failover-pair-handover@.service";
/** What root does when the agent requests it by writing a file. */
const ASKED_UNITS = [
    "failover-pair-nic.path",
    "failover-pair-nic.service",
    "failover-pair-keepalived.path",
    "failover-pair-keepalived.service",
];
/**
 * The modules that the programs import. They are written first, because a program may start while files are replaced.
 */
const MODULES = [
    "journal",
    "shapes",
    "readers",
    "run_files",
    "wire",
    "documents",
    "journey",
    "carrying",
    "kernel",
    "guard_rules",
    "guard_table",
];

/** Files that are equal on every node with these settings: programs, units, settings. */
export function commonFiles({ service, bridge }: Pick<PairSpec, "service" | "bridge">): NodeFile[] {
    const files = [
        ...MODULES.map((name) => text(`${LIB}/${name}.py`, nodeFile(`${name}.py`))),
        program("alias-switch"),
        program("guard"),
        program("wait-address"),
        program("service-hook"),
        program("farewell"),
        program("check-http"),
        program("hear"),
        program("nic-care"),
        unit("alias-switch.service"),
        ...ASKED_UNITS.map(unit),
        unit(GUARD_UNIT),
        systemd(`${UNITS}/keepalived.service.d/failover-pair.conf`, "keepalived.service.conf"),
        systemd("/etc/sysusers.d/failover-pair.conf", "sysusers.conf"),
        systemd("/etc/tmpfiles.d/failover-pair.conf", "tmpfiles.conf"),
        systemd("/etc/sysctl.d/60-failover-pair.conf", "sysctl.conf"),
    ];
    if (bridge) {
        files.push(
            program("bridge"),
            text(`${LIB}/bridge_rules.py`, nodeFile("bridge_rules.py")),
            text(`${LIB}/tunnel.py`, nodeFile("tunnel.py")),
            text(`${LIB}/suspects.py`, nodeFile("suspects.py")),
            unit(BRIDGE_UNIT),
        );
    }
    if (service !== undefined) {
        files.push(unit(HANDOVER_UNIT), systemd(`${UNITS}/${service}.d/failover-pair.conf`, "tracked-service.conf"));
    }
    return files;
}

/** The agent and all other files of a node, except the token. */
export function agentFiles(spec: PairSpec, node: NodeSpec, peer: NodeSpec, ids: Ids): NodeFile[] {
    const files = [...commonFiles(spec), text(`${ETC}/config.json`, agentConfig(spec, node, peer, ids))];
    if (spec.apiCa !== undefined) {
        files.push(text(CA_FILE, spec.apiCa));
    }
    return files;
}

/**
 * The checks as programs, so that keepalived's own quoting and variables do not change a user's command. Root runs
 * them, and only root can read them, because a command may contain a secret.
 */
export function checkFiles(checks: CheckSpec[]): NodeFile[] {
    return checks.map((check) => ({ path: checkPath(check.name), mode: "0700", content: checkProgram(check) }));
}

function checkProgram(check: CheckSpec): string {
    if (check.command !== undefined) {
        return `#!/bin/bash\n${unixLines(check.command).trimEnd()}\n`;
    }
    return `#!/bin/sh\nexec ${LIB}/check-http --timeout ${check.timeout} ${shellQuote(check.httpUrl ?? "")}\n`;
}

function program(name: string): NodeFile {
    return { path: `${LIB}/${name}`, mode: "0755", content: nodeFile(name) };
}

function unit(name: string): NodeFile {
    return systemd(`${UNITS}/${name}`, name);
}

/** @param name Of a file in scripts/systemd/. */
function systemd(path: string, name: string): NodeFile {
    return text(path, nodeFile(`systemd/${name}`));
}

function text(path: string, content: string): NodeFile {
    return { path, mode: "0644", content };
}
