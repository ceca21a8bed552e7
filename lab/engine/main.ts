/** Prepares the engine and tells where it is: node --import tsx lab/engine/main.ts */
import { provideEngine } from "./engine";

async function main(): Promise<void> {
    const engine = await provideEngine();
    for (const [name, version] of Object.entries(engine.versions)) {
        console.log(`${name.padEnd(16)} ${version}`);
    }
    console.log(`${engine.source}: ${engine.root}/bin/pulumi`);
}

main().catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
});
