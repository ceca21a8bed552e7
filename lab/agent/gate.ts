import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Way {
    name: string;
    /** The address that the node connects to in the namespace; 127.0.0.1 by default. */
    address?: string;
    listen: number;
    /** The port that it leads to, on 127.0.0.1 outside. */
    target: number;
    /** The source address that the target sees. */
    source: string;
}

/**
 * The mode of a way: `closed` does not listen, `refuse` resets all connections, `silent` accepts and sends nothing,
 * `open` forwards. A number forwards to another port.
 */
export type Mode = "open" | "closed" | "refuse" | "silent" | number;

/** Forwards from a namespace to services of this process outside it. Each way can be blocked. */
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
