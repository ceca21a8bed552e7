import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { messagesOf } from "../../../lab/docs/messages";
import { messageTables } from "../../../lab/docs/messageTable";
import { SPEAKING } from "../../../lab/docs/write";
import { pages, ROOT } from "./markdown";
import { writeFolder } from "./folder";

/** Everything that may print a message: sources and alert rules, with texts of several lines joined. */
function sources(): string[] {
    const folders = ["components", "cli", "scripts", "monitoring"];
    const files = folders.flatMap((folder) =>
        fs
            .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
            .filter((name) => !name.split(path.sep).includes("node_modules"))
            .map((name) => path.join(ROOT, folder, name)),
    );
    return [...files, path.join(ROOT, "index.ts")]
        .filter((file) => fs.statSync(file).isFile())
        .map((file) => fs.readFileSync(file, "utf8").replace(/(["'`])\s*\+?\s*\n\s*f?\1/g, ""));
}

/** The messages at the beginning of the tables' rows, without the last chapter, which a program writes. */
function quoted(): string[] {
    const { text } = pages().find(({ file }) => file === path.join("docs", "troubleshooting.md"))!;
    const rows = [...text.split("\n## All messages\n")[0].matchAll(/^\| (`[^|]*?`) +\|/gm)];
    return rows.flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message]) => message));
}

describe("docs/troubleshooting.md", () => {
    it("quotes messages that a program prints", () => {
        const all = sources();
        const parts = (message: string) => message.split("…").map((part) => part.trim());
        // … stands for a placeholder
        const isThere = (message: string) => all.some((text) => parts(message).every((part) => text.includes(part)));
        expect(quoted()).to.have.length.greaterThan(25);
        expect(quoted().filter((message) => !isThere(message))).to.deep.equal([]);
    });
});

describe("the messages of the component and the commands", () => {
    it("are found where they are thrown, checked, returned and stored", () => {
        const root = writeFolder({
            "components/spec/a.ts": [
                'problems.check(ok, `checks[${i}].name`, `"${name}" is not a name: use letters and digits`);',
                'throw new Problem("--client is missing: " + `a server such as ${example}`);',
                "const whyNotCa = (text) => text === '' ? undefined : 'it holds no certificate: give the text of the file';",
                'say("this is only progress, not a message");',
                "const script = `mkdir -p ${folder} && chmod 0755 that folder over there`;",
            ].join("\n"),
        });
        const messages = messagesOf(root, ["components"]);
        fs.rmSync(root, { recursive: true });
        expect(messages.map(({ text }) => text)).to.deep.equal([
            '"…" is not a name: use letters and digits',
            "--client is missing: a server such as …",
            "it holds no certificate: give the text of the file",
        ]);
        expect(messageTables(messages)).to.contain('| `"…" is not a name` | use letters and digits |');
    });

    it("are all in docs/troubleshooting.md", () => {
        const found = messagesOf(ROOT, SPEAKING);
        expect(found.map(({ file }) => file.split("/")[0])).to.include.members(["components", "cli", "index.ts"]);
        expect(found).to.have.length.greaterThan(120);
        // written.test.ts checks that the page has all of them
    });
});
