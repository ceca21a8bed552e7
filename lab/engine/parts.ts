import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program that is built from Go modules. */
export interface GoPart {
    name: string;
    /** With the go.mod that pins it. */
    folder: string;
    binary: string;
    version: string;
    /** Arguments of `go install`. */
    install: string[];
    /** What to ask the finished program, which must answer with its version; the language host cannot be asked. */
    ask?: string[];
    /** On two cores and from nothing. */
    minutes: number;
}

const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const folderOf = (name: string): string => join(__dirname, name);

const pinOf = (folder: string, module: string): string => find(join(folder, "go.mod"), `${module} (v[\\w.+-]+)`);

function find(file: string, pattern: string): string {
    const found = new RegExp(pattern).exec(readFileSync(file, "utf8"))?.[1];
    if (found === undefined) {
        throw new Error(`${file} does not say ${pattern}`);
    }
    return found;
}

export function pulumiPart(): GoPart {
    const folder = folderOf("pulumi");
    const version = pinOf(folder, "github.com/pulumi/pulumi/pkg/v3");
    const flags = ["-tags", "osusergo,grpcnotrace", "-ldflags", `-s -w -X ${VERSION_VARIABLE}=${version}`];
    const install = [...flags, "tool"];
    return { name: "pulumi", folder, binary: "pulumi", version, install, ask: ["version"], minutes: 6 };
}

export function languagePart(): GoPart {
    const folder = folderOf("language-nodejs");
    const version = pinOf(folder, "github.com/pulumi/pulumi/sdk/v3");
    const install = ["-ldflags", `-s -w -X ${VERSION_VARIABLE}=${version}`, "tool"];
    return { name: "language-nodejs", folder, binary: "pulumi-language-nodejs", version, install, minutes: 1 };
}

export function yamlPart(): GoPart {
    const folder = folderOf("language-yaml");
    const version = pinOf(folder, "github.com/pulumi/pulumi-yaml");
    const variable = "github.com/pulumi/pulumi-yaml/pkg/version.Version";
    const install = ["-ldflags", `-s -w -X ${variable}=${version}`, "tool"];
    return { name: "language-yaml", folder, binary: "pulumi-language-yaml", version, install, minutes: 1.5 };
}

export function hcloudPart(): GoPart {
    const folder = folderOf("hcloud");
    const version = find(join(folder, "provider.go"), 'Version = "([^"]+)"');
    const binary = "pulumi-resource-hcloud";
    const install = ["-ldflags", "-s -w", `./cmd/${binary}`];
    return { name: "hcloud", folder, binary, version, install, ask: ["-version"], minutes: 2 };
}

/** Every file that decides about the part, by its path in the folder. */
export const sourcesOf = (folder: string, endings = /\.(mod|sum|go|json)$/): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => endings.test(file));

/** The oldest Go that its modules accept. */
export const goNeededBy = (part: GoPart): string => find(join(part.folder, "go.mod"), "\ngo (\\S+)");

/** The version of a plugin that the npm package of its SDK asks the engine for. */
export function wantedPlugin(name: string): string {
    const file = require.resolve(`@pulumi/${name}/package.json`);
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
