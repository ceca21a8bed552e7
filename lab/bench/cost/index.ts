/** `npm run bench -- --cost`: what the pair costs without faults, measured on a real pair in the local cloud. */
import * as fs from "fs";
import { requireMachine, startCloud, type Cloud } from "../../cloud";
import { OPERATOR_ADDRESS } from "../../cloud/fabric/linuxFabric";
import { provideEngine } from "../../engine/engine";
import { untilHealthy } from "../../stack/healthy";
import { NODES, Pair, VIP } from "../../stack/pair";
import { say, tidied } from "../../stack/program";
import { prepareDeployment } from "../../stack/workspace";
import { trafficRows, trafficTable, unitTable } from "./report";
import { measureTraffic } from "./traffic";
import { measureUnits } from "./units";

const UNIT_SECONDS = 60;

export async function benchCost({ name, json }: { name: string; json?: string }): Promise<void> {
    say("cost: about 6 minutes on two cores");
    requireMachine(name);
    const engine = await provideEngine({ log: say });
    const cloud = await startCloud({ name, log: say });
    const measuring = async () => {
        const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        say("pulumi up on the stack dev");
        await deployment.stack.up();
        const figures = await measureCost(cloud);
        if (json !== undefined) {
            fs.writeFileSync(json, JSON.stringify(figures, null, 4) + "\n");
        }
    };
    await tidied(measuring, () => cloud.down());
}

/** Measures a running pair of the stack dev. */
export async function measureCost(cloud: Cloud) {
    await untilHealthy(cloud, NODES);
    const pair = new Pair(cloud);
    const { master } = await pair.settled(30_000);
    const own = (await pair.servers()).find(({ name }) => name === master)!.nics[0].ip;
    const mark = await pair.mark();
    const from = Date.now();

    say(`${UNIT_SECONDS} s without requests`);
    const units = await measureUnits(cloud, NODES, UNIT_SECONDS);
    say(`traffic by ${VIP} and by ${own}, which is ${master}, in turn`);
    const traffic = trafficRows(await measureTraffic(cloud, master, VIP, own));
    const minutes = (Date.now() - from) / 60_000;
    // requests of this machine, such as those of the engine, come from this address
    const asked = (await cloud.control.audit(mark)).filter(({ sourceIp }) => sourceIp !== OPERATOR_ADDRESS);
    if ((await pair.settled(30_000)).master !== master) {
        throw new Error(`${master} did not serve all the time, so these figures are invalid`);
    }

    console.log(`\n${trafficTable(traffic)}\n\n${unitTable(units, master)}\n`);
    console.log(`Both agents sent ${asked.length} API requests in these ${minutes.toFixed(1)} minutes.\n`);
    return { master, traffic, units, requests: { count: asked.length, minutes } };
}
