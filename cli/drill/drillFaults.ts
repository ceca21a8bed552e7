import { command, sh, type ShellCommand } from "../pair/shell";
import { Problem } from "../problem";
import { plain } from "../wire/plain";
import { isUnit } from "../wire/words";

/** A fault of the serving node. */
export interface DrillFault {
    name: string;
    about: string;
    /** A command for the node's shell. */
    strike: ShellCommand;
    mend: ShellCommand;
    /** Whether the other node has to take over. */
    moves: boolean;
    /** Whether a drill includes it by default. */
    usual: boolean;
}

/** Faults that need no API token: the node recovers by itself, or can be repaired over SSH. */
const FAULTS: Omit<DrillFault, "strike" | "mend">[] = [
    { name: "service-stop", about: "the watched service is stopped", moves: true, usual: true },
    { name: "keepalived-stop", about: "keepalived is stopped", moves: true, usual: true },
    {
        name: "agent-kill",
        about: "the agent alias-switch is killed, without any effect on clients",
        moves: false,
        usual: true,
    },
    { name: "reboot", about: "the node is rebooted", moves: true, usual: true },
    { name: "crash", about: "the node dies without a shutdown, and boots again", moves: true, usual: false },
];

export const FAULT_LIST = FAULTS.map(({ name, about, usual }) => [`  ${name}`, about + (usual ? "" : " (if named)")]);

/**
 * The faults with these names in their order, or the default ones without a name.
 *
 * @param service The unit that the pair watches, if any. Faults of the service need one.
 * @throws Problem that lists every impossible fault.
 */
export function chooseFaults(names: string[], service: string | null): DrillFault[] {
    const unknown = names.filter((name) => FAULTS.every((fault) => fault.name !== name));
    if (unknown.length > 0) {
        const all = FAULTS.map(({ name }) => name).join(", ");
        throw new Problem(`unknown fault ${unknown.map((name) => `"${name}"`).join(", ")}: choose from ${all}`);
    }
    const ofService = names.filter((name) => name.startsWith("service-"));
    if (service === null && ofService.length > 0) {
        throw new Problem(
            `${ofService.join(", ")}: this pair watches no service: set its argument "service", or choose other faults`,
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

function commands(name: string, service: string): Pick<DrillFault, "strike" | "mend"> {
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
            // without waiting: the node could die before it answers
            return { strike: sh`systemctl --no-block reboot`, mend: sh`true` };
        default:
            return {
                strike: sh`(sleep 0.2; systemctl reboot --force --force) >/dev/null 2>&1 </dev/null &`,
                mend: sh`true`,
            };
    }
}
