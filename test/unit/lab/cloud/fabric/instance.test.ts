import { expect } from "chai";
import { instance } from "../../../../../lab/cloud/instance";
import { sourceLines } from "../../../../../lab/cloud/image/sources";

describe("an instance's name", () => {
    it("is in the name of everything that belongs to it", () => {
        const { netns, prefix, dir } = instance("web");
        expect([netns, prefix, dir.split("/").at(-1)]).to.deep.equal(["lc-web-net", "lc-web-", "web"]);
    });

    it("cannot be one that another's prefix covers, or no name for a namespace", () => {
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

    it("are this machine's own, Debian's main only, each once", () => {
        expect(sourceLines(targets, "bookworm", "bookworm")).to.deep.equal([
            `deb ${signed} http://mirror.test/debian bookworm main`,
            `deb ${signed} http://mirror.test/debian bookworm-updates main`,
            `deb ${signed} http://mirror.test/security bookworm-security main`,
        ]);
    });

    it("are the same mirror for another suite", () => {
        expect(sourceLines(targets, "bookworm", "trixie")[2]).to.equal(
            `deb ${signed} http://mirror.test/security trixie-security main`,
        );
    });
});
