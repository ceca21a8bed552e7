/**
 * Replaces the clock and the timers of this process. Time jumps to the next timer as soon as nothing else is left to
 * do.
 */
interface Timer {
    id: number;
    at: number;
    every: number | null;
    call: () => void;
}

/** After this many turns of the event loop, a chain of promises and streams is idle. */
const TURNS = 4;

const REAL = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now };

/**
 * Runs `work` in virtual time, which begins at `from` (ms since the epoch).
 *
 * @throws Error if it waits for something other than a timer.
 */
export async function inVirtualTime<T>(from: number, work: () => Promise<T>): Promise<T> {
    const time = new VirtualTime(from);
    time.install();
    try {
        return await time.run(work());
    } finally {
        Object.assign(globalThis, { ...REAL, now: undefined });
        Date.now = REAL.now;
    }
}

class VirtualTime {
    private timers: Timer[] = [];
    private next = 1;

    constructor(private now: number) {}

    install(): void {
        const start = (call: (...args: unknown[]) => void, ms: number, repeat: boolean, args: unknown[]) => {
            const id = this.next++;
            this.timers.push({ id, at: this.now + ms, every: repeat ? ms : null, call: () => call(...args) });
            return id;
        };
        const stop = (id: unknown) => {
            this.timers = this.timers.filter((timer) => timer.id !== id);
        };
        Object.assign(globalThis, {
            setTimeout: (call: () => void, ms = 0, ...args: unknown[]) => start(call, ms, false, args),
            setInterval: (call: () => void, ms = 1, ...args: unknown[]) => start(call, ms, true, args),
            clearTimeout: stop,
            clearInterval: stop,
        });
        Date.now = () => this.now;
    }

    async run<T>(work: Promise<T>): Promise<T> {
        let ended = false;
        const end = () => (ended = true);
        work.then(end, end);
        for (;;) {
            for (let turn = 0; turn < TURNS && !ended; turn++) {
                await new Promise((resolve) => setImmediate(resolve));
            }
            if (ended) {
                return work;
            }
            this.advance();
        }
    }

    private advance(): void {
        const timer = this.timers.reduce<Timer | null>((a, b) => (a === null || b.at < a.at ? b : a), null);
        if (timer === null) {
            throw new Error("the work waits for something that no timer brings");
        }
        this.now = Math.max(this.now, timer.at);
        if (timer.every === null) {
            this.timers = this.timers.filter((one) => one !== timer);
        } else {
            timer.at += timer.every;
        }
        timer.call();
    }
}
