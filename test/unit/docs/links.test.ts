import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { anchors, localLinks, pages, ROOT, withoutBlocks } from "./markdown";

/** The error in a link of a page, or null. */
function wrong(file: string, link: string): string | null {
    const [place, anchor] = link.split("#");
    const target = place === "" ? path.join(ROOT, file) : path.resolve(ROOT, path.dirname(file), place);
    if (!fs.existsSync(target)) {
        return `${file}: ${link} leads to no file`;
    }
    if (anchor === undefined) {
        return null;
    }
    const isThere = target.endsWith(".md") && anchors(fs.readFileSync(target, "utf8")).has(anchor);
    return isThere ? null : `${file}: ${link} leads to no heading`;
}

describe("the links of the documentation", () => {
    it("lead to existing files and headings", () => {
        const all = pages().flatMap(({ file, text }) => localLinks(text).map((link) => wrong(file, link)));
        expect(all).to.have.length.greaterThan(40);
        expect(all.filter((problem) => problem !== null)).to.deep.equal([]);
    });

    it("are reported if they lead nowhere", () => {
        expect(wrong("README.md", "docs/nothing.md")).to.contain("no file");
        expect(wrong("README.md", "docs/operate.md#nothing")).to.contain("no heading");
        expect(wrong("docs/operate.md", "../README.md#install")).to.equal(null);
    });
});

describe("the repository's paths in the documentation", () => {
    const TOP = /^(?:cli|components|docs|examples|lab|monitoring|scripts|test)\/[\w.@/-]*$/;
    /** docs/security.md and docs/hetzner-changes.md name tests by paths from here. */
    const TESTS = /^(?:unit|e2e|agent)\/[\w.@/-]*$/;

    /** A word in capitals is a placeholder: test/e2e/NAME/. */
    function places(text: string): string[] {
        const words = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word);
        // unit/components/{identity,contact}.test.ts
        return words.flatMap((word) => {
            const [, before, inside, after] = /^(.*)\{([^}]*)\}(.*)$/.exec(word) ?? [];
            return inside === undefined ? [word] : inside.split(",").map((each) => before + each + after);
        });
    }

    it("exist", () => {
        const gone = pages().flatMap(({ file, text }) => {
            const isTest = (place: string) => file.startsWith("docs") && TESTS.test(place);
            return places(text)
                .filter((place) => (TOP.test(place) || isTest(place)) && !/[A-Z]{4}/.test(path.basename(place)))
                .filter((place) => !fs.existsSync(path.join(ROOT, isTest(place) ? "test" : "", place)))
                .map((place) => `${file}: ${place}`);
        });
        expect(gone).to.deep.equal([]);
    });
});
