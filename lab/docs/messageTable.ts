import { markdownTable } from "./blocks";
import type { Message } from "./messages";

const AREAS: [title: string, files: RegExp, otherwise: string][] = [
    ["Arguments", /^components\/spec\//, "correct the argument that the line names"],
    ["Before and during an update", /^components\//, "run `npx failover doctor`"],
    ["npx failover", /^cli\//, "run `npx failover doctor`: it names the way out"],
    ["The project's own stack", /^index\.ts$/, "correct the setting with `pulumi config set`"],
];

/** Every message under the heading of what prints it: what is wrong, and what to do. */
export function messageTables(messages: Message[]): string {
    return AREAS.map(([title, files, otherwise]) => {
        const own = messages.filter(({ file }) => files.test(file) && areaOf(file) === title);
        const rows = own.map(({ text }) => row(text, otherwise)).sort(([a], [b]) => (a < b ? -1 : 1));
        return `### ${title}\n\n${markdownTable([["message", "what to do"], ...rows])}`;
    }).join("\n\n");
}

function areaOf(file: string): string {
    return AREAS.find(([, files]) => files.test(file))![0];
}

/** A message says what is wrong, then what to do. */
function row(text: string, otherwise: string): string[] {
    const line = text.replace(/\s+/g, " ").trim();
    const [, wrong, way] = /^([^]{12,}?)[:.] ((?=[^]*[a-z]{3})[^…][^]{10,})$/.exec(line) ?? [
        undefined,
        line,
        otherwise,
    ];
    return [code(wrong), way === otherwise ? way : plain(way)];
}

const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Angle brackets, asterisks and underscores mean something in Markdown. */
const plain = (text: string) => text.replace(/[<>*_]/g, "\\$&");
