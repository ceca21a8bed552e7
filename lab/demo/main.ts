/**
 * `npm run demo`: the note's set-up on a local cloud, made by the real engine, and what four faults cost a client.
 * -- --json FILE writes the figures; -- --keep leaves everything running and says how to look inside.
 */
import * as fs from "fs";
import { parseArgs } from "util";
import { requireMachine, startCloud, type Cloud } from "../cloud";
import { provideEngine } from "../engine/engine";
import { Client } from "../stack/client";
import { helpIfAsked } from "../stack/help";
import { FAULTS, untilHealthy } from "../stack/faults";
import { prepareDeployment, type Deployment } from "../stack/workspace";
import { faultTable, type FaultRow } from "./table";
import { howToLookInside } from "./keep";

const USAGE = `The pair on a local cloud, made by the real engine, and what four faults cost a client. Needs Linux and root.

  npm run demo -- [--keep] [--json FILE] [--name N]

  --keep       leaves everything running, and says how to look inside and how to stop it
  --json FILE  writes the figures
  --name N     of the local cloud; default: demo. Several with different names can run side by side`;

const VIP = "10.0.1.1";
const NODES = ["nginx0", "nginx1"];
const started = Date.now();

function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

async function up(deployment: Deployment): Promise<number> {
    say("pulumi up on the stack dev");
    const from = Date.now();
    const result = await deployment.stack.up({
        onOutput: (chunk) => {
            // as the CLI says it, but for what is only about to happen; the engine's events cannot leave its namespace
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
    for (const fault of FAULTS) {
        await untilHealthy(cloud, NODES);
        const node = await client.steady(`${VIP} to answer`, 60_000);
        say(`${fault.name} on ${node}, which has ${VIP} …`);
        const outage = await client.during(() => fault.strike(cloud, node), { mustMove: true });
        say(`  ${outage.after} answers after ${outage.outageMs} ms`);
        // where the node that has the alias still carries, it would follow later by itself
        const claim = () => cloud.exec(outage.after!, ["alias-switch", "claim"]);
        const { outageMs: followMs } = await client.during(claim, { mustMove: false });
        rows.push({ name: fault.name, outageMs: outage.outageMs, followMs, before: node, after: outage.after });
        await fault.mend(cloud, node);
    }
    await untilHealthy(cloud, NODES);
    return rows;
}

async function main(): Promise<void> {
    helpIfAsked(USAGE);
    const { values } = parseArgs({
        options: {
            json: { type: "string" },
            keep: { type: "boolean", default: false },
            name: { type: "string", default: "demo" },
        },
    });
    requireMachine(values.name);
    const engine = await provideEngine({ log: say });
    const cloud = await startCloud({ name: values.name, log: say });
    let client: Client | undefined;
    const tidy = async () => {
        await client?.stop();
        say("removing everything");
        await cloud.down();
    };
    process.on("SIGINT", () => void tidy().finally(() => process.exit(130)));
    try {
        const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        const seconds = await up(deployment);
        client = new Client(await cloud.netnsOf("client"), `http://${VIP}/`);
        const faults = await rehearse(cloud, client);
        console.log("\n" + faultTable(faults) + "\n");
        if (values.json !== undefined) {
            fs.writeFileSync(values.json, JSON.stringify({ up: { seconds }, faults }, null, 4) + "\n");
        }
        if (values.keep) {
            await client.stop();
            console.log(howToLookInside(cloud, deployment, await publicAddresses(deployment)));
            return;
        }
    } catch (error) {
        await tidy();
        throw error;
    }
    await tidy();
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
