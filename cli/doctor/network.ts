/** Checks of the clocks and NICs, and of VRRP between the nodes. */
import { critical, type Finding, good, orGood, type Patient, warning } from "./finding";
import { rewrite } from "./software";

/** In seconds. */
const APART = 1;
const FROM_HERE = 5;

export function clocks(patients: Patient[]): Finding[] {
    const known = patients.flatMap(({ node, clockOffset }) => (clockOffset === null ? [] : [{ node, clockOffset }]));
    const text = known.map(({ node, clockOffset }) => `${node.name} ${signed(clockOffset)}`).join(", ");
    const [a, b = a] = known;
    if (a === undefined || b === undefined) {
        return [];
    }
    const apart = Math.abs(a.clockOffset - b.clockOffset);
    if (apart > APART) {
        const worse = Math.abs(a.clockOffset) > Math.abs(b.clockOffset) ? a : b;
        return [
            warning(
                "clock",
                `the nodes' clocks are ${apart.toFixed(1)} s apart (from here: ${text}), so their journals cannot be compared`,
                `on ${worse.node.name}: timedatectl set-ntp true, then timedatectl; without a time service: apt-get install systemd-timesyncd`,
            ),
        ];
    }
    if (Math.abs(a.clockOffset) > FROM_HERE) {
        const way = "compare all three with a correct clock; run timedatectl set-ntp true where the time is wrong";
        return [warning("clock", `the nodes' clocks agree with each other, but not with this machine's: ${text}`, way)];
    }
    return [good("clock", `from here: ${text}`)];
}

const signed = (seconds: number) => `${seconds < 0 ? "−" : "+"}${Math.abs(seconds).toFixed(2)} s`;

export function nics(patients: Patient[]): Finding[] {
    return patients.flatMap(({ node, exam }) => {
        const nic = exam.status?.interface ?? null;
        if (nic === null) {
            const way = `is the server attached to the network? hcloud server describe ${node.name}; then on it: networkctl, dhclient`;
            return [critical("nic", `${node.name}: no NIC has its private address ${node.privateIp}`, way)];
        }
        const configured = /^\s*interface (\S+)$/m.exec(exam.keepalivedConf ?? "")?.[1];
        if (configured !== undefined && configured !== nic) {
            const text = `${node.name}: keepalived is configured for ${configured}, but ${node.privateIp} is on ${nic}`;
            return [critical("nic", text, rewrite(node.name, "keepalived"))];
        }
        return [good("nic", `${node.name}: ${node.privateIp} on ${nic}`)];
    });
}

/**
 * Packets prove more than states do: which node sends, what arrives at the other node, and what its own firewall
 * accepts.
 */
export function adverts(patients: Patient[]): Finding[] {
    const found = patients.flatMap(({ node, exam }): Finding[] => {
        const seen = exam.adverts;
        const peer = patients.find((other) => other.node !== node);
        if (seen === null) {
            const way =
                "let root over SSH have the default capabilities, or run it yourself: tcpdump -ni any proto 112";
            return [
                warning("vrrp", `${node.name}: the examination could not listen for VRRP: ${exam.advertsError}`, way),
            ];
        }
        if (seen.arrived > 0 && seen.delivered === 0) {
            const from = exam.config?.peerAddress;
            const text = `${node.name}: ${seen.arrived} adverts from ${from} arrived, but the firewall of ${node.name} dropped them`;
            return [
                critical("vrrp", text, `on ${node.name}: nft list ruleset; accept protocol vrrp (112) from ${from}`),
            ];
        }
        if (peer?.exam.adverts && peer.exam.adverts.sent > 0 && seen.arrived === 0) {
            const text = `${peer.node.name} sent ${peer.exam.adverts.sent} adverts, but none arrived at ${node.name}`;
            const way = `are both servers in one network? On ${node.name}: ping ${exam.config?.peerAddress}; ip route get ${exam.config?.peerAddress}`;
            return [critical("vrrp", text, way)];
        }
        return [];
    });
    const counts = patients.flatMap(({ exam }) => exam.adverts ?? []);
    if (found.length === 0 && patients.length === 2 && counts.every(({ sent, delivered }) => sent + delivered === 0)) {
        const way = "does keepalived run? failover status; failover logs; a firewall may also block outgoing packets";
        return [critical("vrrp", "no node sends adverts", way)];
    }
    if (found.length === 0) {
        found.push(...settledWithoutVrrp(patients));
    }
    const heard = patients.filter(({ exam }) => (exam.adverts?.delivered ?? 0) > 0).map(({ node }) => node.name);
    return orGood(
        found,
        "vrrp",
        heard.length === 0
            ? "only one node answers, so there are no adverts to compare"
            : `${heard.join(", ")} receives its peer's adverts`,
    );
}

/**
 * Only a MASTER sends adverts, so when the agents have settled on one MASTER, no packets show that adverts are lost.
 */
function settledWithoutVrrp(patients: Patient[]): Finding[] {
    return patients
        .filter(({ exam: { status } }) => status?.vrrp === "MASTER" && status.hearsVrrp === false)
        .map(({ node, exam }) => {
            const from = exam.config?.peerAddress;
            const text = `${node.name} became MASTER although its peer was MASTER, whose adverts do not reach it; the agents settled that ${node.name} serves`;
            const way = `on ${node.name}: nft list ruleset; accept protocol vrrp (112) from ${from}; then the same on the other node`;
            return critical("vrrp", text, way);
        });
}
