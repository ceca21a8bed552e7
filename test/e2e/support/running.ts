/** The pair that the tests of demo/ share: created by the documented demo command, and removed after the last test. */
import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { attachCloud, stopCloud, type Cloud } from "../../../lab/cloud";
import { provideEngine, type Engine } from "../../../lab/engine/engine";
import { ownSources } from "../../../lab/stack/checkout";
import { openDeployment, type Deployment } from "../../../lab/stack/workspace";
import { ROOT } from "./paths";
import { followsWhen } from "./sharedPair";
import { watchProcesses } from "./processes";

const NAME = `e2e${process.pid}`;

export interface DemoFigures {
    up: { seconds: number };
    faults: { name: string; outageMs: number; followMs: number; before: string; after: string }[];
}

export interface Running {
    cloud: Cloud;
    engine: Engine;
    deployment: Deployment;
    /** The demo's output. */
    output: string;
    figures: DemoFigures;
    /** The arguments and environments of all processes on the machine during the demo. */
    processes: Set<string>;
}

let shared: Promise<Running> | undefined;

/** Runs the demo at the first call; later calls get the same pair. */
export function running(): Promise<Running> {
    shared ??= start();
    return shared;
}

async function start(): Promise<Running> {
    const json = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-e2e-")), "demo.json");
    const watch = watchProcesses();
    const demo = execa("npm", ["run", "demo", "--", "--keep", "--json", json, "--name", NAME], {
        cwd: ROOT,
        all: true,
    });
    demo.all!.pipe(process.stdout);
    const { all: output } = await demo.finally(() => watch.stop());
    const cloud = await attachCloud(NAME);
    const engine = await provideEngine();
    const deployment = await openDeployment(cloud, engine);
    ownSources(deployment);
    // these tests are about the agent and the API, not about the bridge
    await followsWhen(deployment, "immediately");
    return {
        cloud,
        engine,
        deployment,
        output: output ?? "",
        figures: JSON.parse(fs.readFileSync(json, "utf8")) as DemoFigures,
        processes: watch.seen,
    };
}

after(async function () {
    this.timeout(120_000);
    await stopCloud(NAME);
    expect(
        fs.readdirSync("/run/netns", { encoding: "utf8" }).filter((ns) => ns.startsWith(`lc-${NAME}-`)),
    ).to.deep.equal([]);
});
