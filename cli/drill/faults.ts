import { command, sh, type ShellCommand } from "../pair/shell";
import { Problem } from "../problem";
import { plain } from "../wire/plain";
import { isUnit } from "../wire/words";

/** Something that is done to the node that serves. */
export interface Fault {
    name: string;
    about: string;
    /** For the node's shell. */
    strike: ShellCommand;
    mend: ShellCommand;
    /** Whether the other node has to take over. */
    moves: boolean;
    /** Whether it is part of a drill that names no faults. */
    usual: boolean;
}

/** None of them needs an API token: what they break comes back by itself, or can be mended over SSH. */
const FAULTS: Omit<Fault, "strike" | "mend">[] = [
    { name: "service-stop", about: "the watched service is stopped", moves: true, usual: true },
    { name: "keepalived-stop", about: "keepalived is stopped", moves: true, usual: true },
    { name: "agent-kill", about: "the agent alias-switch is killed; nobody may notice", moves: false, usual: true },
    { name: "reboot", about: "the node is rebooted", moves: true, usual: true },
    { name: "crash", about: "the node dies without a word, and boots again", moves: true, usual: false },
];

export const FAULT_LIST = FAULTS.map(({ name, about, usual }) => [`  ${name}`, about + (usual ? "" : " (if named)")]);

/**
 * The faults of these names, in their order; the usual ones if there is no name.
 *
 * @param service The unit that the pair watches, if any: without one it cannot fail.
 * @throws Problem that names every one that cannot be had.
 */
export function chooseFaults(names: string[], service: string | null): Fault[] {
    const unknown = names.filter((name) => FAULTS.every((fault) => fault.name !== name));
    if (unknown.length > 0) {
        const all = FAULTS.map(({ name }) => name).join(", ");
        throw new Problem(`there is no fault ${unknown.map((name) => `"${name}"`).join(", ")}; there are ${all}`);
    }
    const ofService = names.filter((name) => name.startsWith("service-"));
    if (service === null && ofService.length > 0) {
        throw new Problem(
            `${ofService.join(", ")}: this pair watches no service; it has none in its argument "service"`,
        );
    }
    if (service !== null && !isUnit(service)) {
        throw new Problem(
            `the watched service "${plain(service, 80)}" is not the name of a systemd service: look at /etc/failover-pair/config.json on the nodes, then run pulumi up`,
        );
    }
    const usual = FAULTS.filter(({ name, usual }) => usual && (service !== null || !name.startsWith("service-")));
    const chosen = names.length === 0 ? usual.map(({ name }) => name) : names;
    return chosen.map((name) => ({
        ...FAULTS.find((fault) => fault.name === name)!,
        ...commands(name, service ?? ""),
    }));
}

function commands(name: string, service: string): Pick<Fault, "strike" | "mend"> {
    switch (name) {
        case "service-stop":
            return {
                strike: command("systemctl", "stop", service),
                mend: command("systemctl", "start", service),
            };
        case "keepalived-stop":
            return { strike: sh`systemctl stop keepalived`, mend: sh`systemctl start keepalived` };
        case "agent-kill":
            return { strike: sh`systemctl kill --signal=KILL alias-switch`, mend: sh`systemctl start alias-switch` };
        case "reboot":
            // not waited for: the answer would race with the death of the one who gives it
            return { strike: sh`systemctl --no-block reboot`, mend: sh`true` };
        default:
            return {
                strike: sh`(sleep 0.2; systemctl reboot --force --force) >/dev/null 2>&1 </dev/null &`,
                mend: sh`true`,
            };
    }
}
