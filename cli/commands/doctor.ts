import { contextOf } from "../context";
import { diagnose, worst } from "../doctor/diagnose";
import { examine, expectedDigests } from "../doctor/exam";
import type { Finding } from "../doctor/finding";
import type { Command } from "../main";
import { noWords, parse } from "../options";
import { LEVELS } from "../problem";
import type { Style } from "../terminal/style";
import { table } from "../terminal/table";

export const doctor: Command = {
    about: "what is wrong with this pair, and how to mend it",
    usage: "doctor [OPTIONS]",
    help: [],
    async run(args) {
        const { values, positionals } = parse("doctor", args, {});
        noWords("doctor", positionals);
        const { nodes, ssh, json, print, say, style } = await contextOf(values);
        try {
            say(`examining ${nodes.map(({ name }) => name).join(" and ")} (some 5 s) …`);
            const examined = await Promise.all(nodes.map((node) => examine(ssh, node)));
            const findings = diagnose(examined, expectedDigests, Date.now() / 1000);
            print(json ? toJson(findings) : toText(findings, style));
            return worst(findings);
        } finally {
            ssh.close();
        }
    },
};

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
