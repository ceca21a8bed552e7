import { expect } from "chai";
import { execFileSync } from "child_process";
import { chooseFaults } from "../../../cli/drill/drillFaults";
import { command, sh, word } from "../../../cli/pair/shell";
import { Lines } from "../../../cli/wire/intake";
import { lastLine, plain, shown } from "../../../cli/wire/plain";
import { isHostKey, isUnit } from "../../../cli/wire/words";
import { WORDS } from "./hostile";

describe("text from another machine", () => {
    it("becomes one line without terminal sequences, with letters of any language", () => {
        expect(plain("\x1b[31mred\x07\x9b\u202e\0")).to.equal("\\u001b[31mred\\u0007\\u009b\\u202e\\u0000");
        expect(plain("a\tb\nc")).to.equal("a b\\nc");
        expect(plain("Grüße, 東京, مرحبا, 😀 – …")).to.equal("Grüße, 東京, مرحبا, 😀 – …");
        expect(plain("x".repeat(1000)).length).to.equal(501);
        expect(lastLine("first\nlast\x1b\n\n")).to.equal("last\\u001b");
    });

    it("is printed as lines, with this program's colours and no other sequence", () => {
        expect(shown("\x1b[31mno\x1b[39m\n\x1b[8mhidden\x1b]0;x\x07")).to.equal(
            "\x1b[31mno\x1b[39m\n\\u001b[8mhidden\\u001b]0;x\\u0007",
        );
        expect(JSON.parse(shown(JSON.stringify({ a: "\x9b\u202e\u{e0041}" })))).to.deep.equal({
            a: "\x9b\u202e\u{e0041}",
        });
    });

    it("is split into whole lines of limited length, however it arrives in pieces", () => {
        const found: unknown[] = [];
        const lines = new Lines((line) => found.push(line), 10);
        for (const byte of Buffer.from(`short\nü\n${"x".repeat(1e5)}\nafter\nhalf`)) {
            lines.push(Buffer.from([byte]));
        }
        lines.end();
        expect([found, lines.leftOut]).to.deep.equal([["short", "ü", "after", "half"], 1]);
    });
});

describe("a command for a remote shell", () => {
    it("gives the program exactly the intended words", () => {
        const words = [...WORDS.filter((one) => !/[\0\ud800]/u.test(one)), "", "=x", "~", "a b", "it's", "*"];
        const print = command("printf", "%s\\0", ...words);
        expect(execFileSync("sh", ["-c", print]).toString().split("\0").slice(0, -1)).to.deep.equal(words);
        const nested = sh`sh -c ${word(print)}`;
        expect(execFileSync("sh", ["-c", nested]).toString().split("\0").slice(0, -1)).to.deep.equal(words);
    });

    it("cannot have a NUL", () => {
        expect(() => command("echo", "a\0b")).to.throw("contains a NUL");
    });

    it("names a service only if it is the name of a unit", () => {
        for (const service of [
            "nginx",
            "-H.service",
            "x;reboot;.service",
            "a b.service",
            "$(x).service",
            "n.service\n",
            "",
        ]) {
            expect(() => chooseFaults(["service-stop"], service), service).to.throw(
                "is not the name of a systemd service",
            );
        }
        const [fault] = chooseFaults(["service-stop"], "dev\\x2dx@1.service");
        expect(fault.strike).to.equal("systemctl stop 'dev\\x2dx@1.service'");
        expect([isUnit("nginx.service"), isUnit("a/b.service")]).to.deep.equal([true, false]);
    });

    it("pins a host key that is one line of a known_hosts file", () => {
        expect(isHostKey(`ecdsa-sha2-nistp256 ${"A".repeat(100)}=`)).to.equal(true);
        for (const wrong of ["", "ssh-ed25519", "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB", "* ssh-ed25519 AAAA"]) {
            expect(isHostKey(wrong), wrong).to.equal(false);
        }
    });
});
