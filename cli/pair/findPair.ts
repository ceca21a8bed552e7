import type { FailoverNodeInfo } from "../../components";
import { Problem } from "../problem";
import { plain } from "../wire/plain";
import { isRecord } from "../wire/shape";
import { isAddress, isHostKey, isName } from "../wire/words";

/** A node as the commands need it. Stacks of an older version of the package do not have the host key. */
export type Node = Pick<FailoverNodeInfo, "name" | "privateIp" | "publicIpv4"> & {
    hostKey?: string;
    serverId?: number;
};

type Outputs = Record<string, unknown>;

/**
 * The two nodes of a pair in a stack's outputs. The output is a FailoverPair's `nodes` or the whole pair.
 *
 * @param wanted The name of the output, if there are several pairs.
 * @throws Problem if the outputs hold no pair, several pairs, or not the pair that was named
 */
export function findPair(outputs: Outputs, wanted?: string): Node[] {
    const pairs = candidates(outputs);
    const names = pairs.map(({ name }) => name).join(", ");
    if (pairs.length === 0) {
        const secret = Object.values(outputs).includes("[secret]") ? " (secret outputs cannot be read)" : "";
        throw new Problem(
            `no output contains a pair${secret}: export its nodes in the program, such as "export const nodes = pair.nodes;", and run pulumi up`,
        );
    }
    if (wanted !== undefined) {
        const found = pairs.find(({ name }) => name === wanted);
        if (found === undefined) {
            throw new Problem(`--pair: the output "${wanted}" does not contain a pair: choose one of ${names}`);
        }
        return checked(found);
    }
    const [only] = pairs;
    if (pairs.length > 1 || only === undefined) {
        throw new Problem(
            `the stack has several pairs: choose one with --pair and the name of its output, one of: ${names}`,
        );
    }
    return checked(only);
}

function candidates(outputs: Outputs): { name: string; nodes: Node[] }[] {
    return Object.entries(outputs).flatMap(([name, value]) => {
        const nodes = isRecord(value) ? value.nodes : value;
        return areNodes(nodes) ? [{ name, nodes }] : [];
    });
}

/** Two objects with names and addresses. The values are checked when a pair is chosen. */
function areNodes(value: unknown): value is Node[] {
    return Array.isArray(value) && value.length === 2 && value.every(isNode);
}

function isNode(value: unknown): boolean {
    return isRecord(value) && ["name", "privateIp", "publicIpv4"].every((key) => typeof value[key] === "string");
}

const NODE: Record<keyof Node, (value: unknown) => boolean> = {
    name: (value) => isName(value as string),
    privateIp: (value) => isAddress(value as string),
    publicIpv4: (value) => isAddress(value as string),
    hostKey: (value) => value === undefined || (typeof value === "string" && isHostKey(value)),
    serverId: (value) => value === undefined || (Number.isSafeInteger(value) && (value as number) > 0),
};

/** These values go into commands, paths and known_hosts files. @throws Problem that names every unsafe value */
function checked({ name: output, nodes }: { name: string; nodes: Node[] }): Node[] {
    const wrong = nodes.flatMap((node, index) =>
        (Object.keys(NODE) as (keyof Node)[])
            .filter((key) => !NODE[key](node[key]))
            .map((key) => `nodes[${index}].${key} is ${plain(JSON.stringify(node[key]), 80)}`),
    );
    if (wrong.length > 0) {
        throw new Problem(
            `the output "${output}" is not the output of a FailoverPair: ${wrong.join("; ")}. Export the pair's own nodes, such as "export const nodes = pair.nodes;", and run pulumi up`,
        );
    }
    return nodes;
}
