import { expect } from "chai";
import { parseSample } from "../../../cli/client/client";
import { measureOutage, type Sample } from "../../../cli/client/outage";
import { diagnose } from "../../../cli/doctor/diagnose";
import { expectedDigests } from "../../../cli/doctor/exam";
import { parseExam } from "../../../cli/doctor/examShape";
import { html } from "../../../cli/drill/report";
import { findPair } from "../../../cli/pair/findPair";
import { handOver } from "../../../cli/pair/handOver";
import { parseLine } from "../../../cli/pair/journal";
import { agreed, parseReport, type Seen } from "../../../cli/pair/report";
import { statusJson, statusText } from "../../../cli/pair/statusText";
import { judge } from "../../../cli/pair/verdict";
import { Problem } from "../../../cli/problem";
import { style } from "../../../cli/terminal/style";
import { FORBIDDEN, Hostile } from "./hostile";
import { backup, NODES, NOW, report } from "./reports";

const SEED = Number(process.env.HOSTILE_SEED ?? 2019);
/** A short form: 2,000 and more are for a run by hand. */
const CASES = Number(process.env.HOSTILE_CASES ?? 400);
const dark = style({}, {});

/** Runs a check on each case, and names the seed of a failure. */
function each(what: (hostile: Hostile, index: number) => void): void {
    for (let index = 0; index < CASES; index++) {
        const seed = SEED + index;
        try {
            what(new Hostile(seed), index);
        } catch (error) {
            (error as Error).message = `HOSTILE_SEED=${seed}: ${(error as Error).message}`;
            throw error;
        }
    }
}

function harmless(text: string): void {
    const found = FORBIDDEN.exec(text);
    expect(
        found === null,
        `${JSON.stringify(found?.[0])} at ${JSON.stringify(text.slice((found?.index ?? 0) - 40))}`,
    ).to.equal(true);
    expect(text.length).to.be.lessThan(1_500_000);
}

/** The reports of both nodes, where one node sends this text. */
function seenWith(text: string, index: number): Seen[] {
    const told = parseReport(text, NODES[index].name);
    const odd: Seen = {
        node: NODES[index],
        report: told,
        error: told === null ? `${NODES[index].name}: no report` : null,
    };
    const good = parseReport(JSON.stringify(index === 0 ? backup() : report()), NODES[1 - index].name);
    const fine: Seen = { node: NODES[1 - index], report: good, error: null };
    return index === 0 ? [odd, fine] : [fine, odd];
}

