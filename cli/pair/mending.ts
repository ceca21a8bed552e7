import { onInterrupt } from "../interrupt";
import { Failed, Interrupted } from "../problem";
import { type Answer, type Ssh, Unreachable } from "./ssh";
import { isWord, Lines, NOTHING } from "../wire/intake";
import { lastLine } from "../wire/plain";
import { sh, type ShellCommand, word } from "./shell";
import { serverOf } from "./report";
import type { Node } from "./findPair";

/** Seconds after which a node mends itself, should we be gone by then. */
const BY_ITSELF = 300;
const UNIT = "failover-mend";
const BUSY = `somebody else is at work here, or was and has died: what is broken is mended within ${BY_ITSELF / 60} minutes, at once by systemctl start ${UNIT}.service`;

/** What is broken on purpose, and is whole again afterwards, whatever happens: `patienceMs` is for nodes that boot. */
export class Mending {
    private readonly broken: { what: string; mend: () => Promise<void> }[] = [];
    private over = false;

    constructor(
        private readonly ssh: Ssh,
        private readonly say: (text: string) => void,
        private readonly patienceMs = 120_000,
    ) {}

    /**
     * Runs `act` on a node; `mend` undoes it when `mendAll` is called, when this program is interrupted, and, by a
     * timer on the node, when this program has died.
     *
     * @param onStruck Called when the node begins with it: connecting takes a while.
     * @returns Code 0 also when the node died of it in the middle of its answer.
     */
    async break(
        node: Node,
        act: ShellCommand,
        mend: ShellCommand,
        onStruck = () => undefined as void,
    ): Promise<Answer> {
        if (this.over) {
            throw new Interrupted();
        }
        const timer = sh`systemd-run --quiet --collect --unit=${word(UNIT)} --on-active=${word(String(BY_ITSELF))} sh -c ${word(mend)}`;
        const busy = sh`systemctl is-active --quiet ${word(UNIT)}.timer && { echo ${word(BUSY)} >&2; exit 9; }`;
        let struck = false;
        const lines = new Lines((line) => {
            if (!struck && isWord(line, "struck")) {
                struck = true;
                onStruck();
            }
        });
        const command = sh`${busy}; ${timer} && echo struck && { ${act}
}`;
        const acting = this.ssh.run(serverOf(node), command, { seconds: 30, lines }).catch((error: unknown) => {
            if (error instanceof Unreachable && struck) {
                return { code: 0, stdout: NOTHING, stderr: "" };
            }
            throw error;
        });
        this.broken.push({
            what: `on ${node.name}: ${mend}`,
            mend: async () => {
                const answer = await acting.catch(() => null);
                if (answer?.code !== 9) {
                    await this.undo(node, mend);
                }
            },
        });
        return acting;
    }

    /** @throws Error that says what is still broken. */
    async mendAll(): Promise<void> {
        const failures: string[] = [];
        for (let last = this.broken.pop(); last !== undefined; last = this.broken.pop()) {
            const { what, mend } = last;
            await mend().catch((error: Error) => failures.push(`${error.message}; do by hand ${what}`));
        }
        if (failures.length > 0) {
            throw new Failed(failures.join("\n"));
        }
    }

    /** Does `work`, and mends afterwards, also when it is interrupted. @throws Interrupted, or what `work` throws. */
    async during<T>(work: () => Promise<T>): Promise<T> {
        let interrupt: (() => void) | undefined;
        let fail: ((error: Error) => void) | undefined;
        const interrupted = new Promise<never>((_resolve, reject) => {
            fail = (error) => {
                this.over = true;
                reject(error);
            };
            interrupt = () => {
                if (this.over || this.broken.length > 0) {
                    this.say("interrupted: mending what is broken, wait for it …");
                }
                this.over = true;
                reject(new Interrupted());
            };
        });
        const forget = onInterrupt(() => interrupt!());
        // an error in the handler of an event has no other way to us, and would end the program before it has mended
        process.on("uncaughtException", fail!);
        const working = work();
        working.catch(() => undefined);
        try {
            return await Promise.race([working, interrupted]);
        } finally {
            try {
                await this.mendAll();
            } finally {
                forget();
                process.off("uncaughtException", fail!);
            }
        }
    }

    /** A node that is just booting answers later. */
    private async undo(node: Node, mend: ShellCommand): Promise<void> {
        const until = Date.now() + this.patienceMs;
        for (;;) {
            try {
                const { code, stderr } = await this.ssh.run(
                    serverOf(node),
                    sh`systemctl stop ${word(UNIT)}.timer 2>/dev/null; ${mend}`,
                );
                if (code === 0) {
                    return;
                }
                throw new Failed(`${node.name}: "${mend}" failed: ${lastLine(stderr)}`);
            } catch (error) {
                if (Date.now() > until) {
                    throw error;
                }
                await new Promise((resolve) => setTimeout(resolve, 1000));
            }
        }
    }
}
