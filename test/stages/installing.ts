import { installPackages } from "../../lab/cloud/preflight";

/**
 * Installs what these stages call and is missing, at once and beside the first stages: apt waits for the network, and
 * reads its lists for each call.
 *
 * @returns Rejects where a stage that waits for it can tell.
 */
export function installing(stages: { packages(): string[] }[], install = installPackages): Promise<void> {
    const packages = [...new Set(stages.flatMap((stage) => stage.packages()))];
    const installed = packages.length > 0 ? install(packages, console.log) : Promise.resolve();
    installed.catch(() => undefined);
    return installed;
}
