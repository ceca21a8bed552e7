import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { lintChanged, lintKeys } from "../../stages/lint";

const FILES: Record<string, string> = {
    "package-lock.json": "{}",
    "eslint.config.mjs": "export default [];\n",
    "eslint.boundaries.mjs": "export default [];\n",
    "tsconfig.json": "{}",
    "tsconfig.build.json": "{}",
    "components/index.ts": 'export * from "./deep";\n',
    "components/deep/index.ts": "export const deep = 1;\n",
    "a.ts": 'import { b } from "./b";\nexport const a = b;\n',
    "b.ts": 'import type { C } from "./c";\nexport const b: C = 1;\n',
    "c.ts": "export type C = number;\n",
    "user.ts": 'import { deep } from "failover-pair";\nexport const user = deep;\n',
    "lazy.ts": 'export const lazy = () => import("./c");\nexport type D = import("./b").B;\n',
    "node_modules/other/index.ts": "export {};\n",
};

describe("ESLint after a change", () => {
    let root: string;
    const write = (file: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        fs.writeFileSync(path.join(root, file), text);
    };

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-lint-"));
        Object.entries(FILES).forEach(([file, text]) => write(file, text));
    });
    afterEach(() => fs.rmSync(root, { recursive: true }));

    /** The files that ESLint is given. */
    async function linted(isClean = true): Promise<string[]> {
        let given: string[] = [];
        const result = await lintChanged(root, path.join(root, "node_modules", ".cache", "clean.json"), (files) => {
            given = files;
            return Promise.resolve(isClean);
        });
        expect(result).to.equal(isClean || given.length === 0);
        return given.sort();
    }

    const all = () => [...lintKeys(root).keys()].sort();

    it("checks every file at first, none without changes, and all again after findings", async () => {
        expect(all()).to.include.members(["a.ts", "eslint.config.mjs", "components/deep/index.ts"]);
        expect(all()).to.not.include("node_modules/other/index.ts");
        expect(await linted(false)).to.deep.equal(all());
        expect(await linted()).to.deep.equal(all());
        expect(await linted()).to.deep.equal([]);
        write("a.ts", "export const a = 2;\n");
        expect(await linted(false)).to.deep.equal(["a.ts"]);
        expect(await linted()).to.deep.equal(["a.ts"]);
    });

    for (const [file, text, users] of [
        ["c.ts", "export type C = string;\n", ["a.ts", "b.ts", "c.ts", "lazy.ts"]],
        [
            "components/deep/index.ts",
            "export const deep = 2;\n",
            ["components/deep/index.ts", "components/index.ts", "user.ts"],
        ],
        // it is found in place of the folder
        ["components/deep.ts", "export const deep = 2;\n", ["components/deep.ts", "components/index.ts", "user.ts"]],
    ] as const) {
        it(`checks the files that import ${file}, directly or not, by any kind of import`, async () => {
            await linted();
            write(file, text);
            expect(await linted()).to.deep.equal(users);
        });
    }

    it("checks the importers of a name that is now a folder too, because the rule on boundaries resolves it otherwise", async () => {
        await linted();
        fs.mkdirSync(path.join(root, "b"));
        expect(await linted()).to.deep.equal(["a.ts", "lazy.ts"]);
    });

    it("checks every file when an import of a file with global declarations changes", async () => {
        write("augments.ts", 'import type { C } from "./c";\ndeclare module "other" { interface X { y: C } }\n');
        await linted();
        write("c.ts", "export type C = string;\n");
        expect(await linted()).to.deep.equal(all());
    });

    for (const [file, text] of [
        ["eslint.config.mjs", "export default [{}];\n"],
        ["eslint.boundaries.mjs", "export default [{}];\n"],
        ["tsconfig.build.json", '{ "strict": true }'],
        ["package-lock.json", '{ "packages": {} }'],
        ["ambient.ts", "declare global { interface X { y: 1 } }\nexport {};\n"],
        ["augments.ts", 'import type { C } from "./c";\ndeclare module "other" { interface X { y: C } }\n'],
        ["script.d.ts", "interface X { y: 1 }\n"],
    ]) {
        it(`checks every file when ${file} changes, which no file imports`, async () => {
            await linted();
            write(file, text);
            expect(await linted()).to.deep.equal(all());
        });
    }
});
