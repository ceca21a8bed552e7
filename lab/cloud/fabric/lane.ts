/** Runs one task after the other, in the order of arrival; a failed one does not stop those behind it. */
export class Lane {
    private last: Promise<unknown> = Promise.resolve();

    run<T>(task: () => Promise<T>): Promise<T> {
        const turn = this.last.then(task, task);
        this.last = turn.catch(() => undefined);
        return turn;
    }
}
