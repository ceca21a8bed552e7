import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { englishOf, findings } from "../../../stages/english";
import { phrasesIn } from "../../../stages/english/phrases";

const words = (text: string) => phrasesIn(text).map((finding) => finding.words);
/** Line and words of each finding. */
const found = (file: string, ...lines: string[]) =>
    findings(file, lines.join("\n")).map((finding) => /^[^:]+:(\d+): "([^"]*)": ./.exec(finding)!.slice(1).join(" "));
const LONG = "word ".repeat(30).trim();
const URL = `https://example.com/${"x".repeat(120)}`;

describe("the check of the English in texts", () => {
    const plain = [
        "there is no node",
        "There\n was no node",
        "where there still is no node",
        "it is no longer the holder",
        "there were no more",
        "is no more than 3",
        "is not an address",
        "a no-op, and it is no-op",
        "at that one address",
        "that one run at a time",
        "that one of them",
    ];
    for (const text of plain) {
        it(`allows: ${JSON.stringify(text)}`, () => {
            expect(words(text)).to.deep.equal([]);
        });
    }

    const decoded: [text: string, words: string][] = [
        ["it is no node", "is no"],
        ["they are no nodes", "are no"],
        ["this was\nno node", "was no"],
        ["a node can be no router", "be no"],
        ["Nobody answers", "Nobody"],
        ["no one answers", "no one"],
        ["somebody's key", "somebody"],
        ["whoever serves", "whoever"],
        ["if that one is alive", "that one"],
        ["and that one, too", "that one"],
    ];
    for (const [text, expected] of decoded) {
        it(`finds: ${JSON.stringify(text)}`, () => {
            expect(words(text)).to.deep.equal([expected]);
        });
    }

    it("names file, line, words and what to write instead", () => {
        const text = 'const a = 1;\nthrow new Error(`"${a}" is no address`);\n';
        expect(findings("a.ts", text)).to.deep.equal(['a.ts:2: "is no": write "is not a …"']);
    });

    it("reads a program's comments and messages, and neither its names nor its regular expressions", () => {
        const lines = [
            "/**",
            " * What a node is when it is",
            " * no holder. `nobody` is quoted.",
            " */",
            'const nobody = ["nobody", "somebody else"]; // whoever',
            "const pattern = /is no node/ / 2;",
            "const text = `${nobody[0]} is no ${pattern} and ${`whoever serves`}`;",
            "const plain = `${text}\\nThere is no node`;",
            "// a comment at the end: nobody",
        ];
        const expected = ["2 is no", "5 somebody", "5 whoever", "7 is no", "7 whoever", "9 nobody"];
        expect(found("a.ts", ...lines)).to.deep.equal(expected);
        expect(found("a.mjs", "// nobody")).to.deep.equal(["1 nobody"]);
    });

    it("reads the comments and values in YAML", () => {
        const lines = ["# whoever", "description: >-", "    it is", "    no node", "user: root"];
        expect(found("a.yaml", ...lines)).to.deep.equal(["1 whoever", "3 is no"]);
        expect(found("a.yml", "# nobody")).to.deep.equal(["1 nobody"]);
    });

    it("reads the comments and strings in a shell script, known by its suffix or its first line", () => {
        const lines = ["#!/usr/bin/env bash", "# it is", "# no node", "su nobody -c true", 'echo "nobody answers"'];
        expect(found("run", ...lines)).to.deep.equal(["2 is no", "5 nobody"]);
        expect(found("a.sh", ...lines.slice(1))).to.deep.equal(["1 is no", "4 nobody"]);
    });

    it("reads the comments and strings in a Python program, known by its suffix or its first line, and in units", () => {
        const lines = [
            "#!/usr/bin/python3 -IS",
            '"""It is',
            'no node."""',
            "nobody = 1  # whoever",
            'print("it is no %s")',
        ];
        expect(found("run", ...lines)).to.deep.equal(["2 is no", "4 whoever", "5 is no"]);
        expect(found("a.py", ...lines.slice(1))).to.deep.equal(["1 is no", "3 whoever", "4 is no"]);
        expect(found("a.service", "[Unit]", "Description=Lets nobody in")).to.deep.equal(["2 nobody"]);
        expect(found("run", "#!/usr/bin/env node", "# nobody")).to.deep.equal([]);
    });

    it("reads Markdown, except its code", () => {
        const lines = ["Nobody, `nobody`", "", "```sh", "su nobody", "```", "> it is", "no node"];
        expect(found("a.md", ...lines)).to.deep.equal(["1 Nobody", "6 is no"]);
    });

    it("finds wide lines in Markdown, except tables, code and lines that cannot be broken", () => {
        const wide = `a line of ${LONG.length} characters`;
        expect(found("a.md", "# Title", "", LONG)).to.deep.equal([`3 ${wide}`]);
        expect(found("a.md", `- ${LONG} \`code\``)).to.have.length(1);
        expect(found("a.md", `See ${URL}`, `- [a link](${URL}) and more`)).to.have.length(2);
        expect(found("a.md", LONG.slice(0, 120).trim())).to.deep.equal([]);
        expect(found("a.md", `| ${LONG} |`, "```", LONG, "```", "~~~", LONG, "~~~")).to.deep.equal([]);
        expect(found("a.md", URL, `- [a long link](${URL}).`, `[name]: ${URL}`, `> 1. ${URL}`)).to.deep.equal([]);
        expect(found("a.md", "```", "code", "```", LONG, "```", LONG)).to.deep.equal([`4 ${wide}`]);
        expect(found("a.ts", `// ${LONG}`)).to.deep.equal([]);
    });

    it("goes through folders, except those that are not the project's", () => {
        const root = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-english-"));
        const files = ["a/b.ts", "a/node_modules/c.ts", "dist/d.ts", "e.md", "f.json"];
        for (const file of files) {
            fs.mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
            fs.writeFileSync(path.join(root, file), "// nobody\n");
        }
        const places = (...paths: string[]) =>
            englishOf(
                root,
                paths.map((each) => path.join(root, each)),
            ).map((finding) => finding.split(" ")[0]);
        expect(places(".")).to.deep.equal(["a/b.ts:1:", "e.md:1:"]);
        expect(places("e.md", "f.json")).to.deep.equal(["e.md:1:"]);
        fs.rmSync(root, { recursive: true });
    });
});
