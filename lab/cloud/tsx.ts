import { pathToFileURL } from "url";

/** The arguments with which node runs a TypeScript file from any folder. */
export function tsxArgs(script: string): string[] {
    return ["--import", pathToFileURL(require.resolve("tsx")).href, script];
}
