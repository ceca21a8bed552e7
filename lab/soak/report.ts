import type { StepReport } from "./soak";

/** The figures of a soak, for people and for --json. */
export function summary(reports: StepReport[]) {
    const worst = (of: (report: StepReport) => number) => Math.max(0, ...reports.map(of));
    const sum = (of: (report: StepReport) => number) => reports.reduce((total, report) => total + of(report), 0);
    const kinds: Record<string, number> = {};
    reports.flatMap(({ step }) => step.troubles).forEach(({ kind }) => (kinds[kind] = (kinds[kind] ?? 0) + 1));
    return {
        steps: reports.length,
        troubles: Object.values(kinds).reduce((total, count) => total + count, 0),
        kinds,
        worstConvergedMs: worst(({ convergedMs }) => convergedMs),
        claims: sum(({ claims }) => claims),
        mostClaims: worst(({ claims }) => claims),
        requests: sum(({ requests }) => requests),
        mostRequests: worst(({ requests }) => requests),
        lostMs: sum(({ lostMs }) => lostMs),
    };
}

export function sentence(reports: StepReport[]): string {
    const { steps, troubles, worstConvergedMs, claims, mostRequests, requests } = summary(reports);
    return (
        `${steps} steps with ${troubles} troubles; converged after ${worstConvergedMs} ms at worst, ` +
        `${claims} claims; ${requests} requests, at most ${mostRequests} in a step`
    );
}
