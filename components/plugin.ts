import type * as pulumi from "@pulumi/pulumi";
import * as provider from "@pulumi/pulumi/provider";
import { readFileSync } from "fs";
import { join } from "path";
import { FailoverPair } from "./failoverPair";
import type { FailoverPairArgs } from "./failoverPairArgs";

interface Schema {
    version: string;
    resources: Record<string, { properties: Record<string, unknown> }>;
}

/**
 * Serves the component to programs in other languages from the compiled package. Pulumi's own component host, which
 * serves a checkout, infers the schema from TypeScript sources at every start; the package has the schema but no
 * sources.
 */
class FailoverPairProvider implements provider.Provider {
    public readonly schema = readFileSync(join(__dirname, "schema.json"), "utf8");
    private readonly parsed = JSON.parse(this.schema) as Schema;
    public readonly version = this.parsed.version;

    public construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        options: pulumi.ComponentResourceOptions,
    ): Promise<provider.ConstructResult> {
        const outputs = Object.keys(this.parsed.resources[type]?.properties ?? {});
        if (outputs.length === 0) {
            return Promise.reject(
                new Error(`${type} is unknown: choose one of ${Object.keys(this.parsed.resources).join()}`),
            );
        }
        const pair = new FailoverPair(name, inputs as FailoverPairArgs, options);
        const values = pair as unknown as Record<string, unknown>;
        return Promise.resolve({
            urn: pair.urn,
            state: Object.fromEntries(outputs.map((output) => [output, values[output]])),
        });
    }
}

void provider.main(new FailoverPairProvider(), process.argv.slice(2));
