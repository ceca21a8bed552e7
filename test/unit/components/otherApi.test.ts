import { expect } from "chai";
import { otherApi } from "../../../components/otherApi";
import { spec } from "./pairs";

const CA = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n";

describe("the way of the API token", () => {
    it("is no reason for a warning when it leads to Hetzner", () => {
        expect(otherApi(spec())).to.equal(undefined);
        expect(otherApi(spec({ apiEndpoint: "https://api.hetzner.cloud/v1" }))).to.equal(undefined);
    });

    it("is named when it leads to another place", () => {
        expect(otherApi(spec({ apiEndpoint: "https://203.0.113.1:8443/v1" }))).to.include("to 203.0.113.1:8443");
        expect(otherApi(spec({ apiEndpoint: "https://api.hetzner.cloud.example/v1" }))).to.include("apiEndpoint");
        expect(otherApi(spec({ apiProxy: "http://10.0.0.2:3128" }))).to.include("through 10.0.0.2:3128");
        expect(otherApi(spec({ apiCa: CA })))
            .to.include("apiCa")
            .and.not.include("apiEndpoint");
    });

    it("is not shown when it is a secret", () => {
        expect(otherApi(spec({ apiProxy: "http://10.0.0.2:3128" }), true)).to.not.include("10.0.0.2");
    });
});
