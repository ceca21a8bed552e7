import type { FakePair } from "./fakePair";
import { dropped } from "./fakePair";
import { backup, report } from "./reports";

/** How a server answers a command. */
export interface Reply {
    code?: number;
    stdout?: string;
    stderr?: string;
    /** ms that the command takes. */
    after?: number;
    /** The connection breaks after this output, for this reason. */
    drops?: string;
}

/** ms until a rebooting server answers again. */
const BOOT = 20_000;

/** The script that `Mending.break` sends: refused if a timer runs; else a timer, the word "struck", and the command. */
const BREAKING =
    /^systemctl is-active --quiet failover-mend\.timer && \{ echo (.*?) >&2; exit 9; \}; systemd-run .*? sh -c (.*?) && echo struck && \{ ([^]*)\n\}$/;
const MENDING = /^systemctl stop failover-mend\.timer 2>\/dev\/null; ([^]*)$/;

const unquoted = (word: string) => word.replace(/^'|'$/g, "");

/** A server of the pair: its service, keepalived and agent as far as the commands can tell. */
export class FakeNode {
    up = true;
    drained = false;
    service = true;
    keepalived = true;
    agent = true;
    /** The command that its timer runs if the program dies; null: there is no timer. */
    timer: string | null = null;

    constructor(
        private readonly pair: FakePair,
        readonly name: string,
    ) {}

    able(): boolean {
        return this.up && this.service && this.keepalived && !this.drained;
    }

    answer(command: string): Reply | Error {
        if (!this.up) {
            return dropped(this.name, "Connection timed out");
        }
        const breaking = BREAKING.exec(command);
        if (breaking !== null) {
            return this.break(...(breaking.slice(1).map(unquoted) as [string, string, string]));
        }
        const mending = MENDING.exec(command);
        if (mending !== null) {
            this.timer = null;
            return this.answer(mending[1]);
        }
        if (command !== "alias-switch status --json") {
            this.pair.commands.push(`${this.name}: ${command}`);
        }
        const reply = this.pair.instead(this, command) ?? this.do(command);
        this.pair.changed();
        return reply;
    }

    private break(busy: string, mend: string, act: string): Reply | Error {
        if (this.timer !== null) {
            return { code: 9, stderr: busy };
        }
        this.timer = mend;
        const reply = this.answer(act);
        return reply instanceof Error ? reply : { ...reply, stdout: `struck\n${reply.stdout ?? ""}` };
    }

    private do(command: string): Reply {
        const [, verb, what] = /^systemctl (start|stop) (\w+)/.exec(command) ?? [];
        if (what === "nginx" || what === "keepalived" || what === "alias") {
            const part = ({ nginx: "service", keepalived: "keepalived", alias: "agent" } as const)[what];
            this[part] = verb === "start";
            return {};
        }
        if (command.startsWith("python3 - ")) {
            const exam = this.pair.exam(this.pair.nodes.indexOf(this));
            return { stdout: `${Date.now() / 1000}\n${JSON.stringify(exam)}\n` };
        }
        if (command.startsWith("journalctl ")) {
            const stamp = String(Date.now() * 1000);
            const line = { __REALTIME_TIMESTAMP: stamp, SYSLOG_IDENTIFIER: "keepalived", MESSAGE: "state" };
            return { stdout: `${JSON.stringify(line)}\n` };
        }
        if (command.startsWith("alias-switch claim ")) {
            this.pair.holder = this.name;
            return { after: 1000 };
        }
        return this.other(command);
    }

    private other(command: string): Reply {
        switch (command) {
            case "alias-switch status --json":
                return this.status();
            case "alias-switch drain":
            case "alias-switch undrain":
                this.drained = command.endsWith(" drain");
                return {};
            case "systemctl kill --signal=KILL alias-switch":
                return { after: 100 };
            case "systemctl --no-block reboot":
            case "(sleep 0.2; systemctl reboot --force --force) >/dev/null 2>&1 </dev/null &":
                this.reboot();
                return { drops: "Connection closed by remote host" };
            case "cat /etc/failover-pair/config.json":
                return { stdout: JSON.stringify({ service: "nginx.service" }) };
            case "true":
                return {};
            default:
                throw new Error(`the fake node does not know: ${command}`);
        }
    }

    private reboot(): void {
        this.up = false;
        this.timer = null;
        setTimeout(() => {
            this.up = true;
            this.drained = false;
            this.service = this.keepalived = this.agent = true;
        }, BOOT);
    }

    private status(): Reply {
        const { master, holder, since } = this.pair;
        const serves = this.name === master;
        const able = this.able();
        const own = { node: this.name, holderByMetadata: holder, holderByApi: holder, drained: this.drained };
        const told = (serves ? report : backup)({
            ...own,
            since,
            lastClaim: serves ? { at: since + 1.5, from: this.pair.other(master).name, seconds: 1.5, steps: {} } : null,
            ...(able ? {} : { exit: 2, verdict: this.drained ? "drained" : "the service is inactive", vrrp: "FAULT" }),
            ...this.pair.reports(this),
        });
        return { code: told.exit, stdout: JSON.stringify(told) };
    }
}
