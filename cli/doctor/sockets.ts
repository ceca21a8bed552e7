/**
 * Finds processes that took a port of the service: with `ip_nonlocal_bind` every user of a node can bind the virtual IP
 * before the service does.
 */
import type { Exam, Listening } from "./exam";
import { critical, type Finding, good, type Patient } from "./finding";

export function ports(patients: Patient[]): Finding[] {
    const found = patients.flatMap(({ node: { name }, exam }) =>
        (exam.sockets ?? [])
            .filter((socket) => isForeign(socket, exam))
            .map(({ address, port, program, pid, uid, cgroup }) =>
                critical(
                    "ports",
                    `${name}: ${program} (process ${pid}, user ${uid}, ${cgroup}) listens at ${address}, port ${port}, in place of the service`,
                    `on ${name}: kill ${pid}, then restart the service; a systemd socket unit for the service prevents this`,
                ),
            ),
    );
    return found.length > 0 ? found : [good("ports", "no other user has a port of the service")];
}

/**
 * A process of a login session or, if the service's unit is known, a process of another unit that root did not start.
 */
function isForeign({ port, address, uid, cgroup }: Listening, { config, agentPorts }: Exam): boolean {
    const service = config?.service ?? null;
    if (uid === 0 || (service !== null && cgroup.split("/").includes(service))) {
        return false;
    }
    const known = [...(config?.ports ?? []), ...(agentPorts ?? [])].includes(port);
    const atVip = (config?.vips ?? []).includes(address);
    return cgroup.startsWith("/user.slice/") ? known || atVip : known && service !== null;
}
