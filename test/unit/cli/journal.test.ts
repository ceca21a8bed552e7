import { expect } from "chai";
import { journalCommand, merge, parseJournal, parseSince } from "../../../cli/pair/journal";

const line = (at: number, fields: object) =>
    JSON.stringify({
        __REALTIME_TIMESTAMP: String(at * 1000),
        SYSLOG_IDENTIFIER: "alias-switch",
        PRIORITY: "6",
        ...fields,
    });

describe("journals", () => {
    it("are merged by their times in microseconds", () => {
        const a = parseJournal(
            "web0",
            [line(1000.2, { MESSAGE: "second" }), line(3000, { MESSAGE: "fourth" })].join("\n"),
        );
        const b = parseJournal(
            "web1",
            [line(1000.1, { MESSAGE: "first" }), line(2000, { MESSAGE: "third" }), ""].join("\n"),
        );
        expect(merge([a, b]).map(({ node, text }) => `${node} ${text}`)).to.deep.equal([
            "web1 first",
            "web0 second",
            "web1 third",
            "web0 fourth",
        ]);
    });

    it("may contain bytes that are not text", () => {
        const bytes = [...Buffer.from("caf\xe9", "latin1")];
        const text = [line(1, { MESSAGE: bytes }), line(2, { MESSAGE: null }), "-- No entries --", "{}"].join("\n");
        expect(parseJournal("web0", text).map((one) => one.text)).to.deep.equal(["café", "(not shown by journalctl)"]);
    });

    it("are asked for from a moment that does not depend on a node's time zone", () => {
        expect(journalCommand(1_800_000_000_500)).to.contain("--since=@1800000000.500").and.not.match(/ -f$/);
        expect(journalCommand(0, true)).to.match(/ -f$/);
    });
});

describe("--since", () => {
    const now = new Date(2026, 7, 1, 12, 0, 0).getTime();

    it("takes a span before now, or a time in this machine's zone", () => {
        expect(["90s", "-10m", "2h", "1d", "1.5h"].map((text) => (now - parseSince(text, now)) / 1000)).to.deep.equal([
            90, 600, 7200, 86_400, 5400,
        ]);
        expect(parseSince("2026-08-01 11:30", now)).to.equal(now - 1_800_000);
    });

    it("refuses other values and lists the valid forms", () => {
        expect(() => parseSince("yesterday", now)).to.throw("--since yesterday: write a duration such as 90s");
    });
});
