import { expect } from "chai";
import type { Sample } from "../../../cli/client/outage";
import { html } from "../../../cli/drill/report";
import type { Rehearsed } from "../../../cli/drill/rehearse";
import { escape, runsOf, timeline } from "../../../cli/drill/timeline";

/** "0" and "1" are answers of web0 and web1, "." is none; one request every 100 ms, the first at 10 s. */
function samples(history: string): Sample[] {
    return [...history].map((letter, seq) => ({
        seq,
        sentAt: 10_000 + seq * 100,
        ms: letter === "." ? null : 1,
        answer: letter === "." ? null : letter === "?" ? "answered" : `web${letter}`,
    }));
}

function rehearsed(history: string, own: Partial<Rehearsed> = {}): Rehearsed {
    const base = { fault: "reboot", node: "web0", before: "web0", after: "web1", outageMs: 300, parts: [300] };
    return { ...base, lost: 3, asked: 20, problem: null, struckAt: 11_000, samples: samples(history), ...own };
}

const panel = (history: string) => ({
    title: "reboot on web0",
    struckAt: 11_000,
    outageMs: 300,
    samples: samples(history),
});

/** Checks that tags are closed in order, and that all entities are known. */
function wellFormed(xml: string): void {
    const open: string[] = [];
    for (const [, end, name, rest] of xml.matchAll(/<(\/?)([a-z]+)((?:"[^"]*"|[^<>"])*)>/g)) {
        if (end === "/") {
            expect(open.pop()).to.equal(name);
        } else if (!rest.endsWith("/")) {
            open.push(name);
        }
    }
    expect(open).to.deep.equal([]);
    expect(xml.replace(/&(amp|lt|gt|quot|#39);/g, "")).to.not.contain("&");
}

describe("the timeline", () => {
    it("joins answers of the same node into adjoining runs", () => {
        expect(runsOf(samples("000..11"))).to.deep.equal([
            { who: "web0", from: 10_000, to: 10_300, count: 3 },
            { who: null, from: 10_300, to: 10_500, count: 2 },
            { who: "web1", from: 10_500, to: 10_600, count: 2 },
        ]);
    });

    it("sorts by the time of the request, because a lost answer is known later", () => {
        const [a, lost, b] = samples("0.1");
        expect(runsOf([a, b, lost]).map(({ who }) => who)).to.deep.equal(["web0", null, "web1"]);
    });

    it("is an SVG with a panel for each fault, and bars in the answering node's lane", () => {
        const svg = timeline([panel("0000000000...1111111111"), panel("0000000000111")], ["web0", "web1"]);
        wellFormed(svg);
        expect(svg.match(/class="heading"/g)).to.have.length(2);
        expect(svg.match(/class="node0"/g)).to.have.length(2);
        expect(svg.match(/class="node1"/g)).to.have.length(2);
        expect(svg.match(/class="lost"/g)).to.have.length(1);
        expect(svg).to.contain("no answer, 0.00 s to 0.30 s, 3 requests").and.contain("reboot on web0: 300 ms");
        expect(svg).to.not.match(/class="lane"[^>]*>answered</);
    });

    it("has the same scale for all panels, and nothing outside the picture", () => {
        const svg = timeline([panel("0".repeat(60)), panel("0".repeat(12))], ["web0", "web1"]);
        const width = Number(/viewBox="0 0 (\d+)/.exec(svg)![1]);
        const bars = [...svg.matchAll(/<rect class="node0" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)];
        expect(bars).to.have.length(2);
        bars.forEach(([, x, bar]) => expect(Number(x) + Number(bar)).to.be.at.most(width));
        expect(Number(bars[1][2])).to.be.lessThan(Number(bars[0][2]) / 4);
    });

    it("has a lane for answers without a node's name", () => {
        expect(timeline([panel("??..??")], ["web0", "web1"])).to.match(/class="lane"[^>]*>answered</);
    });
});

describe("the report", () => {
    const drill = {
        pair: "web",
        virtualIps: ["10.0.1.1"],
        nodes: ["web0", "web1"],
        client: "root@198.51.100.7",
        url: "http://10.0.1.1/?a=1&b=<2>",
        perSecond: 50,
        startedAt: 10_000,
        rows: [rehearsed("0000000000...111"), rehearsed("00000000000", { fault: "agent-kill", outageMs: 0, lost: 0 })],
        journal: [{ at: 11_000, node: "web1", unit: "alias-switch", text: "BACKUP → MASTER <&>", priority: 6 }],
    };

    it("is one self-contained file", () => {
        const page = html(drill);
        expect(page).to.contain("<!DOCTYPE html>").and.contain("All 2 faults were survived.");
        expect(page).to.contain(
            "<td>reboot</td><td>web0</td><td>web0</td><td>web1</td><td>300 ms</td><td>3 of 20</td>",
        );
        expect(page).to.contain(escape(drill.url)).and.contain("BACKUP → MASTER &lt;&amp;&gt;");
        expect(page).to.not.match(/<(script|link|img|iframe)|\b(src|href)=|url\(/);
        wellFormed(page.slice(page.indexOf("<h1>"), page.indexOf("</body>")));
    });

    it("names what has failed", () => {
        const rows = [rehearsed("0000000000....", { outageMs: null, after: null, problem: "no node took over" })];
        const page = html({ ...drill, rows });
        expect(page).to.contain("1 of 1 failed.").and.contain("reboot on web0: no node took over");
        expect(page).to.contain("<td>no answer</td><td>–</td>").and.contain("FAILED");
    });
});
