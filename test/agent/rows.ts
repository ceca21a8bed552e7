/** Faults of the API as rows of a table. In each row a claim must succeed. */
import { expect } from "chai";
import type { FaultMatch, FaultRule } from "../../lab/cloud/api/apiFaults";
import type { StandOptions } from "../../lab/agent/harness";
import { Stand } from "../../lab/agent/harness";

/** The change at the peer, the change at this server, both of them, or any request. */
export type Where = "clear" | "assign" | "both" | "all";

export interface Row {
    name: string;
    faults: (FaultRule & { at?: Where })[];
    /**
     * The cause in the agent's log: a word, or words separated by |; a RegExp matches the log lines with causes.
     * Default: none.
     */
    cause?: string | RegExp;
    /** From the promotion to the confirmed alias. Default: 2.5 s. */
    withinMs?: number;
}

/** Appends the time from the promotion to the alias to the test's title. */
export function took(context: Mocha.Context, seconds: number): void {
    context.test!.title += `: ${seconds.toFixed(2)} s`;
}

/** Each row moves the alias to the other node while its faults are in force. */
export function describeRows(title: string, rows: Row[], options: StandOptions = {}): void {
    describe(title, function () {
        this.timeout(60_000);
        let stand: Stand;
        let holder = 0;

        before(async () => {
            stand = await Stand.open({ verifySeconds: 60, ...options });
            await stand.startAgents();
            await stand.settle(0);
        });
        after(() => stand.close());

        for (const { name, faults, cause = /^$/, withinMs = 2500 } of rows) {
            it(name, async function () {
                const to = 1 - holder;
                const { log } = stand.nodes[to];
                const from = log.length;
                faults.flatMap((fault) => placed(fault, stand, to)).forEach((rule) => stand.api.faults.add(rule));
                await stand.switchTo(to);
                const seconds = await stand.ends(to);
                holder = to;
                took(this, seconds);
                const told = log.slice(from).filter((line) => /\(([a-z-]+), try/.test(line));
                const expected = typeof cause === "string" ? new RegExp(`\\((${cause}), try 1\\)`) : cause;
                expect(told.join("\n")).to.match(expected);
                expect(seconds * 1000, log.slice(from).join("\n")).to.be.below(withinMs);
            });
        }
    });
}

function placed({ at = "all", ...rule }: Row["faults"][number], stand: Stand, to: number): FaultRule[] {
    const change = (index: number): FaultMatch => ({
        method: "POST",
        path: `/servers/${stand.serverIds[index]}/actions/change_alias_ips$`,
    });
    const matches = {
        clear: [change(1 - to)],
        assign: [change(to)],
        both: [change(1 - to), change(to)],
        all: [{}],
    }[at];
    const sourceIp = `127.0.0.${to + 2}`;
    return matches.map((match) => ({ ...rule, match: { ...match, ...rule.match, sourceIp } }));
}
