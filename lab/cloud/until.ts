/**
 * Waits for a condition, and checks it every `everyMs`.
 *
 * @param what What the error names after "timed out waiting for".
 * @throws Error after `timeoutMs`, with the last error of the condition if it threw
 */
export async function until(
    what: string,
    timeoutMs: number,
    condition: () => boolean | Promise<boolean>,
    everyMs = 50,
): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let problem: unknown;
    while (Date.now() < deadline) {
        try {
            if (await condition()) {
                return;
            }
            problem = undefined;
        } catch (error) {
            problem = error;
        }
        await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    const why = problem instanceof Error ? `; last error: ${problem.message}` : "";
    throw new Error(`timed out after ${timeoutMs / 1000} s waiting for ${what}${why}`, { cause: problem });
}
