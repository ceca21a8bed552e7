import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Way {
    name: string;
    /** Where the node connects to in the namespace; 127.0.0.1 unless told. */
    address?: string;
    listen: number;
    /** Where that leads to, on 127.0.0.1 outside. */
    target: number;
    /** Which address the target sees. */
    source: string;
}

/**
 * What a way does: `closed` listens no more, `refuse` resets what there is and what comes, `silent` accepts and swallows,
 * a number is another port to lead to.
 */
export type Mode = "open" | "closed" | "refuse" | "silent" | number;

/** Leads from a namespace to what this process serves outside of it; each way can be blocked. */
export class Gate {
    private readonly process: ChildProcess;
    private readonly answers: (() => void)[] = [];

    private constructor(netns: string, ways: Way[]) {
        const specs = ways.map(
            ({ name, address = "127.0.0.1", listen, target, source }) =>
                `${name}=${[address, listen, target, source].join(",")}`,
        );
        this.process = spawn("python3", [join(__dirname, "gate.py"), `/run/netns/${netns}`, ...specs], {
            stdio: ["pipe", "pipe", "inherit"],
        });
        createInterface({ input: this.process.stdout! }).on("line", () => this.answers.shift()?.());
    }

    static async open(netns: string, ways: Way[]): Promise<Gate> {
        const gate = new Gate(netns, ways);
        await gate.answer();
        return gate;
    }

    async set(name: string, mode: Mode): Promise<void> {
        this.process.stdin!.write(`${name} ${mode}\n`);
        await this.answer();
    }

    async close(): Promise<void> {
        const ended = once(this.process, "exit");
        this.process.stdin!.end();
        this.process.kill();
        await ended;
    }

    private answer(): Promise<void> {
        return new Promise((resolve, reject) => {
            const ended = (code: number | null): void => reject(new Error(`the gate ended with ${code}`));
            this.process.once("exit", ended);
            this.answers.push(() => {
                this.process.off("exit", ended);
                resolve();
            });
        });
    }
}
