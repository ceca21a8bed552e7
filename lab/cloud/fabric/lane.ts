/** Runs tasks one after the other in the order of arrival. A failed task does not stop the next ones. */
export class Lane {
    private last: Promise<unknown> = Promise.resolve();

    run<T>(task: () => Promise<T>): Promise<T> {
        const turn = this.last.then(task, task);
        this.last = turn.catch(() => undefined);
        return turn;
    }
}
