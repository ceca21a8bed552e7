import { kept, type Kept } from "./output";

/**
 * Runs stages one after the other. An early stage starts together with the first stage; its output is printed when the
 * stages before it have ended.
 *
 * @param run Gets the descriptor for the output of an early stage.
 * @param head Prints a line before a stage's output.
 */
export async function inTurn<S extends { early?: boolean }, T>(
    stages: S[],
    run: (stage: S, output?: number) => Promise<T>,
    head: (stage: S, beside: boolean) => void,
): Promise<T[]> {
    const early = new Map<S, Promise<Kept<T>>>();
    for (const stage of stages.slice(1).filter((one) => one.early)) {
        early.set(
            stage,
            kept((output) => run(stage, output)),
        );
    }
    const results: T[] = [];
    for (const stage of stages) {
        const begun = early.get(stage);
        head(stage, begun !== undefined);
        const ended = await begun;
        ended?.show();
        results.push(ended === undefined ? await run(stage) : ended.result);
    }
    return results;
}
