import execa from "execa";
import * as path from "path";
import type { Cloud } from "../../cloud";
import { tsxArgs } from "../../cloud/tsx";
import { until } from "../../stack/until";
import { middleMean, order, type Round } from "./compare";

/**
 * Many short rounds instead of a few long ones: the closer the two halves of a round are, the less other load matters.
 */
const TRANSFERS = 40;
const TRANSFER = "128M";
const PING_ROUNDS = 40;
const PINGS = 100;
const GETS = 2000;
const PORT = 5201;

export interface Measured {
    name: string;
    /** Whether a higher or a lower value is better. */
    better: "more" | "less";
    rounds: Round[];
}

/** Throughput and latency from the client, by the virtual IP and by the own address of the node that serves, in turn. */
export async function measureTraffic(cloud: Cloud, node: string, vip: string, own: string): Promise<Measured[]> {
    await install(cloud, node);
    const addresses = { vip, own };
    return [
        {
            name: "throughput, Mbit/s",
            better: "more",
            rounds: await inTurn(TRANSFERS, addresses, (address) => throughput(cloud, address)),
        },
        { name: "GET, ms", better: "less", rounds: await gets(cloud, addresses) },
        {
            name: "ping, ms",
            better: "less",
            rounds: await inTurn(PING_ROUNDS, addresses, (address) => ping(cloud, address)),
        },
    ];
}

async function inTurn(
    count: number,
    addresses: Record<keyof Round, string>,
    measure: (address: string) => Promise<number>,
): Promise<Round[]> {
    const rounds: Round[] = [];
    // the first round is not counted, because caches are cold
    for (let round = -1; round < count; round++) {
        const found = { vip: 0, own: 0 };
        for (const way of order(round, ["vip", "own"] as ["vip", "own"])) {
            found[way] = await measure(addresses[way]);
        }
        rounds.push(found);
    }
    return rounds.slice(1);
}

async function install(cloud: Cloud, node: string): Promise<void> {
    const script =
        "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install iperf3 iputils-ping >/dev/null";
    await Promise.all(["client", node].map((server) => cloud.exec(server, ["sh", "-euc", script])));
    await cloud.exec(node, ["systemd-run", "-q", "--unit=bench-iperf3", "iperf3", "-s", "-p", String(PORT)]);
    await until("iperf3 to listen", 10_000, async () =>
        (await cloud.exec(node, ["ss", "-Hltn", `sport = :${PORT}`])).stdout.includes(String(PORT)),
    );
}

async function throughput(cloud: Cloud, address: string): Promise<number> {
    const words = ["iperf3", "-c", address, "-p", String(PORT), "-n", TRANSFER, "-J"];
    const { stdout } = await cloud.exec("client", words);
    type Report = { end: { sum_received: { bits_per_second: number } } };
    return (JSON.parse(stdout) as Report).end.sum_received.bits_per_second / 1e6;
}

async function ping(cloud: Cloud, address: string): Promise<number> {
    return pingTime((await cloud.exec("client", ["ping", "-n", "-c", String(PINGS), "-i", "0.002", address])).stdout);
}

/** @throws Error if a reply is missing */
export function pingTime(text: string): number {
    const times = [...text.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => Number(ms));
    const sent = /^(\d+) packets transmitted/m.exec(text)?.[1];
    if (times.length === 0 || times.length !== Number(sent)) {
        throw new Error(`${times.length} of ${sent} pings were answered`);
    }
    return middleMean(times);
}

async function gets(cloud: Cloud, { vip, own }: Record<keyof Round, string>): Promise<Round[]> {
    const script = tsxArgs(path.join(__dirname, "gets.ts"));
    const words = [process.execPath, ...script, `http://${vip}/`, `http://${own}/`, String(GETS)];
    const [program, ...args] = [...cloud.nsenterArgs(await cloud.netnsOf("client")), ...words];
    return JSON.parse((await execa(program, args)).stdout) as Round[];
}
