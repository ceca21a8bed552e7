import { onInterrupt } from "../interrupt";
import { Failed, Interrupted } from "../problem";
import { type Answer, type Ssh, Unreachable } from "./ssh";
import { isWord, Lines, NOTHING } from "../wire/intake";
import { lastLine } from "../wire/plain";
import { sh, type ShellCommand, word } from "./shell";
import { serverOf } from "./report";
import type { Node } from "./findPair";

/** After this time (s) a node repairs itself, in case this program is gone by then. */
const BY_ITSELF = 300;
const UNIT = "failover-mend";
const BUSY = `another drill or switchover holds this node, or crashed while it did: the node repairs itself within ${BY_ITSELF / 60} minutes, or at once with systemctl start ${UNIT}.service`;

/** Changes to nodes that are always undone. `patienceMs` is the time for a node that boots. */
export class Mending {
    private readonly broken: { what: string; mend: () => Promise<void> }[] = [];
    private over = false;

    constructor(
        private readonly ssh: Ssh,
        private readonly say: (text: string) => void,
        private readonly patienceMs = 120_000,
    ) {}

    /**
     * Runs `act` on a node. `mend` undoes it when `mendAll` is called, when this program is interrupted, or by a timer
     * on the node if this program has died.
     *
     * @param onStruck Called when the node starts `act`, which is later than this call: connecting takes a while.
     * @returns code 0 also if `act` killed the node before it could answer
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

    /** @throws Error that says what is not undone */
    async mendAll(): Promise<void> {
        const failures: string[] = [];
        for (let last = this.broken.pop(); last !== undefined; last = this.broken.pop()) {
            const { what, mend } = last;
            await mend().catch((error: Error) => failures.push(`${error.message}; run by hand: ${what}`));
        }
        if (failures.length > 0) {
            throw new Failed(failures.join("\n"));
        }
    }

    /** Runs `work` and undoes its changes, also after an interruption. @throws Interrupted, or what `work` throws */
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
                    this.say("interrupted: undoing the changes, please wait …");
                }
                this.over = true;
                reject(new Interrupted());
            };
        });
        const forget = onInterrupt(() => interrupt!());
        // an error in an event handler would otherwise end the program before the changes are undone
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

    /** Repeats the call, because a booting node answers later. */
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
