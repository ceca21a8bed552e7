import { findPair, type Node } from "./pair/findPair";
import { readOutputs } from "./pair/outputs";
import { type Ssh, SystemSsh } from "./pair/ssh";
import { Problem } from "./problem";
import { style, type Style } from "./terminal/style";
import { shown } from "./wire/plain";

/** What every command needs. */
export interface Context {
    nodes: Node[];
    ssh: Ssh;
    json: boolean;
    /** Prints the result. With `json` it is the only output on stdout. */
    print: (text: string) => void;
    /** Prints the progress to stderr. */
    say: (text: string) => void;
    /** The style of stdout. */
    style: Style;
}

interface Values {
    stack?: string;
    outputs?: string;
    pair?: string;
    identity?: string;
    "ssh-option"?: string[];
    json?: boolean;
}

/** @throws Problem */
export async function contextOf(values: Values): Promise<Context> {
    const wrong = (values["ssh-option"] ?? []).filter((option) => !/^\w+=./.test(option));
    if (wrong.length > 0) {
        throw new Problem(`--ssh-option ${wrong.join(", ")}: write NAME=VALUE, such as ProxyJump=bastion`);
    }
    return {
        nodes: findPair(await readOutputs(values), values.pair),
        ssh: new SystemSsh(values.identity, values["ssh-option"] ?? []),
        json: values.json ?? false,
        print: (text) => process.stdout.write(`${shown(text)}\n`),
        say: (text) => process.stderr.write(`${shown(text)}\n`),
        style: style(process.stdout),
    };
}
