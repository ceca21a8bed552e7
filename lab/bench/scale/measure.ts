import type { Engine } from "../../engine/engine";
import { tidied } from "../../stack/program";
import { Ground } from "./ground";
import { Pulumi, type Run } from "./pulumi";

/** The cost of a number of pairs in one program. */
export interface Size {
    pairs: number;
    resources: number;
    preview: Run;
    up: Run;
    /** A second `up`, without changes. */
    again: Run;
    stateBytes: number;
}

/** When the engine writes the state: after each step, as the file backend does, or once. */
export type Checkpoints = "each step" | "once";

const SETTINGS: Record<Checkpoints, Record<string, string>> = {
    "each step": {},
    once: { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" },
};

/** Creates the pairs in an empty cloud and deletes them. @throws Error if the second `up` changes anything */
export async function measure(engine: Engine, pairs: number, checkpoints: Checkpoints): Promise<Size> {
    const ground = await Ground.open();
    const measuring = async (): Promise<Size> => {
        const pulumi = new Pulumi(ground, engine, SETTINGS[checkpoints]);
        await pulumi.prepare(pairs);
        const preview = await pulumi.run(["preview"]);
        const up = await pulumi.run(["up", "--skip-preview", "--yes"]);
        const again = await pulumi.run(["up", "--skip-preview", "--yes", "--expect-no-changes"]);
        const resources = Number(/\+ (\d+) created/.exec(up.output)?.[1]);
        return { pairs, resources, preview, up, again, stateBytes: pulumi.stateBytes };
    };
    return tidied(measuring, () => ground.close());
}