describe("the output of a hostile node", function () {
    this.timeout(120_000);

    it("cannot end a command, control a terminal or hide the other node by its report", () => {
        each((hostile, index) => {
            const good = index % 2 === 0 ? report({ checks: { http: "good" }, bridge: { ready: true } }) : backup();
            const seen = seenWith(hostile.said(good), index % 2);
            const verdict = judge(seen, NOW);
            const shown = statusText(seen, verdict, dark);
            harmless(shown);
            expect(shown).to.contain(index % 2 === 0 ? "BACKUP, ready to take over" : "MASTER and holder");
            const json = statusJson(seen, verdict);
            harmless(json);
            expect(
                (JSON.parse(json) as { nodes: { report: { node: string } }[] }).nodes[1 - (index % 2)].report.node,
            ).to.equal(NODES[1 - (index % 2)].name);
            harmless(JSON.stringify(handOver(seen)));
            try {
                const { pair, vips } = agreed(seen);
                expect(`${pair} ${vips.join()}`).to.equal("web 10.0.1.1");
            } catch (error) {
                expect(error).to.be.instanceOf(Problem);
                harmless((error as Error).message);
            }
        });
    });

    it("cannot hide a finding about the other node by its examination", () => {
        const config = {
            address: "10.0.1.2",
            peerAddress: "10.0.1.3",
            serverId: 42,
            service: "nginx.service",
            bridge: {},
        };
        const good = {
            config,
            status: report(),
            adverts: { sent: 7, arrived: 0, delivered: 0 },
            tokenCheck: { code: 0, said: "the token is good" },
            tokenFile: { mode: "0400", owner: "failover-agent" },
            keepalivedConf: "vrrp_instance web {\n    interface enp7s0\n}",
            confCheck: { code: 0, said: "" },
            keepalivedVersion: "v2.2.7",
            digests: expectedDigests(config),
            failedUnits: ["x.service"],
            enabled: { keepalived: "enabled", "alias-switch": "enabled" },
            disks: [{ path: "/", free: 5e9, size: 2e10, filesFree: 1e6, files: 2e6 }],
            nonlocalBind: "1",
        };
        const second = {
            ...good,
            config: { ...config, address: "10.0.1.3", peerAddress: "10.0.1.2", serverId: 43 },
            status: backup(),
        };
        const fine = {
            node: NODES[1],
            exam: parseExam(JSON.stringify({ ...second, tokenFile: null }), "web1"),
            error: null,
            clockOffset: 0,
        };
        each((hostile) => {
            const exam = parseExam(hostile.said(good), "web0");
            const odd = {
                node: NODES[0],
                exam,
                error: exam === null ? "web0: no examination" : null,
                clockOffset: null,
            };
            const findings = diagnose([odd, fine], () => good.digests, NOW);
            findings.forEach(({ text: said, way }) => harmless(said + (way ?? "")));
            expect(findings.map(({ text: said }) => said)).to.include("web1: there is no token file");
            // the text to paste contains only validated words of the node
            findings.forEach(({ way }) => expect(way ?? "").to.not.match(/reboot\)|`reboot|passwd|ProxyCommand/));
        });
    });

    it("cannot control a terminal by journal lines", () => {
        const entry = {
            __REALTIME_TIMESTAMP: "1800000000000000",
            SYSLOG_IDENTIFIER: "alias-switch",
            MESSAGE: "x",
            PRIORITY: "6",
        };
        each((hostile) => {
            const line = parseLine("web0", hostile.said(entry));
            if (line !== null) {
                harmless(`${new Date(line.at).toISOString()} ${line.unit}: ${line.text}`);
                expect(`${line.unit}: ${line.text}`).to.not.contain("\n");
                expect(line.priority).to.be.within(0, 7);
            }
        });
    });

    it("cannot control a terminal or a browser by a client's samples", () => {
        const kept: Sample[] = [];
        each((hostile, index) => {
            const good = { seq: index, sentAt: 1.8e12 + index * 20, ms: 1.2, answer: "web0" };
            const text = index % 2 === 0 ? hostile.said(good) : JSON.stringify(good);
            const sample = parseSample(text, kept[0]?.sentAt ?? 1.8e12);
            if (sample !== null) {
                kept.push(sample);
            }
        });
        expect(kept.length).to.be.greaterThan(CASES / 2);
        const row = {
            fault: "reboot",
            node: "web0",
            before: "web0",
            after: null,
            outageMs: null,
            parts: [],
            lost: 0,
            asked: 1,
        };
        const rows = [{ ...row, problem: null, struckAt: 1.8e12, samples: kept }];
        const about = { pair: "web", virtualIps: [], nodes: ["web0", "web1"], client: "c", url: "u", perSecond: 50 };
        harmless(html({ ...about, startedAt: 0, rows, journal: [] }));
        expect(() => measureOutage(kept.filter(({ answer }) => answer !== null))).to.not.throw();
    });

    it("is checked in a stack's outputs: a valid pair, or an error that names the fault", () => {
        each((hostile) => {
            const outputs: unknown = JSON.parse(
                JSON.stringify({ nodes: hostile.mutated(NODES), ip: hostile.mutated("x") }),
            );
            try {
                for (const { name, publicIpv4, privateIp, hostKey } of findPair(outputs as Record<string, unknown>)) {
                    expect(name).to.match(/^[\w.-]+$/);
                    expect(`${publicIpv4} ${privateIp}`).to.match(/^[\d.]+ [\d.]+$/);
                    expect(hostKey ?? "ssh-ed25519 AAAA").to.match(/^ssh-ed25519 [A-Z]+$/);
                }
            } catch (error) {
                expect(error).to.be.instanceOf(Problem);
            }
        });
    });
});

describe("an incomplete report", () => {
    const thin: [string, string][] = [
        ["nothing but a verdict", '{"verdict": "MASTER and holder"}'],
        ["an empty object", "{}"],
        ["an array", "[]"],
        ["null", "null"],
        ["a number", "1e999"],
        ["half a line", JSON.stringify(report()).slice(0, 200)],
        ["deep nesting", "[".repeat(100_000)],
        ["an empty text", ""],
    ];
    for (const [what, text] of thin) {
        it(`(${what}) does not hide the other node's report`, () => {
            const seen = seenWith(text, 0);
            const shown = statusText(seen, judge(seen, NOW), dark);
            expect(shown)
                .to.contain("BACKUP, ready to take over")
                .and.match(/^VRRP .*BACKUP since/m);
        });
    }

    it("names each invalid field, and gives it a default", () => {
        const told = parseReport(
            JSON.stringify({ ...report(), since: "now", vips: ["10.0.1.1", "x"], exit: 7 }),
            "web0",
        )!;
        expect(told).to.deep.include({ since: null, vips: ["10.0.1.1"], exit: 2, odd: ["vips[1]", "since", "exit"] });
    });

    it("keeps the name of the node that was asked, whatever the report says", () => {
        expect(parseReport(JSON.stringify(report({ node: "web1" })), "web0")!.node).to.equal("web0");
    });

    it("keeps the fields of a newer agent in --json, as plain text", () => {
        const told = parseReport(JSON.stringify({ ...report(), newer: { text: "\x1b[2J" } }), "web0");
        expect(told).to.deep.include({ newer: { text: "\\u001b[2J" } });
    });
});
