import { expect } from "chai";
import { fateOf, outside, standingOf, validateOrders } from "../../../components/orders";
import { InvalidArguments } from "../../../components/spec/invalidArgument";
import type { NodeSpec } from "../../../components/spec/spec";
import { OFFERS, servers } from "./cloudData";
import { spec } from "./pairs";

const NOW = new Date("2026-11-26T00:00:00Z");

/** The reason for which the first node of a pair with these servers is refused. */
function refused(change: Partial<NodeSpec>, standing: ReturnType<typeof servers> | undefined[]): string | undefined {
    const [first, second] = spec().nodes;
    const problems = new InvalidArguments();
    validateOrders([{ ...first, ...change }, second], standing, OFFERS, NOW, problems);
    expect(problems.found.every(({ path }) => path === "nodes[0].serverType")).to.equal(true);
    return problems.found.at(0)?.reason;
}

const NONE = [undefined, undefined];

describe("a server type", () => {
    for (const [about, change, standing, reason] of [
        ["an unknown type", { serverType: "cx99" }, NONE, /^"cx99" is not a server type .*such as cx23, cx33, cx43/],
        [
            "a type that the location does not offer",
            { location: "ash" },
            NONE,
            /^cx23 is not offered in ash: .*such as ccx13$/,
        ],
        ["a location without a fitting type", { location: "sin" }, NONE, /sin offers no fitting type at the moment/],
        ["a sold-out type", { serverType: "cx33", location: "fsn1" }, NONE, /^cx33 is sold out in fsn1 at the moment/],
        ["a withdrawn type", { serverType: "cx22" }, NONE, /^cx22 has not been offered in nbg1 since 2025-12-31/],
        ["a replacement in a location without the type", { location: "ash" }, servers(), /^cx23 is not offered in ash/],
        [
            "a resize to a sold-out type",
            { serverType: "cx33", location: "fsn1" },
            servers({ location: "fsn1" }),
            /sold out/,
        ],
        ["another architecture", { serverType: "cax11" }, servers(), /architecture arm, but the server web0 has x86/],
        [
            "a smaller disk",
            {},
            servers({ serverType: "ccx13", primaryDiskSize: 80 }),
            /^cx23 has a disk of 40 GB, but the server web0 has 80 GB .*such as cx33, cx43, ccx13$/,
        ],
    ] as [string, Partial<NodeSpec>, ReturnType<typeof servers> | undefined[], RegExp][]) {
        it(`is refused before the update: ${about}`, () => {
            expect(refused(change, standing)).to.match(reason);
        });
    }

    for (const [about, change, standing] of [
        ["a new pair", {}, NONE],
        ["an existing server of a withdrawn type", { serverType: "cx22" }, servers({ serverType: "cx22" })],
        ["a type that will be withdrawn", { serverType: "cx43" }, NONE],
        ["a bigger type", { serverType: "ccx13" }, servers()],
        ["a resize back to the original type, because the disk was kept", {}, servers({ serverType: "ccx13" })],
    ] as [string, Partial<NodeSpec>, ReturnType<typeof servers> | undefined[]][]) {
        it(`is accepted: ${about}`, () => {
            expect(refused(change, standing)).to.equal(undefined);
        });
    }
});

describe("the server of a node", () => {
    it("is found by its name, or by label and address after a change of the name", () => {
        const [first] = spec().nodes;
        const renamed = { ...first, name: "front" };
        const found = servers({ labels: { "failover-pair": "web" }, networks: [{ ip: "10.0.1.2" }] });
        expect(standingOf("web", first, found)?.id).to.equal(11);
        expect(standingOf("web", renamed, found)?.id).to.equal(11);
        expect(standingOf("db", renamed, found)).to.equal(undefined);
        expect(standingOf("web", renamed, servers())).to.equal(undefined);
    });

    it("is kept, resized, replaced or created", () => {
        const [first] = spec().nodes;
        const [server] = servers();
        expect(fateOf(first, server)).to.equal("kept");
        expect(fateOf({ ...first, serverType: "cx33" }, server)).to.equal("resized");
        expect(fateOf({ ...first, location: "hel1", serverType: "cx33" }, server)).to.equal("replaced");
        expect(fateOf({ ...first, image: "debian-13" }, server)).to.equal("replaced");
        expect(fateOf(first, undefined)).to.equal("new");
    });
});

describe("a server outside the placement group", () => {
    const { nodes } = spec({ nodes: [{ location: "nbg1" }, { location: "nbg1" }] });

    it("is reported with the commands that add it", () => {
        const texts = outside(33, nodes, servers({ placementGroupId: 32 }, { location: "nbg1" }));
        expect(texts).to.have.length(2);
        expect(texts[0]).to.include(
            "hcloud server poweroff 11 && hcloud server remove-from-placement-group 11 && hcloud server add-to-placement-group --placement-group 33 11 && hcloud server poweron 11",
        );
        expect(texts[1]).to.include("hcloud server poweroff 12 && hcloud server add-to-placement-group");
    });

    it("is not reported if it is in the group or will be created", () => {
        expect(outside(33, nodes, servers({ placementGroupId: 33 }, { location: "fsn1" }))).to.deep.equal([]);
        expect(outside(33, nodes, NONE)).to.deep.equal([]);
    });
});
