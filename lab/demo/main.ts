/**
 * `npm run demo`: the note's set-up on a local cloud, created by the real engine, and the outage of four faults at a
 * client.
 */
import * as fs from "fs";
import { requireMachine, startCloud, type Cloud } from "../cloud";
import { type Engine, provideEngine } from "../engine/engine";
import { Client } from "../stack/client";
import { untilHealthy } from "../stack/healthy";
import { DEMO_FAULTS } from "./demoFaults";
import { NODES, VIP } from "../stack/pair";
import { say, start, tidied } from "../stack/program";
import { prepareDeployment, type Deployment } from "../stack/workspace";
import { faultTable, type FaultRow } from "./table";
import { howToLookInside } from "./keep";

async function up(deployment: Deployment): Promise<number> {
    say("pulumi up on the stack dev");
    const from = Date.now();
    const result = await deployment.stack.up({
        onOutput: (chunk) => {
            // the changes in the CLI's words; the engine's events cannot leave its namespace
            chunk
                .split("\n")
                .filter((line) => /(created|failed)( \(|$)/.test(line.trimEnd()))
                .forEach((line) => say(line.trimEnd()));
        },
    });
    const seconds = Math.round((Date.now() - from) / 100) / 10;
    say(`pulumi up: ${seconds} s, ${JSON.stringify(result.summary.resourceChanges)}`);
    return seconds;
}

async function publicAddresses(deployment: Deployment): Promise<string[]> {
    const nodes = (await deployment.stack.outputs()).ip4Map.value as Record<string, string>;
    return Object.values(nodes);
}

async function rehearse(cloud: Cloud, client: Client): Promise<FaultRow[]> {
    const rows: FaultRow[] = [];
    for (const fault of DEMO_FAULTS) {
        await untilHealthy(cloud, NODES);
        const node = await client.steady(`${VIP} to answer`, 60_000);
        say(`${fault.name} on ${node}, which has ${VIP} …`);
        const outage = await client.during(() => fault.strike(cloud, node), { mustMove: true });
        say(`  ${outage.after} answers after ${outage.outageMs} ms`);
        // if the holder still forwards packets, the alias would move only later
        const claim = () => cloud.exec(outage.after!, ["alias-switch", "claim"]);
        const { outageMs: followMs } = await client.during(claim, { mustMove: false });
        rows.push({ name: fault.name, outageMs: outage.outageMs, followMs, before: node, after: outage.after });
        await fault.mend(cloud, node);
    }
    await untilHealthy(cloud, NODES);
    return rows;
}

async function demo(cloud: Cloud, engine: Engine, json: string | undefined, keep: boolean): Promise<void> {
    const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
    const seconds = await up(deployment);
    const client = new Client(await cloud.netnsOf("client"), VIP);
    try {
        const faults = await rehearse(cloud, client);
        console.log("\n" + faultTable(faults) + "\n");
        if (json !== undefined) {
            fs.writeFileSync(json, JSON.stringify({ up: { seconds }, faults }, null, 4) + "\n");
        }
    } finally {
        await client.stop();
    }
    if (keep) {
        console.log(howToLookInside(cloud, deployment, await publicAddresses(deployment)));
    }
}

start({
    name: "npm run demo",
    about: "Creates the pair on a local cloud with the real engine, and measures the outage of four faults at a client. Needs Linux and root.",
    options: {
        keep: { type: "boolean", about: "leaves everything running, and prints how to look inside and how to stop it" },
        json: { type: "string", value: "FILE", about: "writes the figures" },
        name: {
            type: "string",
            default: "demo",
            value: "N",
            about: "of the local cloud; default: demo. Several with different names can run side by side",
        },
    },
    run: async ({ name, json, keep = false }) => {
        requireMachine(name);
        const engine = await provideEngine({ log: say });
        const cloud = await startCloud({ name, log: say });
        let kept = false;
        const work = async () => {
            await demo(cloud, engine, json, keep);
            kept = keep;
        };
        await tidied(work, async () => {
            if (!kept) {
                say("removing everything");
                await cloud.down();
            }
        });
    },
});
