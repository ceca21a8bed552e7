import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { tsxArgs } from "../../../lab/cloud/tsx";
import { ROOT } from "./paths";
import type { Running } from "./running";

/**
 * Runs `npx failover …` as an operator of the stack does: in its folder, with its key, from the internet of its cloud.
 * No output has the client server's host key, so it is trusted at the first contact.
 */
export function failover(pair: Running, ...args: string[]) {
    const { cloud, deployment } = pair;
    const known = path.join(cloud.dir, "demo", "known_hosts");
    const [command, ...rest] = args;
    const ssh = [
        "-i",
        deployment.sshKeyFile,
        "-o",
        "StrictHostKeyChecking=accept-new",
        "-o",
        `UserKnownHostsFile=${known}`,
    ];
    const node = [process.execPath, ...tsxArgs(path.join(ROOT, "cli", "main.ts"))];
    const [program, ...words] = [...cloud.nsenterArgs(cloud.netns), ...node, command, ...ssh, ...rest];
    return execa(program, words, {
        cwd: deployment.dir,
        env: { ...deployment.env, PATH: `${deployment.pulumiBin}:${process.env.PATH ?? ""}` },
        input: "",
        reject: false,
    });
}

/** Parses XML strictly. @returns the number of elements by name */
export async function parseXml(pair: Running, xml: string): Promise<Record<string, number>> {
    const file = path.join(pair.cloud.dir, "parsed.xml");
    fs.writeFileSync(file, xml);
    const program = [
        "import collections, json, sys, xml.etree.ElementTree as tree",
        "names = (element.tag.split('}')[-1] for element in tree.parse(sys.argv[1]).iter())",
        "print(json.dumps(collections.Counter(names)))",
    ].join("\n");
    const { stdout } = await execa("python3", ["-c", program, file]);
    return JSON.parse(stdout) as Record<string, number>;
}
