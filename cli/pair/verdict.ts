import type { Level } from "../problem";
import { when } from "../terminal/when";
import { type NodeReport, type Seen, unready } from "./report";

/** The state of a pair in one sentence. */
export interface Verdict {
    /**
     * 0: it serves and could fail over; 1: it serves, but with a problem; 2: it does not serve, or the state is
     * unknown.
     */
    level: Level;
    text: string;
    /** The reasons, one sentence each. */
    why: string[];
}

/** How long an alias may take to move after a promotion, s. */
const MOVING = 10;

/**
 * Judges a pair by the reports of its nodes.
 *
 * @param now Seconds since the epoch.
 */
export function judge(seen: Seen[], now: number): Verdict {
    const verdict = judgeEach(seen, now);
    const told = seen.flatMap(({ node, report }) =>
        report?.holderByApi ? [{ node, holder: report.holderByApi }] : [],
    );
    if (verdict.level > 0 || told.every(({ holder }) => holder === told[0]?.holder)) {
        return verdict;
    }
    // the API gives both the same answer, so one of them is wrong, or the holder has just changed
    const words = told.map(({ node, holder }) => `${node.name} says ${holder}`).join(", ");
    return { ...verdict, level: 1, text: `the nodes got different holders of the alias from the API: ${words}` };
}

function judgeEach(seen: Seen[], now: number): Verdict {
    const reports = seen.flatMap(({ report }) => (report === null ? [] : [report]));
    const silent = seen.filter(({ report }) => report === null);
    const notes = [...silent.map(({ error }) => error ?? ""), ...reports.flatMap(complaint)];
    const say = (level: Level, text: string): Verdict => ({ level, text, why: notes });
    if (reports.length === 0) {
        return say(2, "neither node answers");
    }
    const masters = reports.filter(({ vrrp }) => vrrp === "MASTER");
    const holder = holderOf(reports);
    if (masters.length > 1) {
        return say(
            2,
            `both nodes are MASTER, so they do not receive each other's adverts; the cloud sends to ${holder ?? "?"}`,
        );
    }
    const [master] = masters;
    if (master === undefined) {
        const maybe = silent.map(({ node }) => node.name).join("");
        return say(
            2,
            maybe === ""
                ? "no node is MASTER, so the virtual IP is not served"
                : `${maybe} does not answer, and ${reports[0]?.node} is not MASTER: it is unknown whether the virtual IP is served`,
        );
    }
    const carried = master.carriedBy != null && master.carriedBy === holder;
    if (holder !== null && holder !== master.node && !carried) {
        const moving = master.since !== null && now - master.since < MOVING;
        return moving
            ? say(1, `${master.node} has just become MASTER and is moving the alias from ${holder}`)
            : say(2, `${master.node} is MASTER, but the cloud sends to ${holder}`);
    }
    if (silent.length > 0) {
        return say(1, `${master.node} serves, but no node could take over: ${silent[0]?.node.name} does not answer`);
    }
    const backup = reports.find((report) => report !== master)!;
    if (holder === null) {
        return say(1, `${master.node} is MASTER, but the API did not say which node has the alias`);
    }
    if (unready(backup) !== null) {
        return say(1, `${master.node} serves, but ${backup.node} could not take over`);
    }
    return unready(master) !== null
        ? say(1, `${master.node} serves, but has a problem`)
        : say(0, `${master.node} is ${role(master, carried)}, ${backup.node} is ready to take over`);
}

function role({ carriedBy, followsAt }: NodeReport, carried: boolean): string {
    if (!carried) {
        return "MASTER and holder";
    }
    const follows = followsAt == null ? "when that node dies" : `at ${when(followsAt * 1000)}`;
    return `MASTER, ${carriedBy} forwards packets to it, and the alias moves ${follows}`;
}

/** The holder of the alias: by the API, which gives both the same answer, else by each node's own metadata. */
export function holderOf(reports: NodeReport[]): string | null {
    const byApi = reports.find(({ holderByApi }) => holderByApi !== null)?.holderByApi;
    return byApi ?? reports.find(({ node, holderByMetadata }) => node === holderByMetadata)?.node ?? null;
}

function complaint(report: NodeReport): string[] {
    const { node, verdict, exit } = report;
    return exit > 0 ? [`${node}: ${verdict}`] : [unready(report) ?? []].flat().map((reason) => `${node}: ${reason}`);
}

/** The serving node, if there is exactly one. */
export function masterOf(seen: Seen[]): Seen | undefined {
    const masters = seen.filter(({ report }) => report?.vrrp === "MASTER");
    return masters.length === 1 ? masters[0] : undefined;
}
