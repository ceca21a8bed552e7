import { expect } from "chai";
import { instance } from "../../../../../lab/cloud/instance";
import { sourceLines } from "../../../../../lab/cloud/image/sources";

describe("an instance's name", () => {
    it("is part of the name of everything that belongs to it", () => {
        const { netns, prefix, dir } = instance("web");
        expect([netns, prefix, dir.split("/").at(-1)]).to.deep.equal(["lc-web-net", "lc-web-", "web"]);
    });

    it("cannot be the beginning of another name, or an invalid name for a namespace", () => {
        for (const name of ["", "Web", "a-b", "a/../b", "1a", "x".repeat(17)]) {
            expect(() => instance(name), name).to.throw("cannot name a local cloud");
        }
    });
});

describe("the sources of the servers' packages", () => {
    const targets = [
        "http://mirror.test/debian bookworm main",
        "http://mirror.test/debian bookworm main",
        "http://mirror.test/debian bookworm contrib",
        "http://mirror.test/debian bookworm-updates main",
        "http://mirror.test/security bookworm-security main",
        "http://other.test/apt nodistro main",
        "http://backports.test/debian bookworm-backports main",
    ];
    const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";

    it("are this machine's own sources, only Debian's main, each once", () => {
        expect(sourceLines(targets, "bookworm", "bookworm")).to.deep.equal([
            `deb ${signed} http://mirror.test/debian bookworm main`,
            `deb ${signed} http://mirror.test/debian bookworm-updates main`,
            `deb ${signed} http://mirror.test/security bookworm-security main`,
        ]);
    });

    it("use the same mirror for another suite", () => {
        expect(sourceLines(targets, "bookworm", "trixie")[2]).to.equal(
            `deb ${signed} http://mirror.test/security trixie-security main`,
        );
    });
});
