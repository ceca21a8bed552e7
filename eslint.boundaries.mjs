// What each folder may import, as a rule of the linter. Paths are the project's; the longest folder that fits decides.
import { readdirSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(fileURLToPath(import.meta.url));

/**
 * `may`: folders (with a slash) and files. `types`: what may be imported for its types only. `packages`: those of npm, with
 * any one allowed if it is left out. `node`: modules of Node.js by the file that needs them, as a folder without it is pure.
 */
const BOUNDARIES = {
    "components/": { may: ["components/"] },
    "components/spec/": {
        // host keys and private keys are read there, by functions without I/O
        may: ["components/spec/", "components/ssh/hostKeys.ts", "components/ssh/sshPrivateKey.ts"],
        types: ["components/failoverPairArgs.ts"],
        packages: ["@pulumi/pulumi"],
        // only to tell addresses apart: isIPv4, isIPv6
        node: { "components/spec/": ["net"] },
    },
    "components/render/": {
        may: ["components/render/", "components/spec/"],
        packages: ["fflate"],
        // reads the programs in scripts/
        node: { "components/render/files.ts": ["fs", "path"] },
    },
    "cli/": { may: ["cli/", "components/render/"], types: ["components/index.ts", "components/spec/"] },
    "lab/": { may: ["lab/", "cli/", "components/"] },
    "lab/cloud/": { may: ["lab/cloud/"] },
    "test/": { may: ["test/", "lab/", "cli/", "components/"] },
    "examples/": { may: [] },
    "index.ts": { may: [] },
};

const fits = (file, places) => places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place));

function boundaryOf(file) {
    const found = Object.keys(BOUNDARIES).filter((place) => fits(file, [place]));
    return found.sort((a, b) => b.length - a.length)[0];
}

/** The file that a relative import names, as the project's path with its ending; a folder is its index.ts. */
function target(file, specifier) {
    const named = posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\/$/, "");
    if (/\.(ts|mjs|cjs|json)$/.test(named)) {
        return named;
    }
    try {
        readdirSync(join(ROOT, named));
        return posix.join(named, "index.ts");
    } catch {
        return `${named}.ts`;
    }
}

/** Why the file must not import this, or undefined. */
function whyNot(file, specifier, isType) {
    const place = boundaryOf(file);
    if (place === undefined) {
        return undefined;
    }
    const { may, types = [], packages, node } = BOUNDARIES[place];
    if (specifier.startsWith(".")) {
        const to = target(file, specifier);
        const right = fits(to, may) || (isType && fits(to, types));
        const alternatives = may.length > 0 ? `only ${may.join(", ")}` : "only packages, by their names";
        return right ? undefined : `${place} must not import ${to}: it may import ${alternatives}`;
    }
    if (packages === undefined) {
        return undefined;
    }
    const own = Object.entries(node).flatMap(([of, modules]) => (fits(file, [of]) ? modules : []));
    return [...packages, ...own].includes(specifier.replace(/^node:/, ""))
        ? undefined
        : `${place} must not import "${specifier}": it takes plain values and returns plain values`;
}

const rule = {
    meta: { type: "problem", schema: [], messages: { boundary: "{{why}}" } },
    create(context) {
        const file = relative(ROOT, context.filename).split(sep).join("/");
        const check = (source, isType = false) => {
            const why = typeof source?.value === "string" ? whyNot(file, source.value, isType) : undefined;
            if (why !== undefined) {
                context.report({ node: source, messageId: "boundary", data: { why } });
            }
        };
        return {
            ImportDeclaration: (node) => check(node.source, node.importKind === "type"),
            ExportNamedDeclaration: (node) => check(node.source, node.exportKind === "type"),
            ExportAllDeclaration: (node) => check(node.source, node.exportKind === "type"),
            ImportExpression: (node) => check(node.source),
            TSImportType: (node) => check(node.source ?? node.argument?.literal, true),
            CallExpression: (node) => node.callee.name === "require" && check(node.arguments[0]),
        };
    },
};

const IMPORTS = {
    files: ["**/*.ts", "**/*.mjs", "**/*.cjs"],
    plugins: { project: { rules: { boundaries: rule } } },
    rules: { "project/boundaries": "error" },
};

/** What serves another purpose than TypeScript holds none. */
const NO_CODE = {
    files: ["scripts/**/*.ts", "monitoring/**/*.ts"],
    rules: {
        "no-restricted-syntax": [
            "error",
            { selector: "Program", message: "This folder holds no TypeScript: put it into components/, cli/ or lab/" },
        ],
    },
};

/** isIPv4 and isIPv6 are pure; nothing else of net is. */
const PURE_NET = {
    files: ["components/spec/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { paths: [{ name: "net", allowImportNames: ["isIPv4", "isIPv6"] }] }] },
};

export default [IMPORTS, NO_CODE, PURE_NET];
