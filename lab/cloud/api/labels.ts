import { invalidInput } from "./errors";
import { isLabelKey, isLabelValue } from "./validation";

type Labels = Record<string, string>;
type Condition = (labels: Labels) => boolean;

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const COMPARISON = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/;

/**
 * Compiles a label selector: `k`, `!k`, `k=v`, `k==v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`, joined by commas (AND). As in Kubernetes, `!=`
 * and `notin` are also true where the key is absent.
 * @throws ApiError `invalid_input` for anything else
 */
export function labelSelector(selector: string): Condition {
    // a comma inside parentheses separates values, not conditions
    const conditions = selector.split(/,(?![^(]*\))/).map((part) => condition(part.trim(), selector));
    return (labels) => conditions.every((holds) => holds(labels));
}

function condition(text: string, selector: string): Condition {
    const inSet = SET.exec(text);
    if (inSet) {
        const [, key, operator, list] = inSet;
        const values = list.split(",").map((value) => value.trim());
        check(selector, key, values);
        return (labels) => (key in labels && values.includes(labels[key])) === (operator === "in");
    }
    const comparison = COMPARISON.exec(text);
    if (comparison) {
        const [, key, operator, value] = comparison;
        check(selector, key, [value]);
        return (labels) => (labels[key] === value) === (operator !== "!=");
    }
    const [, not, key] = /^(!?)\s*(.*)$/.exec(text)!;
    check(selector, key, []);
    return (labels) => key in labels === (not === "");
}

function check(selector: string, key: string, values: string[]): void {
    if (!isLabelKey(key) || !values.every(isLabelValue)) {
        throw invalidInput({ label_selector: [`'${selector}' is not a label selector`] });
    }
}
