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

/** As Pulumi's own host of components infers it from the sources. */
export async function inferredSchema(): Promise<string> {
    const provider = new ComponentProvider({ dirname: FOLDER, name: "failover-pair", components: [FailoverPair] });
    const options = await prettier.resolveConfig(SCHEMA_FILE);
    return prettier.format(await provider.getSchema(), { ...options, filepath: SCHEMA_FILE });
}

if (require.main === module) {
    start({
        name: "npm run schema",
        about: "Writes components/schema.json from the component's sources, and the tables that follow from it into README.md and docs/.",
        options: {},
        run: async () => {
            fs.writeFileSync(SCHEMA_FILE, await inferredSchema());
            await writeDocs();
        },
    });
}
