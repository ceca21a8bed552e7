import { expect } from "chai";
import execa from "execa";
import * as path from "path";
import { provideEngine } from "../../lab/engine/engine";
import { PULUMI_COMMANDS } from "../unit/docs/pulumiCommands";

/** An unknown sub-command prints the help of the command above it. */
function isHelpOf(command: string, help: string): boolean {
    const called = /^Usage:\n +pulumi ([a-z -]*[a-z])/m.exec(help)?.[1] ?? "";
    const aliases = /^Aliases:\n +(.*)$/m.exec(help)?.[1].split(", ") ?? [];
    const parent = called.split(" ").slice(0, -1);
    return [called, ...aliases.map((alias) => [...parent, alias].join(" "))].includes(command);
}

describe("the Pulumi commands in the documentation", function () {
    // the first run on a machine builds the engine
    this.timeout(60 * 60_000);

    it("exist in the engine, with all their options", async () => {
        const engine = await provideEngine();
        const pulumi = path.join(engine.root, "bin", "pulumi");
        const wrong = await Promise.all(
            Object.entries(PULUMI_COMMANDS).map(async ([command, options]) => {
                const words = command.split(" ");
                const { stdout } = await execa(pulumi, [...words, "--help"], { env: engine.env });
                const unknown = options.filter((option) => !new RegExp(`${option}(?![\\w-])`).test(stdout));
                return [
                    ...(isHelpOf(command, stdout) ? [] : [command]),
                    ...unknown.map((option) => `${command} ${option}`),
                ];
            }),
        );
        expect(wrong.flat()).to.deep.equal([]);
    });
});
