import type { Sample } from "../../../scripts/client/outage";

/** Where the answers were lost, if it was at several times: one lost by itself may be the machine's doing and not the pair's. */
export function gaps(samples: Sample[]): string {
    const inOrder = [...samples].sort((a, b) => a.seq - b.seq);
    const found: { at: number; lost: number }[] = [];
    inOrder.forEach(({ answer, sentAt }, i) => {
        if (answer === null && (i === 0 || inOrder[i - 1].answer !== null)) {
            found.push({ at: (sentAt - inOrder[0].sentAt) / 1000, lost: 0 });
        }
        if (answer === null) {
            found[found.length - 1].lost++;
        }
    });
    const each = found.map(({ at, lost }) => `${lost} after ${at.toFixed(1)} s`);
    return each.length > 1 ? `: ${each.join(", ")}` : "";
}
