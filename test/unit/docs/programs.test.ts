import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import * as ts from "typescript";
import type { Schema } from "../../../lab/docs/arguments";
import { type Block, blocks, pages, ROOT } from "./markdown";

// the package has no types
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { load } = require("js-yaml") as { load: (text: string) => unknown };

const of = (...languages: string[]) =>
    pages()
        .flatMap(blocks)
        .filter(({ language }) => languages.includes(language));

/** The code around a part of a program, chosen by the part's beginning. */
const AROUND: [begins: RegExp, before: string, after: string][] = [
    [/^import /, "", ""],
    [
        /^\w+: /,
        'import type { FailoverPairArgs } from "failover-pair";\nexport const part: Partial<FailoverPairArgs> = {\n',
        "};\n",
    ],
    [
        /^describe\(/,
        `import { expect } from "chai";\nimport { ownPair } from "${ROOT}/test/e2e/support/ownPair";\n`,
        "",
    ],
];

/** The errors of all these programs, by a single compilation. */
function typeErrors(programs: Pick<Block, "file" | "line" | "text">[]): string[] {
    const config = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), (file) => fs.readFileSync(file, "utf8"));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
    const texts = new Map(
        programs.map(({ file, line, text }, index) => {
            const around = AROUND.find(([begins]) => begins.test(text));
            if (around === undefined) {
                throw new Error(`${file}:${line}: neither a program nor a known part of one: see AROUND`);
            }
            return [path.join(ROOT, `documented-${index}.ts`), around[1] + text + around[2]];
        }),
    );
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
        ...disk,
        fileExists: (file) => texts.has(file) || disk.fileExists(file),
        readFile: (file) => texts.get(file) ?? disk.readFile(file),
        getSourceFile: (file, target, ...rest) => {
            const text = texts.get(file);
            return text === undefined
                ? disk.getSourceFile(file, target, ...rest)
                : ts.createSourceFile(file, text, target);
        },
    };
    const program = ts.createProgram([...texts.keys()], { ...options, noEmit: true, noUnusedLocals: false }, host);
    return [...texts.keys()].flatMap((file, index) => {
        const source = program.getSourceFile(file);
        const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
        const at = `${programs[index].file}:${programs[index].line}`;
        return found.map(({ messageText }) => `${at}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
    });
}

describe("the programs of the documentation", function () {
    this.timeout(180_000);

    it("compile in TypeScript as they are printed, and a wrong one does not", () => {
        const programs = of("ts");
        expect(programs.map(({ file }) => file)).to.include.members(["README.md", "docs/getting-started.md"]);
        const wrong = {
            file: "wrong",
            line: 1,
            text: 'import { FailoverPair } from "failover-pair";\nnew FailoverPair("a");\n',
        };
        const errors = typeErrors([...programs, wrong]);
        expect(errors.filter((error) => !error.startsWith("wrong:"))).to.deep.equal([]);
        expect(errors).to.have.length(1);
    });

    it("compile in Python, and use existing arguments", async () => {
        const [first, ...more] = of("python", "py");
        expect(more).to.deep.equal([]);
        await execa("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: first.text });
        const given = [...first.text.matchAll(/^ {4}(\w+)=/gm)].map(([, name]) => name);
        const names = argumentNames().map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
        expect(given).to.have.length.greaterThan(5);
        expect(names).to.include.members(given);
    });

    it("are valid YAML, and use existing arguments", () => {
        const documents = of("yaml", "yml").map(({ text }) => load(text) as Yaml);
        const pairs = documents.flatMap(({ resources = {} }) => Object.values(resources));
        expect(pairs.map(({ type }) => type)).to.deep.equal(["failover-pair:FailoverPair"]);
        expect(argumentNames()).to.include.members(Object.keys(pairs[0].properties));
    });

    it("are in languages that this test knows", () => {
        const known = ["ts", "python", "yaml", "sh", "bash", ""];
        const others = pages()
            .flatMap(blocks)
            .filter(({ language }) => !known.includes(language));
        expect(others.map(({ file, line, language }) => `${file}:${line}: ${language}`)).to.deep.equal([]);
    });
});

interface Yaml {
    resources?: Record<string, { type: string; properties: object }>;
}

function argumentNames(): string[] {
    const schema = JSON.parse(fs.readFileSync(path.join(ROOT, "components", "schema.json"), "utf8")) as Schema;
    return Object.keys(schema.resources["failover-pair:index:FailoverPair"].inputProperties);
}
