import type { Level } from "../problem";
import type { Seen } from "../pair/report";
import { OTHER_KEY, REJOIN } from "../pair/ssh";
import { judge } from "../pair/verdict";
import type { Exam, Examined } from "./exam";
import { critical, type Finding, good, type Patient } from "./finding";
import { adverts, clocks, nics } from "./network";
import { disks, settings, tokens, units } from "./node";
import { ports } from "./sockets";
import { configurations, files, versions } from "./software";

/**
 * All findings about a pair, good ones too, in the order in which they are best fixed.
 *
 * @param expected The files of this package version for a node with this configuration, path → SHA-256.
 * @param now Seconds since the epoch.
 */
export function diagnose(
    examined: Examined[],
    expected: (config: Exam["config"]) => Record<string, string>,
    now: number,
): Finding[] {
    const patients = examined.flatMap(({ node, exam, clockOffset }): Patient[] =>
        exam === null ? [] : [{ node, exam, clockOffset }],
    );
    return [
        ...examined.flatMap(reached),
        ...(patients.length === 0 ? [] : state(examined, now)),
        ...clocks(patients),
        ...nics(patients),
        ...(patients.length === 0 ? [] : adverts(patients)),
        ...tokens(patients),
        ...(patients.length === 0
            ? []
            : [...files(patients, expected), ...configurations(patients), ...versions(patients)]),
        ...(patients.length === 0
            ? []
            : [...units(patients), ...disks(patients), ...settings(patients), ...ports(patients)]),
    ];
}

export function worst(findings: Finding[]): Level {
    return Math.max(0, ...findings.map(({ level }) => level)) as Level;
}

function reached({ node, exam, error }: Examined): Finding[] {
    if (exam !== null) {
        return [];
    }
    const { name, publicIpv4, serverId } = node;
    if (error?.includes(OTHER_KEY)) {
        const text = `${name} has another SSH host key: the server was rebuilt and is not set up, or another machine answers`;
        return [critical("ssh", text, `if it was rebuilt: ${REJOIN}`)];
    }
    const server = serverId ?? name;
    const way = `is the server off (hcloud server describe ${server} -o format={{.Status}})? Then: hcloud server poweron ${server}. Does its firewall let SSH in from here (sshSources)? ssh -v root@${publicIpv4}`;
    return [critical("ssh", error ?? `${node.name} does not answer`, way)];
}

function state(examined: Examined[], now: number): Finding[] {
    const seen = examined.map(({ node, exam, error }): Seen => {
        const report = exam?.status ?? null;
        return { node, report, error: report === null ? (error ?? `${node.name}: alias-switch status fails`) : null };
    });
    const { level, text, why } = judge(seen, now);
    if (level === 0) {
        return [good("state", text)];
    }
    const reasons = why.length === 0 ? "" : ` (${why.join("; ")})`;
    return [
        {
            check: "state",
            level,
            text: text + reasons,
            way: "a finding below may be the cause; if not: failover logs --since 10m",
        },
    ];
}
