/** The error texts and warnings of the component and of `npx failover`, read from their sources. */
import * as fs from "fs";
import * as path from "path";
import * as ts from "typescript";

export interface Message {
    /** The text, with … for each placeholder. */
    text: string;
    /** The path from the project's folder. */
    file: string;
}

/** Functions that take a message, by the name with which they are called. */
const TAKERS = /^(Problem|Failed|Unreachable|RunError|failure|check|report|warn|push|add)$/;
/** Functions that take a level or a kind first, and then the message. */
const LEVELLED = /^(say|warning|critical)$/;
/** Names of variables and functions that hold or return a message. */
const KEEPERS = /^(whyNot|reason|text$|hint|says?$|complaint|why|problem|no[A-Z]|NO_|TOO_)/;
const FEWEST_WORDS = 4;
/** Every function of the component that returns a text of at least this length returns a message. */
const FEWEST_RETURNED = 7;
const RETURNING = /^components\//;

export function messagesOf(root: string, folders: string[]): Message[] {
    const files = folders.flatMap((folder) => typescriptFiles(path.join(root, folder)));
    const all = files.flatMap((file) =>
        textsOf(file, RETURNING.test(path.relative(root, file))).map((text) => ({
            text,
            file: path.relative(root, file),
        })),
    );
    return [...new Map(all.map((message) => [message.text, message])).values()];
}

function typescriptFiles(place: string): string[] {
    if (fs.statSync(place).isFile()) {
        return [place];
    }
    const names = fs.readdirSync(place, { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => name.endsWith(".ts") && !name.split(path.sep).includes("node_modules"));
    return files.sort().map((name) => path.join(place, name));
}

function textsOf(file: string, isReturning: boolean): string[] {
    const source = ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
        const text = textOf(node);
        if (text === null) {
            ts.forEachChild(node, visit);
        } else if (
            !/^[,;]/.test(text) &&
            wordsIn(text) >= FEWEST_WORDS &&
            (isTaken(node) || (isReturning && isReturned(node, text)))
        ) {
            found.push(text);
        }
    };
    visit(source);
    return found;
}

/** The text of a literal, of a template or of a sum of them; null for everything else. */
export function textOf(node: ts.Node): string | null {
    if (ts.isStringLiteralLike(node)) {
        return node.text;
    }
    if (ts.isTemplateExpression(node)) {
        return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
        const [left, right] = [textOf(node.left), textOf(node.right)];
        return left === null && right === null ? null : (left ?? "…") + (right ?? "…");
    }
    return ts.isParenthesizedExpression(node) ? textOf(node.expression) : null;
}

function wordsIn(text: string): number {
    return text.split(/\s+/).filter((word) => /^["(]?[a-z…]/i.test(word)).length;
}

function isReturned(node: ts.Node, text: string): boolean {
    let at = node.parent;
    while (ts.isConditionalExpression(at) || ts.isParenthesizedExpression(at)) {
        at = at.parent;
    }
    return (
        (ts.isReturnStatement(at) || ts.isArrowFunction(at)) && wordsIn(text) >= FEWEST_RETURNED && !text.includes("&&")
    );
}

/** Whether the closest expression that uses the text uses it as a message. */
function isTaken(node: ts.Node): boolean {
    for (let child = node, at = node.parent; !ts.isSourceFile(at); child = at, at = at.parent) {
        if (ts.isCallExpression(at) || ts.isNewExpression(at)) {
            const name = calleeOf(at.expression);
            if (name !== "join" && name !== "filter" && name !== "map") {
                return TAKERS.test(name) || (at.arguments?.[1] === child && LEVELLED.test(name));
            }
        }
        const name = nameOf(at);
        if (name !== undefined && KEEPERS.test(name)) {
            return true;
        }
        if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) {
            return false;
        }
    }
    return false;
}

function calleeOf(expression: ts.Expression): string {
    return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

function nameOf(node: ts.Node): string | undefined {
    const isNamed =
        ts.isVariableDeclaration(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isMethodDeclaration(node) ||
        ts.isPropertyAssignment(node);
    return isNamed ? node.name?.getText() : undefined;
}
