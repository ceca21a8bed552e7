import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { COMMANDS } from "../e2e/day2/commands";

const ROOT = path.resolve(__dirname, "../..");

/** The lines of the code blocks for a shell, without comments and redirections. */
function commandsOf(text: string): string[] {
    const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block]) => block.split("\n"));
    return blocks.map((line) => line.replace(/ +[#<].*/, "").trim()).filter((line) => line.startsWith("pulumi "));
}

describe("the commands of day two", () => {
    it("are in the README and the guide to adopting as the tests run them", () => {
        const readme = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");
        const [, chapter] = /\n## Day two\n([^]*?)\n## /.exec(readme)!;
        const guide = fs.readFileSync(path.join(ROOT, "examples", "adopt", "README.md"), "utf8");
        const documented = new Set(commandsOf(chapter + guide));
        expect([...documented].sort()).to.deep.equal(Object.values(COMMANDS).sort());
    });
});
