import * as path from "path";

/** The arguments with which node runs a TypeScript file from any folder. */
export function tsxArgs(script: string): string[] {
    return ["--require", path.join(__dirname, "typescript.cjs"), script];
}
