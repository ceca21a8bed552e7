import type { Client } from "../client/client";
import { measureOutage, type Outage, outageText } from "../client/outage";
import { askFrom, checkClient, checkUrl, RATE } from "../client/remoteClient";
import { defineCommand } from "../command";
import type { Context } from "../context";
import { handOver } from "../pair/handOver";
import { Mending } from "../pair/mending";
import type { Node } from "../pair/findPair";
import { agreed, lookAtBoth, type NodeReport, serverOf } from "../pair/report";
import { sh, word } from "../pair/shell";
import { untilGood, untilHolder, untilMaster } from "../pair/waiting";
import { EXIT, Failed, Problem } from "../problem";
import { span, when } from "../terminal/when";
import { lastLine } from "../wire/plain";

/** In seconds. The move takes about 2 s, unless the API has a problem. */
const MOVED_WITHIN = 120;

export interface Switched {
    from: string;
    to: string;
    /**
     * From the new holder's agent: seconds from its promotion until it had the alias; null if it had the alias before.
     */
    claim: NodeReport["lastClaim"];
    promotedAt: number | null;
    /** The outage at the client; null without a client. */
    outage: (Outage & { asked: number }) | null;
}

export const switchover = defineCommand({
    name: "switchover",
    about: "moves the virtual IP to the other node: drains this node, waits for the alias, undrains",
    usage: "[--client root@ADDRESS] [--dry-run]",
    options: {
        client: {
            type: "string",
            value: "TARGET",
            about: "a server that measures the outage, as for ssh; it needs python3",
        },
        url: {
            type: "string",
            value: "URL",
            about: "the URL of its requests: http, https or tcp; default: http://VIRTUAL-IP/",
        },
        "dry-run": { type: "boolean", about: "only print what would be done, or why it would be refused" },
    },
    prepare: ({ client, url, "dry-run": dryRun = false }) => {
        const asking = client === undefined ? undefined : checkClient(client);
        const asked = url === undefined ? undefined : checkUrl(url);
        if (asked !== undefined && asking === undefined) {
            throw new Problem("--url needs --client: it is the URL that the client requests");
        }
        return (context) => switchWith(context, dryRun, asking, asked);
    },
});

async function switchWith(context: Context, dryRun: boolean, client?: string, url?: string): Promise<number> {
    const { ssh, nodes, json, print, style } = context;
    const seen = await lookAtBoth(ssh, nodes);
    const plan = handOver(seen);
    if (plan.refusal !== null) {
        const { refusal } = plan;
        const lines = [
            `${style.critical("REFUSED")}: nothing was changed`,
            ...refusal.map((reason) => `  - ${reason}`),
        ];
        print(json ? JSON.stringify({ refused: refusal }) : lines.join("\n"));
        return EXIT.warning;
    }
    const { from, to } = plan;
    const { vips } = agreed(seen);
    if (dryRun) {
        const what = `${from.name} would be drained, ${to.name} would take over ${vips.join(", ")}, and ${from.name} would be undrained`;
        print(json ? JSON.stringify({ dryRun: true, from: from.name, to: to.name }) : what);
        return EXIT.good;
    }
    const done = await hand(
        context,
        from,
        to,
        client && askFrom(ssh, client, url ?? `http://${vips[0]}/`, names(nodes)),
    );
    print(json ? JSON.stringify(done, undefined, 4) : describe(done, context));
    return EXIT.good;
}

/** @throws Error. The node is undrained before. */
async function hand(
    { ssh, nodes, say }: Context,
    from: Node,
    to: Node,
    client: Client | undefined | "",
): Promise<Switched> {
    const mending = new Mending(ssh, say);
    try {
        return await mending.during(async () => {
            if (client) {
                await client.steady("the client to get answers", 30_000, RATE);
            }
            const mark = client ? client.samples.length : 0;
            say(`draining ${from.name} …`);
            const drained = await mending.break(from, sh`alias-switch drain`, sh`alias-switch undrain`);
            if (drained.code !== 0) {
                throw new Failed(`${from.name} could not be drained: ${lastLine(drained.stderr)}`);
            }
            say(`${from.name} is drained; waiting for ${to.name} to be MASTER …`);
            await untilMaster(ssh, to, MOVED_WITHIN);
            if (client) {
                await client.steady("the client to get answers", MOVED_WITHIN * 1000, RATE, to.name);
            }
            say(`${to.name} serves; waiting for it to have the alias …`);
            // at once, not after the grace period: the operator wants the move
            const claim = sh`alias-switch claim --timeout ${word(String(MOVED_WITHIN))}`;
            await ssh.run(serverOf(to), claim, { seconds: MOVED_WITHIN + 10 });
            const report = await untilHolder(ssh, to, MOVED_WITHIN);
            if (client) {
                await client.steady("the client to get answers again", 30_000, RATE);
            }
            await mending.mendAll();
            say(`${from.name} is undrained; waiting for it to be ready …`);
            await untilGood(ssh, nodes, MOVED_WITHIN);
            const samples = client ? client.samples.slice(mark) : [];
            const claimed = report.lastClaim !== null && report.lastClaim.at >= (report.since ?? 0);
            return {
                from: from.name,
                to: to.name,
                claim: claimed ? report.lastClaim : null,
                promotedAt: report.since,
                outage: client ? { ...measureOutage(samples), asked: samples.length } : null,
            };
        });
    } finally {
        await (client || undefined)?.stop();
    }
}

function describe({ from, to, claim, promotedAt, outage }: Switched, { style }: Context): string {
    const lines = [`${style.good("OK")}: ${to} serves, and ${from} is ready to take over`];
    if (promotedAt !== null) {
        lines.push(`  ${to} became MASTER at ${when(promotedAt * 1000, true)}`);
    }
    if (claim !== null) {
        const steps = Object.entries(claim.steps).map(([name, seconds]) => `${name} ${span(seconds)}`);
        lines.push(`  its agent had the alias ${span(claim.seconds)} later: ${steps.join(", ")}`);
    }
    if (outage !== null) {
        lines.push(`  outage at the client: ${outageText(outage)}, ${outage.lost} of ${outage.asked} answers lost`);
    }
    return lines.join("\n");
}

const names = (nodes: Node[]) => nodes.map(({ name }) => name);
