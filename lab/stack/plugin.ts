import * as fs from "fs";
import * as path from "path";
import type { Engine } from "../engine/engine";

/**
 * The folder that a program in another language names as the component's package, for `components`, a folder with a
 * PulumiPlugin.yaml. Pulumi's own Node.js host runs this plugin by itself; the host that is built here cannot
 * (RunPlugin), so it gets a program in `folder` that does the same.
 */
export function pluginFolder(engine: Engine, components: string, folder: string): string {
    if (engine.source !== "built") {
        return components;
    }
    const runner = require.resolve("@pulumi/pulumi/cmd/run-plugin", { paths: [components] });
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
        path.join(folder, "pulumi-resource-failover-pair"),
        `#!/bin/sh\nexec '${process.execPath}' '${runner}' '${components}' "$@"\n`,
        { mode: 0o755 },
    );
    return folder;
}
