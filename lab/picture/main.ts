/** `npm run picture`: draws docs/failover.svg from a drill on the local cloud, or from a drill's report that is there. */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { parseArgs } from "util";
import { helpIfAsked } from "../stack/help";
import { startStack, type StartedStack } from "../stack/startStack";
import { tsxArgs } from "../cloud/tsx";
import { picture } from "./picture";

const USAGE = `Draws docs/failover.svg from a real drill. Without --report it needs Linux and root.

  npm run picture -- [--report FILE]

  --report FILE  what \`npx failover drill --report FILE\` wrote; default: makes a pair on a local cloud, drills it and
                 removes it`;

const ROOT = path.resolve(__dirname, "../..");
const PICTURE = path.join(ROOT, "docs", "failover.svg");
const FAULTS = ["service-stop", "crash"];

/** Runs the drill as an operator does: in the stack's folder, from the internet of its cloud. */
async function drill({ cloud, deployment }: StartedStack, report: string): Promise<void> {
    const addresses = (await deployment.stack.outputs()).ip4Map.value as Record<string, string>;
    const options = {
        "-i": deployment.sshKeyFile,
        // the client's host key is in no output of the stack
        "-o": `StrictHostKeyChecking=accept-new`,
        "--client": `root@${addresses["10.0.2.1"]}`,
        "--report": report,
    };
    const cli = [process.execPath, ...tsxArgs(path.join(ROOT, "cli", "main.ts"))];
    const known = ["-o", `UserKnownHostsFile=${path.join(cloud.dir, "known_hosts")}`];
    const words = ["drill", ...FAULTS, "--yes", ...Object.entries(options).flat(), ...known];
    const [program, ...args] = [...cloud.nsenterArgs(cloud.netns), ...cli, ...words];
    await execa(program, args, {
        cwd: deployment.dir,
        env: { ...deployment.env, PATH: `${deployment.pulumiBin}:${process.env.PATH ?? ""}` },
        stdio: ["ignore", "inherit", "inherit"],
    });
}

async function ownReport(): Promise<string> {
    const stack = await startStack({ cloud: { name: "picture", log: console.log } });
    const down = () => stack.cloud.down();
    process.on("SIGINT", () => void down().finally(() => process.exit(130)));
    try {
        const report = path.join(stack.cloud.dir, "drill.html");
        await drill(stack, report);
        return fs.readFileSync(report, "utf8");
    } finally {
        await down();
    }
}

async function main(): Promise<void> {
    helpIfAsked(USAGE);
    const { values } = parseArgs({ options: { report: { type: "string" } } });
    const report = values.report === undefined ? await ownReport() : fs.readFileSync(values.report, "utf8");
    fs.writeFileSync(PICTURE, picture(report));
    console.log(`wrote ${path.relative(process.cwd(), PICTURE)}`);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
