import { expect } from "chai";
import { spawn, type ChildProcess } from "child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import type { Greeting } from "../../../../components/ssh/greeting";
import { watchStep } from "../../../../components/ssh/stepWatch";

const ROOT = resolve(__dirname, "../../../..");
const never = new Promise<void>(() => undefined);

describe("a step whose plugin may never return", () => {
    const answers = (...each: Greeting[]) => {
        let asked = 0;
        return () => Promise.resolve(each[Math.min(asked++, each.length - 1)]);
    };
    const watched = { every: 0.01, misses: 3, longest: 60 };

    // the timers of a watch do not keep the process alive, so the test needs another timer
    let alive: NodeJS.Timeout;
    before(() => (alive = setInterval(() => undefined, 1000)));
    after(() => clearInterval(alive));

    it("is ended if the node is silent several times in a row", async () => {
        const ask = answers("silent", "silent", "greets", "silent", "silent", "silent");
        const reason = await watchStep(never, { ...watched, ask });
        expect(reason).to.match(/^accepts connections to its SSH port but sent nothing for/);
    });

    it("is not ended while the node answers, nor if TCP reports the node as dead", async () => {
        let asked = 0;
        let end = (): void => undefined;
        const ended = new Promise<void>((resolve) => (end = resolve));
        const ask = (): Promise<Greeting> => {
            if (++asked === 10) {
                end();
            }
            return Promise.resolve(asked % 3 === 0 ? "greets" : asked % 3 === 1 ? "unreachable" : "silent");
        };
        expect(await watchStep(ended, { ...watched, ask })).to.equal(undefined);
        expect(asked).to.equal(10);
    });

    it("is not watched if it ends soon, or fails", async () => {
        const ask = () => Promise.reject(new Error("asked"));
        expect(await watchStep(Promise.resolve(), { ...watched, every: 30, ask })).to.equal(undefined);
        expect(await watchStep(Promise.reject(new Error("no")), { ...watched, every: 30, ask })).to.equal(undefined);
    });

    it("is ended after the longest time, whatever the node answers", async () => {
        const reason = await watchStep(never, { ...watched, longest: 0.3, ask: answers("greets") });
        expect(reason).to.match(/^did not finish a step within/);
    });
});

describe("the command plugins of an update that hangs", () => {
    let folder: string;
    let engines: ChildProcess[];

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "plugins-"));
        engines = [];
    });
    afterEach(() => {
        engines.forEach((engine) => engine.kill("SIGKILL"));
        rmSync(folder, { recursive: true });
    });

    /** The script of a process that starts a plugin, which prints its id and hangs, and then runs a command. */
    function script(name: string, run: string): string {
        const home = join(folder, name);
        mkdirSync(home);
        const plugin = join(home, "pulumi-resource-command");
        // a hanging program with the plugin's name
        writeFileSync(plugin, `#!/bin/sh\necho plugin ${name} $$\nwhile :; do sleep 0.1; done\n`);
        chmodSync(plugin, 0o755);
        const file = join(home, "engine.sh");
        writeFileSync(file, `exec -a ${plugin} sh ${plugin} & sleep 0.2; (${run}); echo done ${name}; wait`);
        return file;
    }

    /** The command of the program that ends plugins. */
    function program(): string {
        const file = join(folder, "program.ts");
        writeFileSync(
            file,
            `import { endCommandPlugins } from ${JSON.stringify(join(ROOT, "components", "ssh", "plugins.ts"))};\n` +
                "console.log('ended', endCommandPlugins());\n",
        );
        return `${process.execPath} --import ${join(ROOT, "node_modules", "tsx", "dist", "loader.mjs")} ${file}`;
    }

    /** Starts that script, and waits until the command has run. */
    async function engine(file: string, name: string): Promise<{ plugin: (of: string) => number; says: () => string }> {
        const child = spawn("bash", [file], { stdio: ["ignore", "pipe", "ignore"] });
        engines.push(child);
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        const plugin = (of: string) => Number(new RegExp(`plugin ${of} (\\d+)`).exec(output)?.[1]);
        await until(() => plugin(name) > 0 && output.includes(`done ${name}`));
        return { plugin, says: () => output };
    }

    it("are ended, and those of another engine are not", async () => {
        const other = await engine(script("other", "true"), "other");
        const mine = await engine(script("mine", program()), "mine");
        expect(mine.says()).to.contain("ended 1");
        expect(runs(other.plugin("other"))).to.equal(true);
        await until(() => !runs(mine.plugin("mine")));
        process.kill(other.plugin("other"), "SIGKILL");
    });

    it("do not include those of an update that runs this one in a step", async () => {
        const both = await engine(script("outer", `bash ${script("inner", program())}`), "inner");
        expect(both.says()).to.contain("ended 1");
        expect(runs(both.plugin("outer"))).to.equal(true);
        await until(() => !runs(both.plugin("inner")));
        process.kill(both.plugin("outer"), "SIGKILL");
    });
});

function runs(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch {
        return false;
    }
}

async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
