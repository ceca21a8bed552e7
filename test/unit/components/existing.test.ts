import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { FailoverPair } from "../../../components";
import type { FailoverPairArgs } from "../../../components";
import { deriveVirtualRouterId } from "../../../components/spec/virtualRouterId";
import { deploy, named } from "../../support/mocks";
import { minimalArgs } from "./pairs";

function pair(args: Partial<FailoverPairArgs>) {
    return deploy((opts) => new FailoverPair("web", { ...minimalArgs(), ...args }, opts));
}

describe("FailoverPair beside existing resources", () => {
    for (const [about, nodes] of [
        ["in one location", [{ location: "hel1" }, { location: "hel1" }]],
        ["in two locations", undefined],
    ] as const) {
        it(`puts both servers into the given placement group, ${about}`, async () => {
            const { resources } = await pair({ placementGroupId: pulumi.output("33"), nodes: nodes && [...nodes] });
            expect(resources.filter(({ type }) => type.endsWith(":PlacementGroup"))).to.deep.equal([]);
            for (const node of ["web0", "web1"]) {
                expect(named(resources, node, ":Server").inputs.placementGroupId).to.equal(33);
            }
        });
    }

    it("refuses names instead of ids, all at once", () => {
        const make = () =>
            new FailoverPair("web", {
                ...minimalArgs(),
                networkId: "web-network",
                placementGroupId: "apart",
                firewallIds: ["7", "web-firewall"],
            });
        expect(make).to.throw(/3 invalid arguments/);
        for (const each of [
            'networkId: "web-network"',
            'placementGroupId: "apart"',
            'firewallIds[1]: "web-firewall"',
        ]) {
            expect(make).to.throw(`${each} is not an id of the cloud`);
        }
    });

    it("derives virtual router ids that differ for the pairs of a subnet", () => {
        const addresses = Array.from({ length: 254 }, (_, i) => `10.0.1.${i + 1}`);
        expect(new Set(addresses.map(deriveVirtualRouterId)).size).to.equal(254);
    });
});
