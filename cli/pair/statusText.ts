import { LEVELS } from "../problem";
import type { Style } from "../terminal/style";
import { table } from "../terminal/table";
import { span, when } from "../terminal/when";
import type { NodeReport, Seen } from "./report";
import type { Verdict } from "./verdict";

/** Both nodes side by side, and the verdict below them. */
export function statusText(seen: Seen[], verdict: Verdict, style: Style): string {
    const known = seen.find(({ report }) => report !== null)?.report;
    const pair = known == null ? [] : [`pair ${known.pair}, virtual IP ${known.vips.join(", ")}`, ""];
    const rows = [
        ["", ...seen.map(({ node }) => style.strong(node.name))],
        ["address", ...seen.map(({ node }) => `${node.privateIp}, ${node.publicIpv4}`)],
        ...Object.entries(ROWS)
            .map(([name, cell]) => [name, ...seen.map(({ report }) => (report === null ? "?" : cell(report)))])
            .filter(([, ...cells]) => cells.some((text) => text !== "–" && text !== "?")),
        ["verdict", ...seen.map((one) => verdictOf(one, style))],
    ];
    const why = verdict.level === 0 ? [] : verdict.why.map((reason) => `  - ${reason}`);
    const word = style.level(verdict.level, LEVELS[verdict.level].toUpperCase());
    return [...pair, table(rows), "", `${word}: ${verdict.text}`, ...why].join("\n");
}

export function statusJson(seen: Seen[], verdict: Verdict): string {
    const nodes = seen.map(({ node, report, error }) => ({
        name: node.name,
        privateIp: node.privateIp,
        publicIpv4: node.publicIpv4,
        reachable: report !== null,
        error,
        report,
    }));
    const { level, text, why } = verdict;
    return JSON.stringify({ level: LEVELS[level], verdict: text, why, nodes }, undefined, 4);
}

const yes = (value: boolean) => (value ? "yes" : "no");
const at = (stamp: number | null) => (stamp === null ? "" : ` since ${when(stamp * 1000)}`);

const ROWS: Record<string, (report: NodeReport) => string> = {
    VRRP: ({ vrrp, since }) => vrrp + at(since),
    "VIP on NIC": ({ vipsOnNic, interface: nic }) =>
        nic === null ? "no NIC" : `${vipsOnNic.length === 0 ? "no" : vipsOnNic.join(", ")} (${nic})`,
    "holder by API": ({ holderByApi, apiError }) => holderByApi ?? (apiError === null ? "?" : "not asked"),
    "holder by metadata": ({ holderByMetadata }) => holderByMetadata ?? "no answer",
    drained: ({ drained }) => yes(drained),
    keepalived: ({ keepalived }) => keepalived ?? "?",
    "alias-switch": ({ agent }) => agent,
    service: ({ service }) => service ?? "–",
    checks: ({ checks }) =>
        Object.entries(checks ?? {})
            .map(([name, state]) => `${name} ${state}`)
            .join(", ") || "–",
    ready: ({ ready, notReady }) => (ready === undefined ? "–" : ready ? "yes" : `no: ${notReady}`),
    bridge: ({ bridge }) => (bridge == null ? "–" : bridge.ready ? "ready" : (bridge.problem ?? "not running")),
    token: ({ tokenValid }) => (tokenValid === null ? "?" : tokenValid ? "good" : "refused"),
    "API requests left": ({ requestsLeft }) => String(requestsLeft ?? "?"),
    "last claim": ({ lastClaim }) =>
        lastClaim === null ? "–" : `${when(lastClaim.at * 1000)}, in ${span(lastClaim.seconds)}`,
    invalid: ({ odd }) => odd?.join(", ") || "–",
    "last error": ({ lastError }) =>
        lastError === null ? "–" : `${when(lastError.at * 1000)}${lastError.over ? ", over" : ""}: ${lastError.text}`,
};

function verdictOf({ report }: Seen, style: Style): string {
    return report === null ? style.critical("no answer") : style.level(report.exit, report.verdict);
}
