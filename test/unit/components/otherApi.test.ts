import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FailoverPair, type FailoverPairArgs } from "../../../components";
import { otherApi } from "../../../components/otherApi";
import { deploy, promiseOf } from "../../support/mocks";
import { minimalArgs, spec } from "./pairs";

const CA = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n";

describe("the warning about the place that gets the API token", () => {
    it("is not given for Hetzner's own API", () => {
        expect(otherApi(spec())).to.equal(undefined);
        expect(otherApi(spec({ apiEndpoint: "https://api.hetzner.cloud/v1" }))).to.equal(undefined);
    });

    it("names another place", () => {
        expect(otherApi(spec({ apiEndpoint: "https://203.0.113.1:8443/v1" }))).to.include("to 203.0.113.1:8443");
        expect(otherApi(spec({ apiEndpoint: "https://api.hetzner.cloud.example/v1" }))).to.include("apiEndpoint");
        expect(otherApi(spec({ apiProxy: "http://10.0.0.2:3128" }))).to.include("through 10.0.0.2:3128");
        expect(otherApi(spec({ apiCa: CA })))
            .to.include("apiCa")
            .and.not.include("apiEndpoint");
    });

    it("does not show a place that is a secret", () => {
        expect(otherApi(spec({ apiProxy: "http://10.0.0.2:3128" }), true)).to.not.include("10.0.0.2");
    });
});

describe("a preview", function () {
    this.timeout(30_000);
    const log = pulumi.log as { warn: typeof pulumi.log.warn };
    const { warn } = log;
    let warnings: string[];

    beforeEach(() => {
        warnings = [];
        log.warn = (text) => {
            warnings.push(text);
            return Promise.resolve();
        };
    });

    afterEach(() => {
        log.warn = warn;
    });

    /** The warnings of a preview of two pairs. The first pair has these arguments. */
    async function warningsOf(more: Partial<FailoverPairArgs>): Promise<string[]> {
        const pairs = (opts: pulumi.ComponentResourceOptions) => [
            new FailoverPair("web", { ...minimalArgs(), ...more }, opts),
            new FailoverPair("mail", { ...minimalArgs(), virtualIps: ["10.1.1.1"] }, opts),
        ];
        const { made } = await deploy(pairs, {}, { isPreview: true });
        await Promise.all(made.map((pair) => promiseOf(pair.statusCommand)));
        await new Promise((resolve) => setImmediate(resolve));
        return warnings;
    }

    const foreign: Record<string, Partial<FailoverPairArgs>> = {
        "another endpoint": { apiEndpoint: "https://203.0.113.1:8443/v1" },
        "a proxy": { apiProxy: "http://10.0.0.2:3128" },
        "a CA": { apiCa: CA },
        "all three": { apiEndpoint: "https://203.0.113.1/v1", apiProxy: "http://10.0.0.2:3128", apiCa: CA },
        "an endpoint that is an output": { apiEndpoint: pulumi.output("https://203.0.113.1/v1") },
        "a secret proxy": { apiProxy: pulumi.secret("http://10.99.0.2:3128") },
    };
    for (const [what, args] of Object.entries(foreign)) {
        it(`warns once about ${what}`, async () => {
            const [warning, ...more] = await warningsOf(args);
            expect(warning).to.match(/^FailoverPair web: the API token does not go directly to Hetzner/);
            expect(warning).to.not.include("10.99.0.2");
            expect(more).to.deep.equal([]);
        });
    }

    it("does not warn about Hetzner's own API", async () => {
        expect(await warningsOf({})).to.deep.equal([]);
        expect(await warningsOf({ apiEndpoint: "https://api.hetzner.cloud/v1" })).to.deep.equal([]);
    });
});
