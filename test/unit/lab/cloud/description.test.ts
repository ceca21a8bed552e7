import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Conformance } from "../../../../lab/cloud/api/description/conformance";
import { Description } from "../../../../lab/cloud/api/description/description";
import { operationsOfTheCloud } from "../../../../lab/cloud/api/description/operations";
import type { Exchange } from "../../../../lab/cloud/api/pipeline";
import { Cloud } from "./cloud";

const FILE = join(__dirname, "../../../../lab/cloud/api/description/hetzner.json");

describe("local cloud: Hetzner's own description", () => {
    let cloud: Cloud;

    beforeEach(async () => {
        cloud = await Cloud.start();
    });
    afterEach(() => cloud.close());

    /** The check's error for an answer that was changed. */
    const verdict = async (path: string, change: (exchange: Exchange) => Partial<Exchange>): Promise<string> => {
        const conformance = new Conformance(new Date().toISOString().slice(0, 10));
        const other = await Cloud.start({
            onAnswer: (exchange) => conformance.see({ ...exchange, ...change(exchange) }),
        });
        try {
            await other.get(path);
            conformance.check();
            return "nothing";
        } catch (error) {
            return (error as Error).message.split("\n  ").slice(1).join("; ");
        } finally {
            await other.close();
        }
    };
    const rewritten = (from: string, to: string) => (exchange: Exchange) => ({
        answer: exchange.answer!.replace(from, to),
    });

    it("has exactly the operations of the local cloud", async () => {
        expect(new Description("9999-12-31").operations().sort()).to.deep.equal(await operationsOfTheCloud());
    });

    it("contains names and types only", () => {
        const text = readFileSync(FILE, "utf8");
        expect(text).not.to.match(/"(description|summary|title|example|default|x-[^"]+)":"/);
        expect(text.length).to.be.below(100_000);
    });

    it("refuses an extra field, a wrong type, a missing field and an unknown value", async () => {
        expect(await verdict("/locations", () => ({}))).to.equal("nothing");
        expect(await verdict("/locations", rewritten(`"city"`, `"town":1,"city"`))).to.equal(
            "GET /locations 200 answer: /locations/0 must not have the field 'town'",
        );
        expect(await verdict("/locations", rewritten(`"id":1,`, `"id":"1",`))).to.equal(
            "GET /locations 200 answer: /locations/0/id must be integer",
        );
        expect(await verdict("/locations", rewritten(`"id":1,`, ""))).to.equal(
            "GET /locations 200 answer: /locations/0 must have the field 'id'",
        );
        expect(await verdict("/images", rewritten(`"system"`, `"systematic"`))).to.match(
            /^GET \/images 200 answer: \/images\/0\/type must be one of system, /,
        );
    });

    it("refuses an undescribed operation or status, and an error of another shape", async () => {
        expect(await verdict("/locations", () => ({ route: "/v1/places" }))).to.equal(
            "GET /places 200 answer: the operation is not described",
        );
        expect(await verdict("/locations", () => ({ status: 299 }))).to.equal(
            "GET /locations 299 answer: status 299 is not described",
        );
        expect(await verdict("/nowhere", rewritten(`"code"`, `"kode"`))).to.contain(
            "GET of an unknown path 404 answer: /error must have the field 'code'",
        );
    });

    it("fails the call at once, not only at the end of the test", async () => {
        cloud.conformance.see({ method: "GET", route: "/v1/x", requestBody: null, status: 200, answer: "{}" });
        const error = await cloud.get("/servers").catch((reason: Error) => reason);
        expect((error as Error).message).to.contain("GET /x 200 answer: the operation is not described");
    });
});
