import { expect } from "chai";
import { picture } from "../../../../lab/picture/picture";

const REPORT = `<!DOCTYPE html>
<style>
:root { --text: #111; --back: #fff; }
body { font: 15px sans-serif; }
svg .lost { fill: red; }
</style>
<p>text</p><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 216" width="960" height="216"><g><text>crash</text></g></svg>`;

describe("the picture of a drill", () => {
    it("is the report's timeline without the page, with its colours and a background", () => {
        const svg = picture(REPORT);
        expect(svg).to.match(/^<svg [^>]*viewBox="0 0 992 248"/);
        expect(svg).to.contain("<g><text>crash</text></g>").and.contain("svg .lost { fill: red; }");
        expect(svg).to.contain('<rect class="back" width="992" height="248"');
        expect(svg).to.not.match(/<p>|body \{/);
        expect(svg.match(/<svg /g)).to.have.length(1);
    });

    it("is refused for a report without a timeline", () => {
        expect(() => picture("<p>nothing</p>")).to.throw("failover drill --report FILE");
    });
});
