import execa from "execa";
import * as path from "path";
import type { Cloud } from "../../cloud";
import { tsxArgs } from "../../stack/tsx";
import { until } from "../../stack/until";
import { order, type Round } from "./compare";

export const ROUNDS = 12;
const IPERF_SECONDS = 2;
const GETS = 400;
const PINGS = 400;
const PORT = 5201;

/** A way to measure what lies between the client and an address. */
interface Probe {
    name: string;
    better: "more" | "less";
    measure: (address: string) => Promise<number>;
}

export interface Measured {
    name: string;
    better: "more" | "less";
    rounds: Round[];
}

/** Throughput and latency from the client, by the virtual IP and by the own address of the node that serves, in turn. */
export async function measureTraffic(cloud: Cloud, node: string, vip: string, own: string): Promise<Measured[]> {
    await install(cloud, node);
    const netns = await cloud.netnsOf("client");
    const [program, ...args] = cloud.nsenterArgs(netns);
    const client = async (words: string[]) => (await execa(program, [...args, ...words])).stdout;
    const measured: Measured[] = [];
    for (const { name, better, measure } of probes(cloud, client)) {
        const rounds: Round[] = [];
        // the first round is not counted: it fills caches and neighbour tables
        for (let round = -1; round < ROUNDS; round++) {
            const found = { vip: 0, own: 0 };
            for (const way of order(round, ["vip", "own"] as ["vip", "own"])) {
                found[way] = await measure(way === "vip" ? vip : own);
            }
            rounds.push(found);
        }
        measured.push({ name, better, rounds: rounds.slice(1) });
    }
    return measured;
}

function probes(cloud: Cloud, client: (words: string[]) => Promise<string>): Probe[] {
    return [
        {
            name: "throughput, Mbit/s",
            better: "more",
            measure: async (address) => {
                const words = ["iperf3", "-c", address, "-p", String(PORT), "-t", String(IPERF_SECONDS), "-J"];
                const { stdout } = await cloud.exec("client", words);
                type Report = { end: { sum_received: { bits_per_second: number } } };
                return (JSON.parse(stdout) as Report).end.sum_received.bits_per_second / 1e6;
            },
        },
        {
            name: "GET, ms",
            better: "less",
            measure: async (address) => {
                const script = tsxArgs(path.join(__dirname, "gets.ts"));
                const text = await client([process.execPath, ...script, `http://${address}/`, String(GETS)]);
                const { ms, lost } = JSON.parse(text) as { ms: number; lost: number };
                if (lost > 0) {
                    throw new Error(`${lost} of ${GETS} GETs to ${address} were not answered`);
                }
                return ms;
            },
        },
        {
            name: "ping, ms",
            better: "less",
            measure: async (address) => {
                const { stdout } = await cloud.exec("client", [
                    "ping",
                    "-n",
                    "-c",
                    String(PINGS),
                    "-i",
                    "0.002",
                    address,
                ]);
                return medianPing(stdout);
            },
        },
    ];
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

/** @throws Error if a reply is missing */
export function medianPing(text: string): number {
    const times = [...text.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => Number(ms)).sort((a, b) => a - b);
    const sent = /^(\d+) packets transmitted/m.exec(text)?.[1];
    if (times.length === 0 || times.length !== Number(sent)) {
        throw new Error(`${times.length} of ${sent} pings were answered`);
    }
    return times[Math.floor(times.length / 2)];
}
