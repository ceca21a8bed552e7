/** The tables of the component's arguments and outputs, generated from components/schema.json. */
import { markdownTable } from "./blocks";

export interface Property {
    type?: string;
    description?: string;
    $ref?: string;
    items?: Property;
    additionalProperties?: Property;
}

export interface Schema {
    resources: Record<
        string,
        { inputProperties: Record<string, Property>; properties: Record<string, Property>; requiredInputs: string[] }
    >;
    types: Record<
        string,
        {
            properties?: Record<string, Property>;
            required?: string[];
            enum?: { value: string; description?: string }[];
        }
    >;
}

const PAIR = "failover-pair:index:FailoverPair";
const DEFAULT = / Default: ([^]*?)\.?$/;

const words = (text = "") => text.replace(/\s+/g, " ").trim();
const nameOf = (ref: string) => ref.split(":").at(-1)!;

function typeOf({ type, $ref, items, additionalProperties }: Property, schema: Schema): string {
    if ($ref !== undefined) {
        const name = nameOf($ref);
        const choices = schema.types[$ref.replace("#/types/", "")]?.enum;
        return choices === undefined ? name : choices.map(({ value }) => `\`"${value}"\``).join(", ");
    }
    if (type === "array") {
        return `list of ${typeOf(items!, schema).replace(/^(string|number)$/, "$1s")}`;
    }
    return additionalProperties === undefined ? (type ?? "") : `map of ${typeOf(additionalProperties, schema)}s`;
}

/** A description's text without its default, and the default. */
function split(property: Property): [what: string, byDefault: string] {
    const all = ` ${words(property.description)}`;
    return [all.replace(DEFAULT, "").trim(), DEFAULT.exec(all)?.[1] ?? ""];
}

/** The first sentence of a text. The dot of "e.g." does not end it, because no capital letter follows. */
const firstSentence = (text: string) => /^[^]*?[.](?= [A-Z`]|$)/.exec(text)?.[0] ?? text;

function rows(properties: Record<string, Property>, required: string[], schema: Schema): string[][] {
    return Object.entries(properties).map(([name, property]) => {
        const [what, byDefault] = split(property);
        return [`\`${name}\``, typeOf(property, schema), what, required.includes(name) ? "**required**" : byDefault];
    });
}

/** One line for each argument, for the README. */
export function argumentsInBrief(schema: Schema): string {
    const { inputProperties, requiredInputs } = schema.resources[PAIR];
    const brief = rows(inputProperties, requiredInputs, schema).map(([name, , what, byDefault]) => [
        name,
        firstSentence(what),
        firstSentence(byDefault).replace(/\.$/, ""),
    ]);
    return markdownTable([["argument", "what it is", "default"], ...brief]);
}

export function outputs(schema: Schema): string {
    const all = rows(schema.resources[PAIR].properties, [], schema).map(([name, type, what]) => [name, type, what]);
    return markdownTable([["output", "type", "what it is"], ...all]);
}

/** All arguments with their whole comments. */
export function argumentsInFull(schema: Schema): string {
    const { inputProperties, requiredInputs } = schema.resources[PAIR];
    return markdownTable([
        ["argument", "type", "what it is", "default"],
        ...rows(inputProperties, requiredInputs, schema),
    ]);
}

/** The types of arguments and outputs, each under its own heading. */
export function types(schema: Schema): string {
    return Object.entries(schema.types)
        .map(([token, { properties, required = [], enum: choices }]) => {
            const table =
                choices === undefined
                    ? [["field", "type", "what it is", "default"], ...rows(properties ?? {}, required, schema)]
                    : [
                          ["value", "what it does"],
                          ...choices.map(({ value, description }) => [`\`"${value}"\``, words(description)]),
                      ];
            return `### ${nameOf(token)}\n\n${markdownTable(table)}`;
        })
        .join("\n\n");
}
