/** `npm run advisories`: asks npm and Go which known vulnerabilities the pinned packages have. */
import * as path from "path";
import { ruledTable, table } from "../cli/terminal/table";
import { compareVersions } from "./engine/goBuild";
import { goNeededBy, hcloudPart, languagePart, pulumiPart, yamlPart, type GoPart } from "./engine/parts";
import { shell, type Result } from "./engine/shell";
import { start } from "./stack/program";

const ROOT = path.resolve(__dirname, "..");
const GOVULNCHECK = "golang.org/x/vuln/cmd/govulncheck@v1.9.0";
const GO_PARTS = [pulumiPart(), languagePart(), yamlPart(), hcloudPart()];
/** This version is new enough for govulncheck, too. */
const GO_NEEDED = GO_PARTS.map(goNeededBy).sort(compareVersions).at(-1);
const PYTHON = "nothing to ask: the programs of the nodes use only the standard library";

interface Advisory {
    package: string;
    severity: string;
    title: string;
    wayOut: string;
}

/** A lock file or a Go module, and what is known about it. An answer that cannot be parsed is an error. */
interface Question {
    about: string;
    ask(env: NodeJS.ProcessEnv): Promise<Advisory[]>;
    whatToDo: string;
}

interface Outcome extends Question {
    found: Advisory[];
    /** Why there is no answer. */
    why?: string;
}

/** The report of `npm audit --json`, where it gives one. */
interface Audit {
    auditReportVersion?: number;
    vulnerabilities?: Record<string, Vulnerable>;
    message?: string;
    error?: { summary?: string; detail?: string };
}

interface Vulnerable {
    severity: string;
    /** A name stands for a package whose own entry has the advisory. */
    via: (string | { title: string; severity: string })[];
    fixAvailable: boolean | { name: string; version: string };
}

/** A message of govulncheck. The first frame of a finding names the vulnerable package, if the program imports it. */
interface GoMessage {
    config?: object;
    osv?: { id: string; summary?: string };
    finding?: { osv: string; fixed_version?: string; trace: { module: string; version?: string; package?: string }[] };
}

/** What a failed program said, in one line: the last one that is about the failure. */
function reason({ stderr }: Result): string {
    const lines = stderr
        .split("\n")
        .filter((line) => line.trim() !== "" && !/^(exit status|go: downloading) /.test(line));
    const said = lines.at(-1) ?? "its output cannot be parsed";
    return said.replace(/^spawn (\S+) ENOENT$/, "there is no $1 in PATH");
}

/** The root's, and that of the folder which an engine installs as a plugin. */
function npmQuestion(folder: string): Question {
    const lock = path.join(folder, "package-lock.json");
    return {
        about: `npm, ${lock}`,
        whatToDo:
            "Run this where npm reaches a registry that answers `npm audit`. One that serves packages only says 404, 405 or 501.",
        async ask(env) {
            const words = ["audit", "--json", "--include=dev"];
            const said = await shell("npm", words, { cwd: path.join(ROOT, folder), env, timeoutMs: 120_000 });
            const audit = parsed<Audit>(said.stdout);
            if (audit?.auditReportVersion !== 2 || !audit.vulnerabilities) {
                const { summary, detail } = audit?.error ?? {};
                throw new Error(audit?.message ?? ([summary, detail].filter(Boolean).join(" ") || reason(said)));
            }
            return Object.entries(audit.vulnerabilities).flatMap(([name, { via, fixAvailable }]) =>
                via.flatMap((each) =>
                    typeof each === "string"
                        ? []
                        : [{ ...each, package: name, wayOut: npmWayOut(folder, fixAvailable) }],
                ),
            );
        },
    };
}

function parsed<T>(text: string): T | undefined {
    try {
        return (JSON.parse(text) as T | null) ?? undefined;
    } catch {
        return undefined;
    }
}

function npmWayOut(folder: string, fix: Vulnerable["fixAvailable"]): string {
    if (typeof fix === "object") {
        return `set ${fix.name} to ${fix.version} in ${path.join(folder, "package.json")}`;
    }
    return fix ? `npm audit fix${folder === "" ? "" : ` --prefix ${folder}`}` : "no fixed version yet";
}

