/** Faults of the node itself. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import execa from "execa";
import { until } from "../../lab/stack/until";
import { OTHERS, Stand, TOKEN } from "../../lab/agent/harness";
import { took } from "./rows";

const DAY = 86_400;

describe("a node", function () {
    this.timeout(60_000);
    let stand: Stand;
    let mounts: string[] = [];

    afterEach(async () => {
        await Promise.all(stand.nodes.map((node) => node.stop("SIGKILL")));
        await Promise.all(mounts.map((path) => execa("umount", ["--lazy", path])));
        mounts = [];
        await stand.close();
    });

    for (const jump of [DAY, -DAY]) {
        it(`whose clock jumps by ${jump > 0 ? "+" : "-"}1 day during a claim, a rate limit and idle time keeps its alias`, async function () {
            stand = await Stand.open({ metadata: true, verifySeconds: 0.3 });
            const clock = join(stand.folder, "clock");
            const set = (seconds: number) => writeFileSync(clock, String(seconds));
            set(0);
            for (const node of stand.nodes) {
                node.launcher = (words) => ["/usr/bin/python3", "-IS", join(__dirname, "clock.py"), clock, ...words];
            }
            await stand.startAgents();
            await stand.settle(0);

            stand.api.faults.add({
                kind: "error",
                status: 503,
                code: "unavailable",
                match: { method: "POST" },
                count: 2,
            });
            await stand.switchTo(1);
            await until("a failed try", 5000, () => stand.nodes[1].said(/\(server-error, try 1\)/) > 0, 5);
            set(jump);
            took(this, await stand.ends(1));

            set(0);
            stand.api.faults.add({ kind: "rateLimitExhausted", resetInSeconds: 2, forMs: 2000 });
            await stand.switchTo(0);
            set(jump);
            expect(await stand.ends(0)).to.be.below(8);

            await stand.settled();
            const seq = stand.seq;
            set(0);
            await stand.metadataLooks(0, 5);
            // one look in 20 asks the API
            expect(stand.api.auditSince(seq).length, "no request for a clock").to.be.at.most(1);
            await stand.force(0, [OTHERS[0]]);
            set(jump);
            await stand.claimed(0, 3000);
        });
    }

    describe("with a full disk", () => {
        async function tiny(path: string): Promise<void> {
            mkdirSync(path, { recursive: true });
            await execa("mount", ["-t", "tmpfs", "-o", "size=64k,nr_inodes=40", "tmpfs", path]);
            mounts.push(path);
            // tmpfiles.d does this at every boot
            mkdirSync(join(path, "agent"));
            writeFileSync(join(path, "agent", "agent.lock"), "", { mode: 0o600 });
        }

        /** Uses up all blocks. */
        function fill(path: string): void {
            expect(() => writeFileSync(join(path, "ballast"), Buffer.alloc(1 << 20))).to.throw("ENOSPC");
        }

        /** Uses up all inodes. */
        function crowd(path: string): void {
            expect(() => {
                for (let i = 0; ; i++) {
                    writeFileSync(join(path, `ballast${i}`), "");
                }
            }).to.throw("ENOSPC");
        }

        it("moves the alias although the agent cannot write its state", async function () {
            stand = await Stand.open();
            await tiny(stand.nodes[1].runDir);
            await stand.startAgents();
            await stand.settle(0);
            fill(stand.nodes[1].runDir);
            await stand.switchTo(1);
            took(this, await stand.ends(1, undefined, true));
            await until("the claim to be told", 5000, () => stand.nodes[1].said(/^<6>claimed/) === 1, 10);
            expect(stand.nodes[1].said(/cannot write to .*No space left/)).to.equal(1);
            unlinkSync(join(stand.nodes[1].runDir, "ballast"));
            await until("the state to be written again", 10_000, () => stand.nodes[1].state().confirmed);
        });

        it("moves the alias although a starting agent cannot make the FIFO", async function () {
            stand = await Stand.open();
            const { runDir } = stand.nodes[1];
            await tiny(runDir);
            crowd(runDir);
            await stand.nodes[0].start();
            await stand.settle(0);
            await stand.nodes[1].launch();
            expect(stand.nodes[1].said(/no notifications of keepalived: .*No space left/)).to.equal(1);
            await stand.nodes[0].demote();
            await stand.nodes[1].addVips();
            took(this, await stand.ends(1, undefined, true));
            await stand.nodes[1].removeVips();
            await stand.nodes[0].promote();
            await stand.ends(0);
            expect(stand.nodes[1].said(/no notifications of keepalived/), "said once").to.equal(1);
        });

        it("keeps the old token if it cannot write the new one", async () => {
            stand = await Stand.open();
            const folder = stand.nodes[1].file("etc");
            await tiny(folder);
            writeFileSync(join(folder, "token"), `${TOKEN}\n`, { mode: 0o600 });
            fill(folder);
            stand.nodes[1].configure({ tokenFile: join(folder, "token") });
            stand.api.addToken("An0ther".repeat(10).slice(0, 64), { readOnly: false });
            await stand.startAgents();
            const set = await stand.nodes[1].command(["set-token"], "An0ther".repeat(10).slice(0, 64));
            expect([set.exitCode, set.stderr]).to.deep.equal([3, "alias-switch: [Errno 28] No space left on device"]);
            expect(readFileSync(join(folder, "token"), "utf8")).to.equal(`${TOKEN}\n`);
            await stand.nodes[1].promote();
            await stand.ends(1);
        });
    });

    describe("when keepalived's FIFO is lost or flooded", () => {
        const MOVES: Record<string, (path: string) => void> = {
            "it is missing": unlinkSync,
            "a file is in its place": (path) => (unlinkSync(path), writeFileSync(path, "MASTER\n")),
            "a dangling link is in its place": (path) => (unlinkSync(path), symlinkSync("nowhere", path)),
            "a folder is in its place": (path) => (unlinkSync(path), mkdirSync(path)),
            "it was renamed": (path) => (linkSync(path, `${path}.old`), unlinkSync(path)),
            "another FIFO is in its place": (path) => {
                execa.sync("mkfifo", ["-m", "0600", `${path}.new`]);
                renameSync(`${path}.new`, path);
            },
        };
        for (const [what, move] of Object.entries(MOVES)) {
            it(`moves the alias, and makes the FIFO again: ${what}`, async function () {
                stand = await Stand.open();
                await stand.startAgents();
                await stand.settle(0);
                const path = join(stand.nodes[1].runDir, "vrrp.fifo");
                move(path);
                await stand.nodes[0].demote();
                await stand.nodes[1].addVips();
                took(this, await stand.ends(1));
                if (what === "a folder is in its place") {
                    rmSync(path, { recursive: true });
                }
                await stand.switchTo(0);
                // what is written before the agent has opened its new FIFO is lost
                await until("the FIFO to be heard", 5000, () => {
                    stand.nodes[1].notify("FAULT");
                    return stand.nodes[1].state().vrrp === "FAULT";
                });
            });
        }

        it("reads 100,000 lines from the FIFO at once, and claims afterwards", async function () {
            stand = await Stand.open();
            await stand.startAgents();
            await stand.settle(0);
            const seq = stand.seq;
            const from = stand.nodes[1].log.length;
            const states = `split("MASTER BACKUP FAULT MASTER_RX_LOWER_PRI nonsense", s, " ")`;
            const line = `print "INSTANCE \\"web\\" " s[i % 5 + 1] " 250"`;
            const began = performance.now();
            const fifo = join(stand.nodes[1].runDir, "vrrp.fifo");
            await execa("sh", ["-c", `awk 'BEGIN { ${states}; for (i = 0; i < 100000; i++) ${line} }' > ${fifo}`]);
            await until("the flood to be over", 10_000, () => stand.nodes[1].state().vrrp !== null);
            stand.nodes[1].notify("STOP");
            await until("the last line to be heard", 10_000, () => stand.nodes[1].state().vrrp === "STOP", 10);
            took(this, (performance.now() - began) / 1000);
            expect(stand.requests(1, seq), "a BACKUP has nothing to ask").to.deep.equal([]);
            expect(stand.nodes[1].log.length - from).to.be.below(200);
            await stand.switchTo(1);
            expect(await stand.ends(1)).to.be.below(3);
        });
    });
});
