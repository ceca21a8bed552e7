/** Faults of a node in the middle of a claim, at each step of the claim. */
import { expect } from "chai";
import type { AuditEntry } from "../../lab/cloud/api/audit";
import { until } from "../../lab/stack/until";
import { Stand } from "../../lab/agent/harness";
import { took } from "./rows";

type Seen = (requests: AuditEntry[], stand: Stand) => boolean;

const change =
    (index: number, status?: number): Seen =>
    (requests, stand) =>
        requests.some(
            (entry) =>
                entry.path.endsWith(`/servers/${stand.serverIds[index]}/actions/change_alias_ips`) &&
                (status === undefined || entry.status === status),
        );

// the second node claims from the first
const STEPS: Record<string, Seen> = {
    "the agent reads": (requests) => requests.length > 0,
    "the clear is sent": change(0),
    "the clear is accepted": change(0, 201),
    "the assign is sent": change(1),
    "the assign is accepted": change(1, 201),
    "the agent waits for the assign": (requests) =>
        requests.some(({ path }) => path.includes("/actions/") && !path.endsWith("ips")),
};

for (const [step, seen] of Object.entries(STEPS)) {
    describe(`in the middle of a claim, when ${step}`, function () {
        this.timeout(60_000);
        let stand: Stand;

        before(async () => {
            stand = await Stand.open({ latencyMs: 30, actionMs: 250 });
            await stand.startAgents();
            await stand.settle(0);
        });
        after(() => stand.close());

        /** Lets the second node claim up to that step. */
        async function reach(): Promise<void> {
            const seq = stand.seq;
            await stand.switchTo(1);
            await until(step, 10_000, () => seen(stand.requests(1, seq), stand), 1);
        }

        async function back(): Promise<void> {
            await stand.switchTo(0);
            await stand.ends(0);
        }

        it("a demotion ends the claim", async function () {
            await reach();
            await stand.nodes[1].demote();
            await stand.nodes[0].promote();
            took(this, await stand.ends(0));
            expect(stand.nodes[1].state().master).to.equal(false);
        });

        it("a demotion and a promotion continue the claim", async function () {
            await reach();
            await stand.nodes[1].demote();
            await stand.nodes[1].promote();
            took(this, await stand.ends(1));
            await back();
        });

        it("an agent that is killed continues the claim after its restart", async function () {
            await reach();
            await stand.nodes[1].stop("SIGKILL");
            await stand.nodes[1].launch();
            took(this, await stand.ends(1));
            await back();
        });

        it("an agent that freezes and is killed by its watchdog continues the claim after its restart", async function () {
            await reach();
            stand.nodes[1].signal("SIGSTOP");
            await stand.api.settled();
            await stand.nodes[1].stop("SIGKILL");
            await stand.nodes[1].launch();
            took(this, await stand.ends(1));
            await back();
        });

        it("an agent that thaws as BACKUP changes nothing", async function () {
            await reach();
            stand.nodes[1].signal("SIGSTOP");
            await stand.switchTo(0);
            await stand.ends(0);
            const seq = stand.seq;
            stand.nodes[1].signal("SIGCONT");
            await until(
                "the thawed one to look",
                10_000,
                () => !stand.nodes[1].state().master && stand.nodes[1].state().vrrp === "BACKUP",
            );
            expect(stand.posts(seq)).to.deep.equal([]);
            took(this, await stand.ends(0));
        });
    });
}
