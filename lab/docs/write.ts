/** The generated parts of README.md and docs/: `npm run schema` renews them, and a unit test compares them. */
import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import { argumentsInBrief, argumentsInFull, outputs, types, type Schema } from "./arguments";
import { blocksOf, filled } from "./blocks";
import { messagesOf } from "./messages";
import { messageTables } from "./messageTable";

const ROOT = path.resolve(__dirname, "../..");

/** The folders with error texts for users of the package. */
export const SPEAKING = ["components", "cli", "index.ts"];

function contents(): Record<string, string> {
    const schema = JSON.parse(fs.readFileSync(path.join(ROOT, "components", "schema.json"), "utf8")) as Schema;
    return {
        "arguments-in-brief": argumentsInBrief(schema),
        outputs: outputs(schema),
        arguments: argumentsInFull(schema),
        types: types(schema),
        messages: messageTables(messagesOf(ROOT, SPEAKING)),
    };
}

/** The new text of each file with generated blocks, by path. */
export async function writtenFiles(): Promise<Record<string, string>> {
    const docs = fs.readdirSync(path.join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
    const files = ["README.md", ...docs.map((name) => path.join("docs", name))];
    const all = contents();
    const written: Record<string, string> = {};
    for (const file of files) {
        const text = fs.readFileSync(path.join(ROOT, file), "utf8");
        if (blocksOf(text).length > 0) {
            const options = await prettier.resolveConfig(path.join(ROOT, file));
            written[file] = await prettier.format(filled(text, all), { ...options, filepath: file });
        }
    }
    return written;
}

export async function writeDocs(): Promise<void> {
    for (const [file, text] of Object.entries(await writtenFiles())) {
        fs.writeFileSync(path.join(ROOT, file), text);
    }
}