/** The module of a part of the engine: what its program imports, so that packages which are only named do not count. */
function goQuestion(part: GoPart): Question {
    const folder = path.relative(ROOT, part.folder);
    return {
        about: `Go, ${path.join(folder, "go.mod")}`,
        whatToDo: `Run this where there is Go ${GO_NEEDED} or newer, which reaches its module proxy and its vulnerability database.`,
        async ask(env) {
            const words = ["run", GOVULNCHECK, "-scan", "package", "-format", "json", part.install.at(-1)!];
            const said = await shell("go", words, { cwd: part.folder, env, timeoutMs: 20 * 60_000 });
            // one document after the other, each with its last brace on a line of its own
            const messages = said.stdout.split(/(?<=^\}\n)/m).filter((text) => text.trim() !== "");
            const known = messages.map((text) => parsed<GoMessage>(text));
            if (said.code !== 0 || known.includes(undefined) || !known.some((message) => message?.config)) {
                throw new Error(reason(said));
            }
            return goAdvisories(known as GoMessage[], folder);
        },
    };
}

function goAdvisories(messages: GoMessage[], folder: string): Advisory[] {
    const titles = new Map(messages.flatMap(({ osv }) => (osv ? [[osv.id, osv.summary]] : [])));
    const found = messages.flatMap(({ finding }) => {
        const frame = finding?.trace[0];
        if (finding === undefined || frame?.package === undefined) {
            return [];
        }
        const fixed = finding.fixed_version;
        const update =
            frame.module === "stdlib" ? `Go ${fixed?.slice(1)}` : `go -C ${folder} get ${frame.module}@${fixed}`;
        const title = `${finding.osv}: ${titles.get(finding.osv) ?? "no title"}`;
        const wayOut = fixed === undefined ? "no fixed version yet" : update;
        return [{ package: `${frame.module} ${frame.version ?? ""}`, severity: "not rated", title, wayOut }];
    });
    // one for each vulnerable package of the module
    return [...new Map(found.map((advisory) => [advisory.title, advisory])).values()];
}

/** What was asked with what outcome, and what the exit code of the command is. */
export async function advisories(env = process.env): Promise<{ text: string; code: number }> {
    const outcomes: Outcome[] = [];
    for (const question of [npmQuestion(""), npmQuestion("components"), ...GO_PARTS.map(goQuestion)]) {
        outcomes.push(
            await question.ask(env).then(
                (found) => ({ ...question, found }),
                (error: Error) => ({ ...question, found: [], why: error.message }),
            ),
        );
    }
    const isFound = outcomes.some(({ found }) => found.length > 0);
    const code = isFound ? 1 : outcomes.some(({ why }) => why !== undefined) ? 3 : 0;
    return {
        text: [summary(outcomes), ...(isFound ? [findings(outcomes)] : []), ...unasked(outcomes)].join("\n\n"),
        code,
    };
}

function summary(outcomes: Outcome[]): string {
    const rows = outcomes.map(({ about, found, why }) => [
        about,
        why === undefined ? (found.length === 0 ? "no advisory" : `${found.length} found`) : "no answer",
    ]);
    return table([...rows, ["Python", PYTHON]]);
}

function findings(outcomes: Outcome[]): string {
    const rows = outcomes.flatMap(({ about, found }) =>
        // text of other programs must not control the terminal
        found.map((each) => [about, each.package, each.severity, each.title, each.wayOut].map(printable)),
    );
    return ruledTable([["from", "package", "severity", "title", "fix"], ...rows]);
}

const printable = (text: string): string => String(text).replace(/[\p{C}\s]+/gu, " ");

/** The questions without an answer, by reason: npm and Go are asked more than once. */
function unasked(outcomes: Outcome[]): string[] {
    const reasons = new Map<string, string[]>();
    for (const { about, why, whatToDo } of outcomes) {
        if (why !== undefined) {
            const text = `  ${printable(why)}\n  ${whatToDo}`;
            reasons.set(text, [...(reasons.get(text) ?? []), about]);
        }
    }
    return [...reasons].map(([text, about]) => `No answer: ${about.join("; ")}\n${text}`);
}

if (require.main === module) {
    start({
        name: "npm run advisories",
        about: "Asks npm and Go which known vulnerabilities the pinned packages have, and prints a table of what there is.",
        options: {},
        more: "Exit code: 0 there are none, 1 there are some, 3 no answer has any, but npm or Go could not be asked about everything.",
        run: async () => {
            console.log(
                "asking npm and Go (Go reads the sources of the engine's modules, and fetches those that are missing)\n",
            );
            const { text, code } = await advisories();
            console.log(text);
            return code;
        },
    });
}
