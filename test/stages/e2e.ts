import * as os from "os";
import * as path from "path";
import { judgedAlone } from "./alone";
import { mocha, ROOT, sum, type Counts } from "./mocha";
import { kept } from "./output";
import { leftOut, partsOf, schedule, TURNS, turnOf, type Part } from "./parts";
import { testFiles } from "./words";

/** Two parts for each processor leave it idle for a hundredth of the time (vmstat, two processors): more would be late. */
const AT_ONCE = 2 * os.availableParallelism();
const TELL_MS = 60_000;

const began = Date.now();
const seconds = (from: number) => Math.round((Date.now() - from) / 1000);

function say(line: string): void {
    console.log(`[${String(seconds(began)).padStart(5)} s] ${line}`);
}

const FOLDER = path.join(ROOT, "test", "e2e");

/** All parts in `every` run, and otherwise those without a turn and those whose turn it is today. */
function chosen(every: boolean): Part[] {
    const parts = partsOf(FOLDER, testFiles([FOLDER]));
    if (every) {
        return parts;
    }
    const turn = turnOf(began);
    const left = leftOut(turn);
    console.log(
        `today it is the turn of ${TURNS[turn].join(", ")}; ${left.join(", ")} run on other days, and with --every`,
    );
    return parts.filter(({ name }) => !left.includes(name));
}

/**
 * Runs end-to-end tests in parts side by side; each part's output is printed when it has ended.
 *
 * @param paths The tests at these paths; of the whole folder only those whose turn it is, unless `every`.
 */
export async function e2e(paths: string[], every: boolean): Promise<Counts> {
    const parts = paths.includes(FOLDER) ? chosen(every) : partsOf(FOLDER, testFiles(paths));
    const waiting = new Set(parts);
    const running = new Map<Part, number>();
    const tell = () => {
        const now = [...running].map(([{ name }, from]) => `${name} (${seconds(from)} s)`);
        say(`running: ${now.join(", ")}; ${waiting.size} parts are waiting`);
    };
    const run = async (part: Part) => {
        waiting.delete(part);
        running.set(part, Date.now());
        say(`${part.name} begins`);
        const done = await runPart(part);
        running.delete(part);
        return done;
    };
    const telling = setInterval(tell, TELL_MS);
    try {
        const counts = await schedule(parts, AT_ONCE, run);
        // a part that ran alone needs no second run
        const [beside, alone] = [false, true].map((is) => counts.filter((_one, i) => parts[i].alone === is));
        const again = (name: string) => run(parts.find((part) => part.name === name)!);
        const judged = [...(await judgedAlone(beside, again)), ...alone];
        return { ...sum(judged), parts: judged };
    } finally {
        clearInterval(telling);
    }
}

/** Runs a part in a process of its own. */
async function runPart({ name, files }: Part): Promise<Counts> {
    const words = [...files, ...(process.stdout.isTTY ? ["--color"] : [])];
    const { result, show } = await kept((output) => mocha(words, { output, name }));
    say(`${name} has ended; its output:`);
    show();
    return result;
}
