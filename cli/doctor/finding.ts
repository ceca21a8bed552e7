import type { Level } from "../problem";
import type { Exam } from "./exam";
import type { Node } from "../pair/findPair";

/** The result of a check. */
export interface Finding {
    check: string;
    level: Level;
    text: string;
    /** What to do about it; null for a good result. */
    way: string | null;
}

/** A node that could be examined. */
export interface Patient {
    node: Node;
    exam: Exam;
    clockOffset: number | null;
}

export const good = (check: string, text: string): Finding => ({ check, level: 0, text, way: null });
export const warning = (check: string, text: string, way: string): Finding => ({ check, level: 1, text, way });
export const critical = (check: string, text: string, way: string): Finding => ({ check, level: 2, text, way });

/** What is wrong, or that nothing is wrong. */
export function orGood(found: Finding[], check: string, text: string): Finding[] {
    return found.length > 0 ? found : [good(check, text)];
}
