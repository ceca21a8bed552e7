export interface Sample {
    name: string;
    labels: Record<string, string>;
    value: number;
}

export interface Family {
    name: string;
    type: string;
    help: string;
    samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*)\} (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Parses Prometheus' text format as strictly as promtool: each family appears once, HELP and TYPE come first, no sample
 * appears twice, histograms add up.
 *
 * @throws Error that quotes the line
 */
export function parseExposition(text: string): Family[] {
    const families: Family[] = [];
    if (!text.endsWith("\n")) {
        throw new Error("the last line has no end");
    }
    const lines = text.slice(0, -1).split("\n");
    for (const line of lines) {
        const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
        const last = families.at(-1);
        if (kind === "HELP" && NAME.test(name) && families.every((family) => family.name !== name)) {
            families.push({ name, type: "", help: rest, samples: [] });
        } else if (kind === "TYPE" && last?.name === name && last.type === "" && last.samples.length === 0) {
            last.type = rest;
        } else if (last && !kind) {
            last.samples.push(parseSample(line, last));
        } else {
            throw new Error(`out of place: ${line}`);
        }
    }
    families.forEach(check);
    return families;
}

function parseSample(line: string, family: Family): Sample {
    const [, name, text, value] = SAMPLE.exec(line) ?? [];
    const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (name === undefined || !suffixes.some((suffix) => name === family.name + suffix)) {
        throw new Error(`no sample of ${family.name}: ${line}`);
    }
    const labels: Record<string, string> = {};
    let at = 0;
    while (at < text.length) {
        LABEL.lastIndex = at;
        const found = LABEL.exec(text);
        if (!found || found[1] in labels) {
            throw new Error(`no label at ${at} of ${text}`);
        }
        labels[found[1]] = found[2].replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
        at = LABEL.lastIndex;
    }
    return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function check({ name, type, samples }: Family): void {
    if (!["counter", "gauge", "histogram"].includes(type) || (type === "counter") !== name.endsWith("_total")) {
        throw new Error(`${name} is not a ${type}`);
    }
    const keys = samples.map((sample) => `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`);
    if (new Set(keys).size !== keys.length) {
        throw new Error(`${name} tells a sample twice`);
    }
    if (type !== "histogram") {
        return;
    }
    const buckets = samples.filter((sample) => sample.name.endsWith("_bucket"));
    const bounds = buckets.map(({ labels }) => Number(labels.le.replace("Inf", "Infinity")));
    const ordered = buckets.every(
        ({ value }, i) => i === 0 || (bounds[i - 1] < bounds[i] && buckets[i - 1].value <= value),
    );
    const count = samples.find((sample) => sample.name.endsWith("_count"))?.value;
    if (
        !ordered ||
        bounds.at(-1) !== Infinity ||
        buckets.at(-1)!.value !== count ||
        samples.length !== buckets.length + 2
    ) {
        throw new Error(`${name} does not add up`);
    }
}
