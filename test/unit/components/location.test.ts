import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import type { FailoverPairArgs } from "../../../components";
import { FailoverPair } from "../../../components";
import { lookAhead, type Outlook } from "../../../components/outlook";
import type { PlainArgs } from "../../../components/spec/spec";
import { ignoredAtServer } from "../../../components/ssh/firstContact";
import { type Answers, deploy, named, promiseOf } from "../../support/mocks";
import { servers } from "./cloudData";
import { minimalArgs, spec } from "./pairs";

/** Locations that were opened after this release. */
const NEW: Record<string, string> = { muc1: "eu-central", yyz1: "ca-east" };

/** The provider's error. */
function notFound(name: string): Error {
    const text = `invocation of hcloud:index/getLocation:getLocation returned an error: no location found with name ${name}`;
    return Object.assign(new Error(text), { details: text });
}

const CLOUD: Answers = {
    getLocation: ({ name }) => {
        const networkZone = NEW[name as string];
        if (networkZone === undefined) {
            throw notFound(name as string);
        }
        return { name, networkZone };
    },
};

const SILENT: Answers = {
    getLocation: () => {
        throw new Error("dial tcp: connection refused");
    },
};

const at = (...locations: string[]) => ({ nodes: locations.map((location) => ({ location })) });

function pair(args: Partial<FailoverPairArgs>, answers: Answers) {
    return deploy((opts) => new FailoverPair("web", { ...minimalArgs(), ...args }, opts), answers);
}

/** The result of the questions before the update, or its error. */
async function look(args: Partial<PlainArgs>, answers: Answers): Promise<Outlook | string> {
    const { made } = await deploy((opts) => {
        const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, opts);
        return promiseOf(lookAhead(pulumi.output(spec(args)), parent)).catch((error: Error) => error.message);
    }, answers);
    return made;
}

/** The network zones and server types of the nodes. */
async function found(args: Partial<PlainArgs>, answers: Answers) {
    const outlook = (await look(args, answers)) as Outlook;
    return outlook.spec.nodes.map(({ networkZone, serverType }) => [networkZone, serverType]);
}

describe("a location that this release does not know", () => {
    it("is looked up in the cloud, which returns the network zone and so the default server type", async () => {
        const { resources } = await pair(at("yyz1", "yyz1"), CLOUD);
        expect(named(resources, "web-subnet").inputs.networkZone).to.equal("ca-east");
        for (const node of ["web0", "web1"]) {
            expect(named(resources, node, ":Server").inputs).to.include({ location: "yyz1", serverType: "ccx13" });
        }
        expect(await found(at("muc1", "fsn1"), CLOUD)).to.deep.equal([
            ["eu-central", "cx23"],
            ["eu-central", "cx23"],
        ]);
    });

    it("does not change a given server type", async () => {
        expect(await found({ ...at("yyz1", "yyz1"), serverType: "cpx21" }, CLOUD)).to.deep.equal([
            ["ca-east", "cpx21"],
            ["ca-east", "cpx21"],
        ]);
    });

    it("is refused if the cloud does not know it either, naming the argument", async () => {
        const message = await look(at("mars", "yyz1"), CLOUD);
        expect(message).to.match(
            /invalid argument:\n {2}- nodes\[0\]\.location: "mars" is unknown: choose one of nbg1/,
        );
        expect(message).to.not.include("nodes[1]");
    });

    it("is refused together with a location of another zone", async () => {
        expect(await look(at("fsn1", "yyz1"), CLOUD)).to.match(
            /nodes\[1\]\.location: yyz1 is in the network zone ca-east, fsn1 in eu-central/,
        );
    });

    it("is accepted if the cloud does not answer, in the zone of the other node if that is known", async () => {
        expect(await found(at("yyz1", "hil"), SILENT)).to.deep.equal([
            ["us-west", "ccx13"],
            ["us-west", "ccx13"],
        ]);
        const { resources } = await pair(at("yyz1", "yyz1"), SILENT);
        expect(named(resources, "web-subnet").inputs.networkZone).to.equal("eu-central");
    });

    it("does not change the type of an existing server while the cloud does not answer", async () => {
        const theirs = servers({ location: "yyz1", serverType: "ccx13" }, { location: "yyz1", serverType: "ccx13" });
        const answers = { ...SILENT, getServers: () => ({ servers: theirs }) };
        expect(await found(at("yyz1", "yyz1"), answers)).to.deep.equal([
            [undefined, "ccx13"],
            [undefined, "ccx13"],
        ]);
        const outlook = (await look(at("yyz1", "yyz1"), SILENT)) as Outlook;
        expect(ignoredAtServer({ ...outlook, isAnswered: false }, 0)).to.include("serverType");
        const known = (await look(at("hil", "hil"), SILENT)) as Outlook;
        expect(ignoredAtServer({ ...known, isAnswered: false }, 0)).to.not.include("serverType");
    });

    it("is not looked up if the release knows all locations", async () => {
        const refuse = { getLocation: () => expect.fail("asked") };
        expect(await found(at("ash", "ash"), refuse)).to.deep.equal([
            ["us-east", "ccx13"],
            ["us-east", "ccx13"],
        ]);
    });
});
