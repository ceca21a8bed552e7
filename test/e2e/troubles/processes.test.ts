import { expect } from "chai";
import { holders } from "../../../lab/stack/api";
import { VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { OnPair, tell } from "../support/onPair";

const RELOADS = 50;

describe("keepalived and the agent", function () {
    this.timeout(120_000);
    const on = new OnPair();
    const pidOf = async (node: string) =>
        Number(await on.pair.run(node, "systemctl show --property=MainPID --value alias-switch"));

    /** Waits for another agent process than `pid` that is ready. */
    function anotherAgent(node: string, pid: number, timeoutMs: number): Promise<void> {
        const ready = `test "$(systemctl is-active alias-switch)" = active`;
        return until(`another agent on ${node}`, timeoutMs, async () => {
            await on.pair.run(node, ready);
            return ![0, pid].includes(await pidOf(node));
        });
    }

    it("keepalived restarts on the MASTER: the other node has the address", async () => {
        const master = await on.master();
        const restart = () => on.pair.cloud.exec(master, ["systemctl", "restart", "keepalived"]);
        const outage = await on.client.during(restart, { mustMove: true });
        tell(`${outage.outageMs} ms, ${outage.lost} lost`);
        expect((await on.pair.settled(10_000)).master).to.equal(on.pair.other(master));
        expect(await holders(on.pair.cloud, VIP)).to.deep.equal([outage.after]);
    });

    it(`keepalived reloads ${RELOADS} times on both nodes: no state changes, and no answer is lost`, async () => {
        const master = await on.master();
        const mark = await on.pair.mark();
        const from = Date.now();
        // one by one, because keepalived turns two signals during a reload into one reload
        const script = `
            journalctl --unit=keepalived --output=cat --since=@${from / 1000} --no-tail --follow >/run/reloads &
            reader=$!
            for reload in $(seq ${RELOADS}); do
                systemctl reload keepalived
                until [ "$(grep -c 'Reload complete' /run/reloads)" -ge "$reload" ]; do sleep 0.05; done
            done
            kill $reader
            journalctl --unit=keepalived --unit=alias-switch --output=cat --since=@${from / 1000} | grep -E 'STATE|→' || true`;
        const said = await Promise.all(["nginx0", "nginx1"].map((node) => on.pair.run(node, script)));
        await on.client.steady("the address to answer", 30_000);
        const lost = on.lostBetween(from, Date.now());
        tell(`${RELOADS} reloads on each node in ${((Date.now() - from) / 1000).toFixed(1)} s, ${lost} ms lost`);
        expect(said).to.deep.equal(["", ""]);
        expect(lost).to.equal(0);
        expect(await on.pair.claims(mark)).to.deep.equal([]);
        expect(await on.master()).to.equal(master);
    });

    it("the agent is killed on the MASTER: systemd starts it again, and nothing is lost", async () => {
        const master = await on.master();
        const mark = await on.pair.mark();
        const pid = await pidOf(master);
        const from = Date.now();
        await on.pair.run(master, `kill -9 ${pid}`);
        await anotherAgent(master, pid, 10_000);
        tell(`another agent after ${Date.now() - from} ms`);
        await on.client.steady("the address to answer", 30_000);
        expect(on.lostBetween(from, Date.now())).to.equal(0);
        expect(await on.pair.claims(mark)).to.deep.equal([]);
        expect(await on.master()).to.equal(master);
    });

    it("the agent is killed in the middle of its claim: the next agent completes the claim", async () => {
        const master = await on.master();
        const other = on.pair.other(master);
        const mark = await on.pair.mark();
        const outage = await on.client.during(
            async () => {
                await on.pair.run(master, "systemctl stop keepalived");
                await until("the claim to begin", 10_000, async () =>
                    (await on.pair.cloud.control.audit(mark)).some(({ path }) => path.endsWith("/change_alias_ips")),
                );
                await on.pair.run(other, `kill -9 ${await pidOf(other)}`);
            },
            { mustMove: true },
        );
        tell(`${outage.outageMs} ms, ${outage.lost} lost, ${(await on.pair.claims(mark)).length} claims`);
        await on.pair.run(master, "systemctl start keepalived");
        expect(await on.master()).to.equal(other);
    });

    it("the agent hangs: the watchdog restarts it, and the other node's agent sends no requests meanwhile", async () => {
        const master = await on.master();
        const backup = on.pair.other(master);
        const usage = async () =>
            Number(await on.pair.run(master, "systemctl show --property=CPUUsageNSec --value alias-switch"));
        const [pid, watchdog] = [
            await pidOf(backup),
            await on.pair.run(backup, "systemctl show --property=WatchdogUSec --value alias-switch"),
        ];
        const limit = Number(/^(\d+)s$/.exec(watchdog)![1]) * 1000;
        const [from, before] = [Date.now(), await usage()];
        await on.pair.run(backup, `kill -STOP ${pid}`);
        await anotherAgent(backup, pid, limit + 20_000);
        const [ms, used] = [Date.now() - from, ((await usage()) - before) / 1e6];
        const share = (used / ms) * 100;
        tell(`another agent after ${ms} ms, with WatchdogSec=${watchdog}`);
        tell(`the other one's processor time: ${used.toFixed(1)} ms in ${ms} ms, ${share.toFixed(2)} % of a core`);
        expect(ms).to.be.below(limit + 5000);
        expect(share).to.be.below(0.5);
        expect(on.lostBetween(from, Date.now())).to.equal(0);
    });
});
