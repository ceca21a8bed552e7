/** Checks of the files and versions on the nodes. */
import { createHash } from "crypto";
import type { Exam } from "./exam";
import { lastLine, plain } from "../wire/plain";
import { critical, type Finding, good, orGood, type Patient, warning } from "./finding";

/** @param expected The files of this package version for a node with this configuration, path → SHA-256. */
export function files(patients: Patient[], expected: (config: Exam["config"]) => Record<string, string>): Finding[] {
    const differing = patients.map(({ node, exam }) => {
        const wanted = Object.entries(expected(exam.config));
        return {
            name: node.name,
            paths: wanted.filter(([path, sum]) => exam.digests[path] !== sum).map(([path]) => path),
        };
    });
    const [a, b] = differing;
    const [patient] = patients;
    if (a === undefined || patient === undefined) {
        return [];
    }
    const count = Object.keys(expected(patient.exam.config)).length;
    if (differing.every(({ paths }) => paths.length === 0)) {
        return [good("files", `${count} files of the package are correct`)];
    }
    if (
        b !== undefined &&
        a.paths.join() === b.paths.join() &&
        patients.every(({ exam }) => sums(exam) === sums(patient.exam))
    ) {
        const text = `both nodes have other versions of ${a.paths.join(", ")} than this package`;
        return [
            warning(
                "files",
                text,
                "run pulumi up with this version, or use the version of failover-pair that created the stack",
            ),
        ];
    }
    return differing
        .filter(({ paths }) => paths.length > 0)
        .map(({ name, paths }) =>
            warning("files", `${name}: changed or missing: ${paths.join(", ")}`, rewrite(name, "agent")),
        );
}

const sums = (exam: Exam) => createHash("sha256").update(JSON.stringify(exam.digests)).digest("hex");

export function configurations(patients: Patient[]): Finding[] {
    const found = patients.flatMap(({ node, exam }): Finding[] => {
        if (exam.config === null || exam.keepalivedConf === null) {
            const file = exam.config === null ? "/etc/failover-pair/config.json" : "/etc/keepalived/keepalived.conf";
            const step = exam.config === null ? "agent" : "keepalived";
            return [critical("config", `${node.name}: ${file} is missing or not readable`, rewrite(node.name, step))];
        }
        if (exam.confCheck.code !== 0) {
            const text = `${node.name}: keepalived refuses its configuration: ${lastLine(exam.confCheck.said)}`;
            return [critical("config", text, rewrite(node.name, "keepalived"))];
        }
        const { address, serverId } = exam.config;
        if (address !== node.privateIp || (node.serverId !== undefined && serverId !== node.serverId)) {
            const text = `${node.name}: its agent is configured for ${address}, server ${serverId}, but the stack has ${node.privateIp}, server ${node.serverId}`;
            return [critical("config", text, "pulumi refresh, then pulumi up")];
        }
        return [];
    });
    if (found.length === 0 && patients.length === 2) {
        const [a = [], b = []] = patients.map(({ exam }) => mirrored(exam));
        const line = firstDifference(a, b);
        if (line !== null) {
            const names = patients.map(({ node }) => node.name).join(" and ");
            const way = `to restore the file that was changed by hand: ${rewrite("NODE", "keepalived")}`;
            return [warning("config", `the keepalived.conf files of ${names} do not match: ${line}`, way)];
        }
    }
    return orGood(found, "config", "keepalived accepts both files, and they match");
}

/** keepalived.conf without the parts that must differ between the nodes. */
export function mirrored(exam: Exam): string[] {
    const { address, peerAddress } = exam.config!;
    return exam
        .keepalivedConf!.split("\n")
        .filter((line) => !/^\s*(router_id|priority|interface) /.test(line))
        .map((line) => line.replace(/ dev \S+/, " dev NIC").trimEnd())
        .map((line) =>
            words(line)
                .map((word) => (word === address ? "SELF" : word === peerAddress ? "PEER" : word))
                .join(""),
        );
}

const words = (line: string) => line.split(/(?<=\s)|(?=\s)/);

function firstDifference(a: string[], b: string[]): string | null {
    const at = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index).find((i) => a[i] !== b[i]);
    return at === undefined ? null : [a, b].map((lines) => `"${plain((lines[at] ?? "").trim(), 120)}"`).join(" and ");
}

export function versions(patients: Patient[]): Finding[] {
    const known = patients.map(({ node, exam }) => ({ name: node.name, version: exam.keepalivedVersion ?? "none" }));
    const text = known.map(({ name, version }) => `${name} ${version}`).join(", ");
    if (new Set(known.map(({ version }) => version)).size > 1) {
        const way =
            "run apt-get install --only-upgrade keepalived on the backup, do a switchover, then run it on the other node";
        return [warning("versions", `keepalived: ${text}`, way)];
    }
    return [good("versions", `keepalived: ${text}`)];
}

/** The command that repeats a step of the set-up although its input did not change. */
export function rewrite(node: string, step: string): string {
    return `pulumi up --target-replace '**::${node}-${step}'`;
}
