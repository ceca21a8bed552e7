/** The faults of a soak and their times. All of it follows from the seed. Pure. */
import { Random } from "../stack/random";

/**
 * The place of a fault. A step has at most one fault on the nodes, so that no fault starts on a node that is already
 * down.
 */
type Class = "node" | "network" | "api" | "hand";

interface Plan {
    class: Class;
    /** How long it lasts, ms. For faults without a duration, the time until the next one. */
    from: number;
    to: number;
}

const plan = (of: Class, from: number, to: number): Plan => ({ class: of, from, to });

export const PLANS = {
    "agent killed": plan("node", 0, 500),
    "agent stopped": plan("node", 500, 4000),
    "agent hung": plan("node", 500, 4000),
    "keepalived restarted": plan("node", 0, 500),
    "keepalived reloaded": plan("node", 0, 500),
    "keepalived killed": plan("node", 0, 500),
    "keepalived stopped": plan("node", 1000, 5000),
    "service stopped": plan("node", 500, 5000),
    "service restarted": plan("node", 0, 500),
    "node drained": plan("node", 500, 5000),
    "VIP deleted": plan("node", 0, 500),
    "node frozen": plan("node", 300, 4000),
    "node rebooted": plan("node", 0, 500),
    "both rebooted": plan("node", 0, 500),
    "power cut": plan("node", 1000, 6000),
    "token replaced": plan("node", 500, 3000),
    "network detached": plan("node", 1000, 4000),
    partition: plan("network", 1000, 6000),
    "one-way partition": plan("network", 1000, 6000),
    "packets lost": plan("network", 1000, 6000),
    "API cut off": plan("network", 1000, 5000),
    "API: locked": plan("api", 500, 4000),
    "API: conflict": plan("api", 500, 4000),
    "API: address busy": plan("api", 500, 4000),
    "API: server error": plan("api", 500, 4000),
    "API: bad gateway": plan("api", 500, 4000),
    "API: unavailable": plan("api", 500, 4000),
    "API: answers lost": plan("api", 500, 3000),
    "API: requests dropped": plan("api", 500, 3000),
    "API: no answer": plan("api", 500, 4000),
    "API: broken JSON": plan("api", 500, 3000),
    "API: empty answers": plan("api", 500, 3000),
    "API: connections refused": plan("api", 500, 4000),
    "API: slow": plan("api", 500, 5000),
    "API: rate limit": plan("api", 1000, 4000),
    "API: actions hang": plan("api", 1000, 5000),
    "API: actions fail": plan("api", 500, 3000),
    "API: actions slow": plan("api", 500, 4000),
    "VIP stripped": plan("hand", 0, 500),
    "other alias added": plan("hand", 500, 3000),
} satisfies Record<string, Plan>;

export type Kind = keyof typeof PLANS;
export const KINDS = Object.keys(PLANS) as Kind[];

/** One fault. */
export interface Trouble {
    kind: Kind;
    /** The node that is MASTER when it starts, or the other one. Faults of both nodes ignore it. */
    on: "MASTER" | "BACKUP";
    /** ms after the start of its step. */
    at: number;
    ms: number;
}

/** Faults that overlap. After each step the pair must recover. */
export interface Step {
    number: number;
    troubles: Trouble[];
}

const [MASTER, BACKUP] = ["MASTER", "BACKUP"] as const;

/** How often a step has a fault of the class. It may have two faults of the API. */
const CHANCES: [Class, number][] = [
    ["node", 0.8],
    ["network", 0.35],
    ["api", 0.5],
    ["api", 0.25],
    ["hand", 0.2],
];

export function* schedule(seed: number): Generator<Step, never> {
    const random = new Random(seed);
    for (let number = 1; ;) {
        const troubles = CHANCES.flatMap(([of, chance]) => {
            // always drawn, so that a step's faults do not depend on each other
            const kind = random.pick(KINDS.filter((name) => PLANS[name].class === of));
            const [on, at, ms, drawn] = [random.next(), random.between(0, 1500), draw(random, kind), random.next()];
            return drawn < chance ? [{ kind, on: on < 0.65 ? MASTER : BACKUP, at, ms }] : [];
        });
        if (troubles.length > 0) {
            yield { number, troubles: troubles.sort((a, b) => a.at - b.at) };
            number++;
        }
    }
}

function draw(random: Random, kind: Kind): number {
    return random.between(PLANS[kind].from, PLANS[kind].to);
}

export function describeStep({ number, troubles }: Step): string {
    const one = ({ kind, on, at, ms }: Trouble) => `${kind} (${on}, at ${at} ms, ${ms} ms)`;
    return `${number}: ${troubles.map(one).join("; ")}`;
}
