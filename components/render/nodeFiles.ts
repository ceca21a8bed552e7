import type { Ids } from "./agentConfig";
import { agentConfig, CA_FILE } from "./agentConfig";
import { packageArchive } from "./archive";
import { nodeFile, unixLines } from "./files";
import { checkPath, ETC, LIB } from "./nodePaths";
import type { CheckSpec, NodeSpec, PairSpec } from "../spec/spec";
import { shellQuote } from "./shellQuote";

/** A file as `node-setup` writes it on a node. */
export interface NodeFile {
    path: string;
    /** Octal, as for chmod. */
    mode: string;
    content: string | Uint8Array;
}

export interface TextFile extends NodeFile {
    content: string;
}

/** The launchers beside it import their programs from here. */
const PACKAGE = `${LIB}/failover-pair.pyz`;
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
/** Files that are equal on every node with these settings: programs, units, settings. */
export function commonFiles({ service, bridge }: Pick<PairSpec, "service" | "bridge">): NodeFile[] {
    const files: NodeFile[] = [
        // first: a program may start while files are replaced
        { path: PACKAGE, mode: "0644", content: packageArchive() },
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
        files.push(program("bridge"), unit(BRIDGE_UNIT));
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
export function checkFiles(checks: CheckSpec[]): TextFile[] {
    return checks.map((check) => ({ path: checkPath(check.name), mode: "0700", content: checkProgram(check) }));
}

function checkProgram(check: CheckSpec): string {
    if (check.command !== undefined) {
        return `#!/bin/bash\n${unixLines(check.command).trimEnd()}\n`;
    }
    return `#!/bin/sh\nexec ${LIB}/check-http --timeout ${check.timeout} ${shellQuote(check.httpUrl ?? "")}\n`;
}

function program(name: string): TextFile {
    return { path: `${LIB}/${name}`, mode: "0755", content: nodeFile(name) };
}

function unit(name: string): TextFile {
    return systemd(`${UNITS}/${name}`, name);
}

/** @param name Of a file in scripts/systemd/. */
function systemd(path: string, name: string): TextFile {
    return text(path, nodeFile(`systemd/${name}`));
}

function text(path: string, content: string): TextFile {
    return { path, mode: "0644", content };
}
