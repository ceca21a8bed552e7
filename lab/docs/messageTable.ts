import { markdownTable } from "./blocks";
import type { Message } from "./messages";

interface Area {
    title: string;
    files: RegExp;
    /** What to do about a message that does not say it itself. */
    otherwise: string;
}

/** The first chapter whose files match is used. */
const AREAS: Area[] = [
    { title: "Arguments", files: /^components\/spec\//, otherwise: "correct the argument that the line names" },
    {
        title: "Before and during an update",
        files: /^components\//,
        otherwise: "run `npx failover doctor`, then the update again",
    },
    {
        title: "Findings of `npx failover doctor`",
        files: /^cli\/doctor\//,
        otherwise: "the line below it says what to do",
    },
    { title: "`npx failover`", files: /^cli\//, otherwise: "run `npx failover doctor`" },
    {
        title: "The project's own stack",
        files: /^index\.ts$/,
        otherwise: "correct the setting with `pulumi config set`",
    },
];

/** The beginnings of the part of a message that says what to do. */
const WAY =
    /^(write|give|choose|use|set|leave|put|remove|make|run|name|add|let|look|log|export|compare|install|wait|correct|do|is the|hcloud|pulumi|it has to be|ids are|the names are|servers need|one of|--)\b|^--/i;

/** All messages under the heading of the program that prints them: what is wrong, and what to do. */
export function messageTables(messages: Message[]): string {
    return AREAS.map(({ title, otherwise }) => {
        const own = messages.filter(({ file }) => areaOf(file).title === title);
        const rows = own.map(({ text }) => row(text, otherwise)).sort(([a], [b]) => (a < b ? -1 : 1));
        return `### ${title}\n\n${markdownTable([["message", "what to do"], ...rows])}`;
    }).join("\n\n");
}

function areaOf(file: string): Area {
    return AREAS.find(({ files }) => files.test(file))!;
}

/** Splits a message into what is wrong and what to do. */
function row(text: string, otherwise: string): string[] {
    const line = text.replace(/\s+/g, " ").trim();
    const seams = [...line.matchAll(/[:;.,] /g)].map(({ index }) => index);
    const seam = seams.find((index) => index > 0 && WAY.test(line.slice(index + 2)));
    return seam === undefined ? [code(line), otherwise] : [code(line.slice(0, seam)), plain(line.slice(seam + 2))];
}

const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Escapes angle brackets, asterisks and underscores, which Markdown interprets. */
const plain = (text: string) => text.replace(/[<>*_]/g, "\\$&");
