/**
 * `npm run bench -- --scale`: the cost of 1, 10, 50 and 200 pairs in one program, and the API requests of the agents of
 * 100 pairs. The engine, the component, the provider, the API of the local cloud and the agents are real. The nodes of
 * the pairs are a stand-in.
 */
import * as fs from "fs";
import { provideEngine } from "../../engine/engine";
import { say } from "../../stack/program";
import { IDLE_SECONDS, measureIdlePair } from "./agents";
import { forecast } from "./growth";
import { measure, type Checkpoints, type Size } from "./measure";
import { checkpointTable, growths, idleTable, requestsText, sizeTable } from "./report";

const SIZES = [1, 10, 50, 200];
/** Only these sizes write the state after each step. With 200 pairs that would take hours, as the comparison shows. */
const CHECKPOINTED = [10, 50];

const NOTICE = `
==========================================================================================================
 THE NODES ARE NOT REAL HERE. This machine cannot boot 400 servers, so one SSH server stands in for all of
 them: it accepts each command with its input, does nothing, and reports success. These times include no
 boot and no installation; real servers add them, for several nodes at once. The engine, the component,
 the provider and the cloud's API (60 ms a call, 800 ms an action) are real.
==========================================================================================================`;

export async function benchScale({ json }: { json?: string }): Promise<void> {
    say("scale: about 40 minutes on two cores, half of it for 200 pairs; needs 4 GB of memory");
    console.log(NOTICE);
    const engine = await provideEngine({ log: say });
    say(`idle agents, for ${IDLE_SECONDS} s with their clocks running faster`);
    const idle = await Promise.all([true, false].map(measureIdlePair));
    console.log(`\nRequests of idle agents:\n\n${idleTable(idle)}\n`);

    const series = async (pairs: number[], checkpoints: Checkpoints): Promise<Size[]> => {
        const done: Size[] = [];
        for (const size of pairs) {
            say(`${size} pairs, state written ${checkpoints}${expected(done, size)}`);
            done.push(await measure(engine, size, checkpoints));
            say(`  ${told(done[done.length - 1])}`);
        }
        return done;
    };
    const once = await series(SIZES, "once");
    console.log(`\nState written once, at the end (PULUMI_SKIP_CHECKPOINTS); memory of engine and program:\n`);
    console.log(`${sizeTable(once)}\n\n${requestsText(once)}\n`);
    const each = await series(CHECKPOINTED, "each step");
    console.log(
        `\nState written after each step, as the file backend does by itself:\n\n${checkpointTable(once, each)}\n`,
    );
    if (json !== undefined) {
        const figures = { idle, once: once.map(short), each: each.map(short), growth: growths(once) };
        fs.writeFileSync(json, JSON.stringify(figures, null, 4) + "\n");
    }
}

const total = ({ preview, up, again }: Size) => preview.seconds + up.seconds + again.seconds;

function expected(done: Size[], pairs: number): string {
    const points = done.map((size) => ({ pairs: size.pairs, cost: total(size) }));
    const seconds = forecast(points, pairs);
    return seconds === undefined ? "" : `: about ${(seconds / 60).toFixed(1)} minutes, by the growth so far`;
}

function told({ preview, up, again }: Size): string {
    const [a, b, c] = [preview, up, again].map((run) => `${run.seconds.toFixed(1)} s`);
    return `preview ${a}, up ${b}, up again ${c}`;
}

/** Without the engine's output. */
function short({ preview, up, again, ...rest }: Size) {
    const figures = [preview, up, again].map((run) => ({ ...run, output: undefined }));
    return { ...rest, preview: figures[0], up: figures[1], again: figures[2] };
}
