/** `npm run soak`: random faults on a pair of the dev stack, with a check of the invariants. */
import * as fs from "fs";
import { attachCloud, requireMachine, type Cloud } from "../cloud";
import { Client } from "../stack/client";
import { NODES, Pair, VIP } from "../stack/pair";
import { say, start, tidied } from "../stack/program";
import { startStack } from "../stack/startStack";
import { sentence, summary } from "./report";
import { describeStep } from "./schedule";
import { Soak, SoakFailure } from "./soak";

const NAME = "soak";

function positive(option: string, text: string): number {
    const value = Number(text);
    if (!(value > 0)) {
        throw new Error(`--${option}: "${text}" is not a number above 0`);
    }
    return value;
}

async function ownPair(): Promise<Cloud> {
    requireMachine(NAME);
    say("creating a pair: pulumi up on the stack dev");
    // the soak checks that the alias moves soon; with a bridge it would wait
    const settings = { aliasFollows: "immediately" };
    return (await startStack({ cloud: { name: NAME, log: say }, settings })).cloud;
}

/** Prints the nodes' journals of a failure, before the nodes are removed. */
async function tellJournals(cloud: Cloud): Promise<void> {
    const journal = "journalctl -u alias-switch -u keepalived -o short-precise --no-hostname --since=-60s";
    for (const node of NODES) {
        const lines = await new Pair(cloud).run(node, journal).catch((error: Error) => error.message);
        console.error(`\n${node}, the last minute:\n${lines}`);
    }
}

/** @returns what did not hold; null if all did. */
async function soakWith(soak: Soak, seed: number, minutes: number): Promise<string | null> {
    try {
        say(`seed ${seed}, ${minutes} minutes`);
        await soak.run(seed, minutes);
        say(sentence(soak.reports));
        return null;
    } catch (error) {
        if (!(error instanceof SoakFailure)) {
            throw error;
        }
        return error.message;
    }
}

async function tellFailure(soak: Soak, cloud: Cloud, problem: string, again: string): Promise<void> {
    const steps = soak.reports.map(({ step }) => describeStep(step)).join("\n  ");
    console.error(`\n${problem}\nthe steps so far:\n  ${steps}`);
    console.error(`to repeat it: ${again}`);
    await tellJournals(cloud);
}

start({
    name: "npm run soak",
    about: "Causes random faults on a pair, and checks that only a MASTER assigns and that the address converges. Needs Linux and root.",
    options: {
        seed: { type: "string", value: "N", about: "repeats the faults of this seed; default: a new seed" },
        minutes: { type: "string", default: "10", value: "M", about: "default: 10" },
        json: { type: "string", value: "FILE", about: "writes the figures" },
        attach: {
            type: "string",
            value: "NAME",
            about: "uses the pair of a running local cloud; default: creates a pair and removes it",
        },
    },
    run: async ({ json, attach, ...values }) => {
        const seed = positive("seed", values.seed ?? String(Math.floor(Math.random() * 1e6) + 1));
        const minutes = positive("minutes", values.minutes);
        const cloud = attach === undefined ? await ownPair() : await attachCloud(attach);
        const client = new Client(await cloud.netnsOf("client"), VIP);
        const soak = new Soak(cloud, client, say);
        const work = async () => {
            const problem = await soakWith(soak, seed, minutes);
            if (json !== undefined) {
                const figures = { seed, minutes, problem, ...summary(soak.reports), reports: soak.reports };
                fs.writeFileSync(json, JSON.stringify(figures, null, 4) + "\n");
            }
            if (problem !== null) {
                const again = `npm run soak -- --seed ${seed} --minutes ${minutes}`;
                const words = attach === undefined ? again : `${again} --attach ${attach}`;
                await tellFailure(soak, cloud, `seed ${seed} failed at ${problem}`, words);
            }
            return problem === null ? 0 : 1;
        };
        return tidied(work, async () => {
            await client.stop();
            await (attach === undefined ? cloud.down() : cloud.control.close());
        });
    },
});
