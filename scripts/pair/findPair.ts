import type { FailoverNodeInfo } from "../../components";
import { Problem } from "../problem";

/** A node as the commands need it; stacks of an older version of the package do not tell the host key. */
export type Node = Pick<FailoverNodeInfo, "name" | "privateIp" | "publicIpv4"> & {
    hostKey?: string;
    serverId?: number;
};

type Outputs = Record<string, unknown>;

/**
 * The two nodes of a pair in a stack's outputs: an output that is a FailoverPair's `nodes`, or the pair as a whole.
 *
 * @param wanted The name of the output, if there are several pairs.
 * @throws Problem if there is none, or no such one, or it is not clear which.
 */
export function findPair(outputs: Outputs, wanted?: string): Node[] {
    const pairs = candidates(outputs);
    const names = pairs.map(({ name }) => name).join(", ");
    if (pairs.length === 0) {
        const secret = Object.values(outputs).includes("[secret]") ? " (what is secret cannot be looked into)" : "";
        throw new Problem(
            `no output is a pair${secret}: export its nodes in the program, as in "export const nodes = pair.nodes;", and run pulumi up`,
        );
    }
    if (wanted !== undefined) {
        const found = pairs.find(({ name }) => name === wanted);
        if (found === undefined) {
            throw new Problem(`--pair: there is no pair in an output "${wanted}"; there is one in: ${names}`);
        }
        return found.nodes;
    }
    if (pairs.length > 1) {
        throw new Problem(`there are several pairs: say which one with --pair and the output's name, one of: ${names}`);
    }
    return pairs[0].nodes;
}

function candidates(outputs: Outputs): { name: string; nodes: Node[] }[] {
    return Object.entries(outputs).flatMap(([name, value]) => {
        const nodes = isRecord(value) ? value.nodes : value;
        return areNodes(nodes) ? [{ name, nodes }] : [];
    });
}

function areNodes(value: unknown): value is Node[] {
    return Array.isArray(value) && value.length === 2 && value.every(isNode);
}

function isNode(value: unknown): boolean {
    return isRecord(value) && ["name", "privateIp", "publicIpv4"].every((key) => typeof value[key] === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
