/** How often the agent wakes up, in each situation that may last long. */
import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { early } from "./early";
import { Stand, VIP } from "../../lab/agent/harness";
import { Keepalived } from "./keepalived";

/** One turn of the loop a second, one message to the peer and one from it, and a look at the metadata every 2 s. */
const MOST_A_SECOND = 4;
const SECONDS = 6;
const BRIDGE = { bridge: { follow: "ifUnreachable", graceSeconds: 600, interval: 1 } };

interface Situation {
    name: string;
    bridge?: boolean;
    /** Brings the stand into the situation. The nodes run, and the first node is MASTER and holder. */
    reach: (stand: Stand) => Promise<void>;
    /** The nodes whose wake-ups count; both by default. */
    nodes?: number[];
    /** A higher limit than usual. */
    most?: number;
}

const SITUATIONS: Situation[] = [
    { name: "a holder and its backup", reach: (stand) => stand.settled() },
    { name: "the same with the bridge", bridge: true, reach: (stand) => stand.settled() },
    {
        name: "a MASTER that is carried, and the holder that carries",
        bridge: true,
        reach: async (stand) => {
            await stand.carries(0, true);
            await stand.carries(1, true);
            await stand.switchTo(1);
            await until("to be carried", 5000, () => stand.nodes[1].state().carriedBy === "nginx0");
            await stand.settled();
        },
        // the question and its answer, each second
        most: 6,
    },
    {
        name: "two MASTERs that have agreed who serves",
        reach: async (stand) => {
            const keepalived = new Keepalived(stand);
            keepalived.heard = false;
            await until("it to be settled", 15_000, () => keepalived.states[0] === "FAULT");
            await stand.claimed(1);
            await keepalived.close();
            await stand.settled();
        },
    },
    {
        name: "two MASTERs that cannot reach each other",
        reach: async (stand) => {
            await stand.settled();
            await stand.namespace.partition(true);
            await stand.nodes[1].promote();
            await stand.claimed(1);
            await until("the first one to give way", 10_000, () => stand.nodes[0].said(/does not answer/) === 1);
            await stand.settled();
        },
    },
    {
        name: "two MASTERs of which one cannot step down",
        reach: async (stand) => {
            await stand.settled();
            await stand.nodes[1].promote();
            await stand.claimed(1);
            await until("the first one to try", 10_000, () => stand.nodes[0].said(/keepalived does not react/) === 1);
            await stand.settled();
        },
    },
    {
        name: "a drained backup",
        reach: async (stand) => {
            writeFileSync(stand.nodes[1].file("run/drain"), "1\n");
            await stand.settled();
        },
    },
    {
        name: "the API is silent",
        nodes: [0],
        reach: async (stand) => {
            await stand.settled();
            await stand.gate.set("api0", "silent");
            await stand.gate.set("api1", "silent");
        },
    },
    {
        name: "the metadata service is silent",
        nodes: [0],
        reach: async (stand) => {
            await stand.settled();
            await stand.gate.set("metadata0", "silent");
        },
    },
    {
        name: "a claim that waits for a lock of its server",
        nodes: [1],
        reach: async (stand) => {
            const lock = stand.api.faults.add({ kind: "actionHangs", match: { path: "/actions/reset$" } });
            await stand.call("POST", `/servers/${stand.serverIds[1]}/actions/reset`);
            await stand.switchTo(1);
            await until("it to be told", 10_000, () => stand.nodes[1].said(/is locked/) > 0);
            await stand.settled();
            expect(stand.holds(0, [VIP]), String(lock)).to.equal(true);
        },
    },
];

/** The counter as the agent publishes it now: it writes at each change of keepalived's state. */
async function wakeups(
    stand: Stand,
    index: number,
    state: string,
): Promise<{ count: number; cpu: number; at: number }> {
    const node = stand.nodes[index];
    const stamp = node.state().at;
    node.notify(state);
    await until("the agent to write", 10_000, () => node.state().at !== stamp, 5);
    return { count: node.state().wakeups, cpu: node.cpuSeconds(), at: performance.now() };
}

describe("the agents' wake-ups a second", function () {
    this.timeout(90_000);

    for (const { name, bridge, reach, nodes = [0, 1], most = MOST_A_SECOND } of SITUATIONS) {
        const open = early(async () => {
            const stand = await Stand.open({ metadata: true, verifySeconds: 30 });
            stand.nodes.forEach((node) => node.configure(bridge ? BRIDGE : {}));
            Keepalived.configure(stand);
            await stand.startAgents();
            await stand.settle(0);
            await reach(stand);
            return stand;
        });
        it(name, async function () {
            const stand = await open();
            const before = await Promise.all(nodes.map((index) => wakeups(stand, index, "STOP")));
            await until("some seconds to pass", 20_000, () => performance.now() - before[0].at > SECONDS * 1000);
            const after = await Promise.all(nodes.map((index) => wakeups(stand, index, "FAULT")));
            const rates = nodes.map((_, i) => ({
                wakeups: (after[i].count - before[i].count) / ((after[i].at - before[i].at) / 1000),
                cpu: (after[i].cpu - before[i].cpu) / ((after[i].at - before[i].at) / 1000),
            }));
            this.test!.title += `: ${rates.map((one) => `${one.wakeups.toFixed(1)} (${(one.cpu * 100).toFixed(2)} % of a core)`).join(", ")}`;
            const defects = stand.nodes.flatMap(({ log }) => log.filter((line) => line.includes("defect")));
            expect(defects).to.deep.equal([]);
            rates.forEach((one) => {
                expect(one.wakeups).to.be.below(most);
                expect(one.cpu).to.be.below(0.01);
            });
        });
    }
});
