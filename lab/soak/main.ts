/**
 * `npm run soak`: random troubles on a pair of the dev stack, and what has to hold all along.
 * -- --seed N --minutes M (default: a new seed, 10); --json FILE writes the figures; --attach NAME takes a pair that runs already.
 */
import * as fs from "fs";
import { parseArgs } from "util";
import { attachCloud, requireMachine, type Cloud } from "../cloud";
import { Client } from "../stack/client";
import { helpIfAsked } from "../stack/help";
import { NODES, Pair, VIP } from "../stack/pair";
import { startStack } from "../stack/startStack";
import { sentence, summary } from "./report";
import { describeStep } from "./schedule";
import { Soak, SoakFailure } from "./soak";

const USAGE = `Random faults on a pair, and a check all along that only a MASTER assigns and that the address converges. Needs Linux and root.

  npm run soak -- [--seed N] [--minutes M] [--json FILE] [--attach NAME]

  --seed N       the same faults again; default: another one each time
  --minutes M    default: 10
  --json FILE    writes the figures
  --attach NAME  takes the pair of a local cloud that runs already; default: makes one and removes it`;

const NAME = "soak";
const started = Date.now();

function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

function positive(option: string, text: string): number {
    const value = Number(text);
    if (!(value > 0)) {
        throw new Error(`--${option}: "${text}" is no number above 0`);
    }
    return value;
}

async function ownPair(): Promise<Cloud> {
    requireMachine(NAME);
    say("a pair of its own: pulumi up on the stack dev");
    // what is watched is that the alias is soon where it has to be; while the other node carries, it would wait on purpose
    const settings = { aliasFollows: "immediately" };
    return (await startStack({ cloud: { name: NAME, log: say }, settings })).cloud;
}

/** What the nodes have to say about a failure, before they are gone. */
async function tellJournals(cloud: Cloud): Promise<void> {
    const journal = "journalctl -u alias-switch -u keepalived -o short-precise --no-hostname --since=-60s";
    for (const node of NODES) {
        const lines = await new Pair(cloud).run(node, journal).catch((error: Error) => error.message);
        console.error(`\n${node}, the last minute:\n${lines}`);
    }
}

async function main(): Promise<void> {
    helpIfAsked(USAGE);
    const { values } = parseArgs({
        options: {
            seed: { type: "string", default: String(Math.floor(Math.random() * 1e6) + 1) },
            minutes: { type: "string", default: "10" },
            json: { type: "string" },
            attach: { type: "string" },
        },
    });
    const [seed, minutes] = [positive("seed", values.seed), positive("minutes", values.minutes)];
    const cloud = values.attach === undefined ? await ownPair() : await attachCloud(values.attach);
    const client = new Client(await cloud.netnsOf("client"), `http://${VIP}/`);
    const done = async () => {
        await client.stop();
        await (values.attach === undefined ? cloud.down() : cloud.control.close());
    };
    process.on("SIGINT", () => void done().finally(() => process.exit(130)));
    const soak = new Soak(cloud, client, say);
    let problem: string | null = null;
    try {
        say(`seed ${seed}, ${minutes} minutes`);
        await soak.run(seed, minutes);
        say(sentence(soak.reports));
    } catch (error) {
        if (!(error instanceof SoakFailure)) {
            throw error;
        }
        problem = error.message;
        const steps = soak.reports.map(({ step }) => describeStep(step)).join("\n  ");
        const attach = values.attach === undefined ? "" : ` --attach ${values.attach}`;
        console.error(`\nseed ${seed} failed at ${problem}\nthe steps that ended before it, or with it:\n  ${steps}`);
        console.error(`again: npm run soak -- --seed ${seed} --minutes ${minutes}${attach}`);
        process.exitCode = 1;
        await tellJournals(cloud);
    } finally {
        if (values.json !== undefined) {
            const figures = { seed, minutes, problem, ...summary(soak.reports), reports: soak.reports };
            fs.writeFileSync(values.json, JSON.stringify(figures, null, 4) + "\n");
        }
        await done();
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
