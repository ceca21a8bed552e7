import { pathToFileURL } from "url";

/** The arguments that make node run a TypeScript file, from whatever folder it is started in. */
export function tsxArgs(script: string): string[] {
    return ["--import", pathToFileURL(require.resolve("tsx")).href, script];
}
