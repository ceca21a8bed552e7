import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { commonFiles } from "../../components/nodeFiles";
import { quoted } from "../pair/quoted";
import type { Node } from "../pair/findPair";
import { type NodeReport, serverOf } from "../pair/report";
import { type Ssh, Unreachable } from "../pair/ssh";

const PROGRAM = path.join(__dirname, "..", "remote", "examine.py");

interface Ran {
    code: number;
    said: string;
}

/** What remote/examine.py has found on a node. */
export interface Exam {
    config: {
        address: string;
        peerAddress: string;
        serverId: number;
        service: string | null;
        bridge?: object | null;
    } | null;
    status: NodeReport | null;
    /** Packets of VRRP in a few seconds; null if nobody could listen. */
    adverts: { sent: number; arrived: number; delivered: number } | null;
    advertsError?: string;
    tokenCheck: Ran;
    tokenFile: { mode: string; owner: string } | null;
    keepalivedConf: string | null;
    confCheck: Ran;
    keepalivedVersion: string | null;
    /** SHA-256 by path; null for what is not there. */
    digests: Record<string, string | null>;
    failedUnits: string[];
    enabled: Record<string, string>;
    /** Bytes. */
    disks: { path: string; free: number; size: number; filesFree: number; files: number }[];
    nonlocalBind: string;
}

/** A node and what was found on it, or why nothing was. */
export interface Examined {
    node: Node;
    exam: Exam | null;
    error: string | null;
    /** Seconds that the node's clock is ahead of ours; the way of one packet is in it. */
    clockOffset: number | null;
}

/** Stands for the name of the watched service. */
const WATCHED = "@SERVICE@";

/** What this version of the package puts on a node with this configuration: path → SHA-256. */
export function expectedDigests(config: Exam["config"]): Record<string, string> {
    const files = commonFiles({ service: config?.service ?? undefined, bridge: (config?.bridge ?? null) !== null });
    return Object.fromEntries(
        files.map((file) => [file.path, createHash("sha256").update(file.content).digest("hex")]),
    );
}

export async function examine(ssh: Ssh, node: Node): Promise<Examined> {
    let clockOffset: number | null = null;
    const onOutput = (chunk: string) => {
        clockOffset ??= Number.parseFloat(chunk) - Date.now() / 1000;
    };
    try {
        // the watched service is not known before the node has told it
        const paths = commonFiles({ bridge: true, service: WATCHED }).map((file) => file.path);
        const service = `$(python3 -c 'import json; print(json.load(open("/etc/failover-pair/config.json")).get("service") or "none")' 2>/dev/null)`;
        const words = paths.map((path) =>
            path.includes(WATCHED) ? `"${path.replace(WATCHED, service)}"` : quoted(path),
        );
        const input = fs.readFileSync(PROGRAM, "utf8");
        const answer = await ssh.run(serverOf(node), `python3 - ${words.join(" ")}`, { input, seconds: 45, onOutput });
        const exam = parse(answer.stdout);
        const error =
            exam === null
                ? `the examination ended with ${answer.code}: ${answer.stderr.trim().split("\n").at(-1)}`
                : null;
        return { node, exam, error, clockOffset };
    } catch (error) {
        if (error instanceof Unreachable) {
            return { node, exam: null, error: error.message, clockOffset: null };
        }
        throw error;
    }
}

function parse(stdout: string): Exam | null {
    try {
        return JSON.parse(stdout.slice(stdout.indexOf("\n") + 1)) as Exam;
    } catch {
        return null;
    }
}
