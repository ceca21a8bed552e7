import * as fs from "fs";
import { goneBack, promotionsOf } from "../client/history";
import { askFrom, checkClient, checkUrl, RATE } from "../client/remoteClient";
import { defineCommand } from "../command";
import type { Context } from "../context";
import { chooseFaults, FAULT_LIST, type DrillFault } from "../drill/drillFaults";
import { rehearseAll, type Rehearsed } from "../drill/rehearse";
import { cellsOf, complaint, HEADINGS, html } from "../drill/report";
import { runsOf } from "../drill/timeline";
import { readJournals, type JournalLine } from "../pair/journal";
import type { Node } from "../pair/findPair";
import { agreed, serverOf, type Seen } from "../pair/report";
import { sh } from "../pair/shell";
import type { Ssh } from "../pair/ssh";
import { untilGood } from "../pair/waiting";
import { EXIT, Problem } from "../problem";
import { confirm } from "../terminal/confirm";
import { ruledTable, table } from "../terminal/table";
import { parseJson } from "../wire/intake";
import { nullable, object, optional, word } from "../wire/shape";
import { isUnit } from "../wire/words";

/** How long a pair may take to be healthy before the drill is refused, s. */
const GOOD_WITHIN = 15;

export const drill = defineCommand({
    name: "drill",
    about: "causes faults on the live pair, measures the outages at a client, and writes a report",
    usage: "--client root@ADDRESS [FAULT...]",
    options: {
        client: {
            type: "string",
            value: "TARGET",
            about: "the server that sends requests to the virtual IP, as for ssh; it needs python3",
        },
        url: {
            type: "string",
            value: "URL",
            about: "the URL of the requests: http, https or tcp; default: http://VIRTUAL-IP/",
        },
        report: {
            type: "string",
            value: "FILE",
            about: "the report, HTML; default: failover-drill-PAIR.html in the current folder",
        },
        yes: { type: "boolean", about: "do not ask for confirmation" },
    },
    more: `faults, each on the serving node, in the order of the command line:\n${table(FAULT_LIST)}`,
    takesWords: true,
    prepare: ({ client, url, report, yes }, names) => {
        chooseFaults(names, "any.service");
        if (client === undefined) {
            throw new Problem(
                "--client is missing: give a server that can reach the virtual IP, such as root@198.51.100.7",
            );
        }
        const asked = { client: checkClient(client), url: url === undefined ? undefined : checkUrl(url) };
        return async (context) => {
            const seen = await untilGood(context.ssh, context.nodes, GOOD_WITHIN);
            const faults = chooseFaults(names, await serviceOf(context));
            if (!yes) {
                await confirm(question(seen, faults));
            }
            return drillWith(context, seen, faults, asked.client, asked.url, report);
        };
    },
});

/**
 * The unit that both nodes watch. They must agree, so that one node cannot choose a unit for the other. @throws Problem
 */
async function serviceOf({ ssh, nodes }: Context): Promise<string | null> {
    const services = await Promise.all(nodes.map((node) => readService(ssh, node)));
    if (services[0] !== services[1]) {
        const words = nodes.map(({ name }, index) => `${name} watches ${services[index] ?? "no service"}`);
        throw new Problem(`the nodes watch different services: ${words.join(", ")}; run pulumi up first`);
    }
    return services[0] ?? null;
}

const CONFIG = object({ service: optional(nullable(word(isUnit, ""))) }, null);

async function readService(ssh: Ssh, node: Node): Promise<string | null> {
    const { stdout } = await ssh.run(serverOf(node), sh`cat /etc/failover-pair/config.json`);
    const config = parseJson(stdout, CONFIG)?.value ?? null;
    if (config === null || config.service === "") {
        const what = config === null ? "is not a JSON object" : "names a service that is not a systemd unit";
        throw new Problem(`${node.name}: /etc/failover-pair/config.json ${what}: run failover doctor`);
    }
    return config.service ?? null;
}

function question(seen: Seen[], faults: DrillFault[]): string {
    const { pair, vips } = agreed(seen);
    const list = faults.map(({ name, about }) => `  ${name}: ${about}`).join("\n");
    return `The pair ${pair}, which serves ${vips.join(", ")}, will fail ${faults.length} times, for some seconds each:\n${list}`;
}

async function drillWith(
    context: Context,
    seen: Seen[],
    faults: DrillFault[],
    target: string,
    wanted: string | undefined,
    file: string | undefined,
): Promise<number> {
    const { ssh, nodes, json, print, say } = context;
    const { pair, vips } = agreed(seen);
    const url = wanted ?? `http://${vips[0]}/`;
    const names = nodes.map(({ name }) => name);
    const startedAt = Date.now();
    const client = askFrom(ssh, target, url, names);
    const { rows: played, stopped } = await rehearseAll(context, client, faults).finally(() => client.stop());
    if (stopped !== null) {
        say(stopped);
    }
    const { lines: journal } = await readJournals(ssh, nodes, startedAt);
    const rows = judged(played, journal);
    const report = file ?? `failover-drill-${pair}.html`;
    const about = { pair, virtualIps: vips, nodes: names, client: target, url, perSecond: RATE, startedAt };
    fs.writeFileSync(report, html({ ...about, rows, journal }));
    const plain = rows.map(({ samples, ...row }) => ({ ...row, runs: runsOf(samples) }));
    print(json ? JSON.stringify({ ...about, report, stopped, rows: plain }, undefined, 4) : terminal(rows, report));
    const passed = rows.length === faults.length && rows.every(({ problem }) => problem === null);
    return passed ? EXIT.good : EXIT.warning;
}

/** A fault is not survived either if a node answers again after one that was promoted later. */
function judged(rows: Rehearsed[], journal: JournalLine[]): Rehearsed[] {
    const promotions = promotionsOf(journal);
    return rows.map((row) => ({ ...row, problem: row.problem ?? goneBack(row.samples, promotions)[0] ?? null }));
}

function terminal(rows: Rehearsed[], report: string): string {
    const complaints = rows.filter(({ problem }) => problem !== null).map(complaint);
    return [ruledTable([HEADINGS, ...rows.map(cellsOf)], [4, 5]), "", ...complaints, `report: ${report}`].join("\n");
}
