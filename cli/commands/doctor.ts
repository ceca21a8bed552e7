import { defineCommand } from "../command";
import type { Context } from "../context";
import { diagnose, worst } from "../doctor/diagnose";
import { examine, expectedDigests } from "../doctor/exam";
import type { Finding } from "../doctor/finding";
import { LEVELS } from "../problem";
import type { Style } from "../terminal/style";
import { table } from "../terminal/table";

export const doctor = defineCommand({
    name: "doctor",
    about: "finds what is wrong with the pair, and says how to fix it",
    usage: "",
    options: {},
    prepare: () => examination,
});

async function examination({ nodes, ssh, json, print, say, style }: Context): Promise<number> {
    say(`examining ${nodes.map(({ name }) => name).join(" and ")} (about 5 s) …`);
    const examined = await Promise.all(nodes.map((node) => examine(ssh, node)));
    const findings = diagnose(examined, expectedDigests, Date.now() / 1000);
    print(json ? toJson(findings) : toText(findings, style));
    return worst(findings);
}

function toJson(findings: Finding[]): string {
    const plain = findings.map((finding) => ({ ...finding, level: LEVELS[finding.level] }));
    return JSON.stringify({ level: LEVELS[worst(findings)], findings: plain }, undefined, 4);
}

function toText(findings: Finding[], style: Style): string {
    const rows = findings.flatMap(({ check, level, text, way }) => [
        [style.level(level, LEVELS[level]), check, text],
        ...(way === null ? [] : [["", "", style.strong(`→ ${way}`)]]),
    ]);
    const bad = findings.filter(({ level }) => level > 0).length;
    const verdict = bad === 0 ? style.good("nothing is wrong") : style.level(worst(findings), `${bad} found`);
    return `${table(rows)}\n\n${verdict}`;
}
