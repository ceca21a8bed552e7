/**
 * What Pulumi tells other languages of the component: `npm run schema` writes it to components/schema.json, and the tables
 * that follow from it into README.md and docs/.
 */
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import { FailoverPair } from "../components";
import { writeDocs } from "./docs/write";
import { start } from "./stack/program";

const FOLDER = path.resolve(__dirname, "../components");

export const SCHEMA_FILE = path.join(FOLDER, "schema.json");

/** What a registry shows of the package. */
interface About {
    displayName: string;
    publisher: string;
    keywords: string[];
    homepage: string;
    repository: string;
    license: string;
}

function about(): About {
    const file = path.join(FOLDER, "..", "package.json");
    const { keywords, homepage, repository, license } = JSON.parse(fs.readFileSync(file, "utf8")) as {
        repository: { url: string };
    } & About;
    return {
        displayName: "FailoverPair",
        publisher: "the FailoverPair contributors",
        keywords: [...keywords, "category/network", "kind/component"],
        homepage,
        repository: repository.url.replace(/^git\+|\.git$/g, ""),
        license,
    };
}

/** What Pulumi's own host of components infers from the sources, and all that it infers. */
export function inferredPart(schema: object): object {
    const more = Object.keys(about());
    return Object.fromEntries(Object.entries(schema).filter(([key]) => !more.includes(key)));
}

/** As Pulumi's own host of components infers it from the sources, and what a registry shows besides. */
export async function completeSchema(): Promise<string> {
    const provider = new ComponentProvider({ dirname: FOLDER, name: "failover-pair", components: [FailoverPair] });
    const options = await prettier.resolveConfig(SCHEMA_FILE);
    const { name, version, description, ...rest } = JSON.parse(await provider.getSchema()) as Record<string, unknown>;
    const complete = { name, version, description, ...about(), ...rest };
    return prettier.format(JSON.stringify(complete), { ...options, filepath: SCHEMA_FILE });
}

if (require.main === module) {
    start({
        name: "npm run schema",
        about: "Writes components/schema.json from the component's sources, and the tables that follow from it into README.md and docs/.",
        options: {},
        run: async () => {
            fs.writeFileSync(SCHEMA_FILE, await completeSchema());
            await writeDocs();
        },
    });
}
