import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { commonFiles } from "../../components/render/nodeFiles";
import type { Node } from "../pair/findPair";
import { type NodeReport, serverOf } from "../pair/report";
import { command } from "../pair/shell";
import { type Ssh, Unreachable } from "../pair/ssh";
import { Lines, MOST_BYTES, parseNumber } from "../wire/intake";
import { lastLine } from "../wire/plain";
import { parseExam, WATCHED } from "./examShape";

const PROGRAM = path.join(__dirname, "..", "remote", "examine.py");

interface Ran {
    code: number;
    said: string;
}

/** What remote/examine.py found on a node. */
export interface Exam {
    config: {
        /** "?" if the value is not an address. */
        address: string;
        peerAddress: string;
        serverId: number;
        service: string | null;
        vips?: string[];
        ports?: string[] | null;
        bridge?: object | null;
    } | null;
    status: NodeReport | null;
    /** VRRP packets in a few seconds; null if it was not possible to listen. */
    adverts: { sent: number; arrived: number; delivered: number } | null;
    advertsError?: string;
    tokenCheck: Ran;
    tokenFile: { mode: string; owner: string } | null;
    keepalivedConf: string | null;
    confCheck: Ran;
    keepalivedVersion: string | null;
    /** SHA-256 by path; null for a missing file. */
    digests: Record<string, string | null>;
    failedUnits: string[];
    enabled: Record<string, string>;
    /** Bytes. */
    disks: { path: string; free: number; size: number; filesFree: number; files: number }[];
    nonlocalBind: string;
    /** Sockets that listen at a virtual IP or at all addresses. */
    sockets?: Listening[];
    /** The ports of the service that the agent found. */
    agentPorts?: string[] | null;
}

export interface Listening {
    /** "80/tcp" */
    port: string;
    address: string;
    program: string;
    pid: number;
    uid: number | null;
    cgroup: string;
}

/** A node and what was found on it, or why it could not be examined. */
export interface Examined {
    node: Node;
    exam: Exam | null;
    error: string | null;
    /** How far the node's clock is ahead of ours, s. It includes the travel time of one packet. */
    clockOffset: number | null;
}

/** In the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** The files of this package version for a node with this configuration: path → SHA-256. */
export function expectedDigests(config: Exam["config"]): Record<string, string> {
    const files = commonFiles({ service: config?.service ?? undefined, bridge: (config?.bridge ?? null) !== null });
    return Object.fromEntries(
        files.map((file) => [file.path, createHash("sha256").update(file.content).digest("hex")]),
    );
}

export async function examine(ssh: Ssh, node: Node): Promise<Examined> {
    let clockOffset: number | null = null;
    let exam: Exam | null = null;
    let count = 0;
    const lines = new Lines((line) => {
        if (count++ === 0) {
            const clock = parseNumber(line, 0, LAST_SECOND);
            clockOffset = clock === null ? null : clock - Date.now() / 1000;
        } else {
            exam ??= parseExam(line, node.name);
        }
    }, MOST_BYTES);
    try {
        const paths = commonFiles({ bridge: true, service: WATCHED }).map((file) => file.path);
        const input = fs.readFileSync(PROGRAM, "utf8");
        const program = command("python3", "-", ...paths);
        const { code, stderr } = await ssh.run(serverOf(node), program, { input, seconds: 45, lines });
        const error =
            exam === null ? `${node.name}: the examination failed with exit code ${code}: ${lastLine(stderr)}` : null;
        return { node, exam, error, clockOffset };
    } catch (error) {
        if (error instanceof Unreachable) {
            return { node, exam: null, error: error.message, clockOffset: null };
        }
        throw error;
    }
}
