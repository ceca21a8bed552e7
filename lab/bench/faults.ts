import { serverAction } from "../stack/api";
import { until } from "../stack/until";
import type { System } from "./system";

export const FAULT_NAMES = [
    "service-crash",
    "service-stop",
    "keepalived-kill",
    "node-poweroff",
    "node-reboot",
    "node-freeze",
    "switchover",
    "partition",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export const FREEZE_MS = 2000;

export type Mend = () => Promise<unknown>;

export interface BenchFault {
    about: string;
    /** Whether the other node has to take over. */
    moves: boolean;
    strike(system: System, node: string): Promise<Mend>;
}

/** Runs a command on the node, and another one afterwards. */
function command(about: string, strike: string, mend: string): BenchFault {
    return {
        about,
        moves: true,
        strike: async (system, node) => {
            await system.run(node, strike);
            return () => system.run(node, mend);
        },
    };
}

export const FAULTS: Record<FaultName, BenchFault> = {
    "service-crash": command(
        "kill -9 of nginx",
        "systemctl kill --signal=KILL nginx",
        "systemctl reset-failed nginx; systemctl start nginx",
    ),
    "service-stop": command("systemctl stop nginx", "systemctl stop nginx", "systemctl start nginx"),
    "keepalived-kill": command(
        "kill -9 of keepalived, parent and children",
        "systemctl kill --signal=KILL keepalived",
        "systemctl start keepalived",
    ),
    "node-poweroff": {
        about: "the power is cut",
        moves: true,
        strike: async ({ cloud }, node) => {
            await serverAction(cloud, node, "poweroff");
            return async () => {
                await until(`${node} to be off`, 10_000, async () => !(await cloud.control.server(node)).running);
                await serverAction(cloud, node, "poweron");
            };
        },
    },
    "node-reboot": {
        about: "systemctl reboot",
        moves: true,
        strike: async ({ pair }, node) => {
            const boot = await pair.bootId(node);
            // without --no-block the node could die before it answers
            await pair.run(node, "systemctl --no-block reboot");
            return () => until(`${node} to reboot`, 60_000, async () => (await pair.bootId(node)) !== boot);
        },
    },
    "node-freeze": {
        about: `every process is frozen for ${FREEZE_MS / 1000} s`,
        moves: false,
        strike: async ({ cloud: { control } }, node) => {
            await control.freeze(node);
            await new Promise((resolve) => setTimeout(resolve, FREEZE_MS));
            await control.thaw(node);
            return () => Promise.resolve();
        },
    },
    switchover: {
        about: "planned: alias-switch drain; the note can only stop its keepalived",
        moves: true,
        strike: (system, node) => system.handOver(node),
    },
    partition: {
        about: "the nodes lose each other's packets while both reach the API, then the network heals",
        moves: true,
        strike: async ({ cloud: { control }, pair }, node) => {
            await control.partition(node, pair.other(node));
            return () => control.heal();
        },
    },
};
