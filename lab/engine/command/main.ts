import { EngineLog } from "./engineLog";
import { serve } from "./server";
import { VERSION } from "./version";

async function main(): Promise<void> {
    // the original's name in a list of processes
    process.title = "pulumi-resource-command";
    // the engine passes its own address last, after flags such as -v=9
    const engine = process.argv
        .slice(2)
        .filter((argument) => !argument.startsWith("-"))
        .pop();
    if (process.argv.includes("--version") || engine === undefined) {
        console.log(VERSION);
        return;
    }
    console.error(
        `pulumi-resource-command ${VERSION}: a stand-in for the official plugin, which is not available here`,
    );
    const { port } = await serve(new EngineLog(engine));
    console.log(port);
    endWithParent();
}

/** A plugin must not outlive an engine that was killed. */
function endWithParent(): void {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && process.exit(0), 1000).unref();
}

void main();
