import type { InvalidArguments } from "./invalidArgument";

const PORT = /^([1-9][0-9]{0,4})\/(tcp|udp)$/;
/** The agent probes at most this many ports in one test; scripts/failover_pair/journey.py has the same number. */
const MOST_PORTS = 16;

export function validatePorts(ports: string[] | undefined, problems: InvalidArguments): void {
    const given = ports ?? [];
    given.forEach((port, i) => {
        const number = Number(PORT.exec(port)?.[1]);
        problems.check(
            number <= 65535,
            `ports[${i}]`,
            `"${port}" is not a port: write its number and its protocol, such as 80/tcp or 53/udp`,
        );
        problems.check(given.indexOf(port) === i, `ports[${i}]`, `"${port}" is given twice: remove one`);
    });
    problems.check(
        given.length <= MOST_PORTS,
        "ports",
        `${given.length} ports, but the agent can probe at most ${MOST_PORTS}: give the most important ones`,
    );
}
