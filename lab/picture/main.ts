/**
 * `npm run picture`: draws docs/failover.svg from a new drill on the local cloud, or from the report of an earlier
 * drill.
 */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { start, tidied } from "../stack/program";
import { startStack, type StartedStack } from "../stack/startStack";
import { tsxArgs } from "../cloud/tsx";
import { picture } from "./picture";

const ROOT = path.resolve(__dirname, "../..");
const PICTURE = path.join(ROOT, "docs", "failover.svg");
const FAULTS = ["service-stop", "crash"];

/** Runs the drill as an operator does: in the stack's folder, from the internet of its cloud. */
async function drill({ cloud, deployment }: StartedStack, report: string): Promise<void> {
    const addresses = (await deployment.stack.outputs()).ip4Map.value as Record<string, string>;
    const options = {
        "-i": deployment.sshKeyFile,
        // no output of the stack has the client's host key
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
    const work = async () => {
        const report = path.join(stack.cloud.dir, "drill.html");
        await drill(stack, report);
        return fs.readFileSync(report, "utf8");
    };
    return tidied(work, () => stack.cloud.down());
}

start({
    name: "npm run picture",
    about: "Draws docs/failover.svg from a real drill. Without --report it needs Linux and root.",
    options: {
        report: {
            type: "string",
            value: "FILE",
            about: "what `npx failover drill --report FILE` wrote; default: makes a pair on a local cloud, drills it and removes it",
        },
    },
    run: async (values) => {
        const report = values.report === undefined ? await ownReport() : fs.readFileSync(values.report, "utf8");
        fs.writeFileSync(PICTURE, picture(report));
        console.log(`wrote ${path.relative(process.cwd(), PICTURE)}`);
    },
});
