import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { FailoverPairArgs } from "../../../components";
import { FailoverPair } from "../../../components";
import type { Standing } from "../../../components/lookups";
import { inRange, lookAhead } from "../../../components/outlook";
import type { PlainArgs } from "../../../components/spec/spec";
import type { Answers } from "../../support/mocks";
import { deploy, named, promiseOf } from "../../support/mocks";
import { OFFERS, servers } from "./cloudData";
import { minimalArgs, spec } from "./pairs";

/** How an error of the provider arrives at the program. */
function failure(message: string): Error {
    return Object.assign(new Error(message), { details: message });
}

/** A cloud with these servers. It records the questions. */
function cloud(standing: Standing[] = [], more: Answers = {}) {
    const asked: string[] = [];
    const answers: Answers = {
        getServerTypes: () => ({ serverTypes: OFFERS }),
        getServers: () => ({ servers: standing }),
        getImage: ({ name }) => {
            if (!/^(debian|ubuntu)-[12]/.test(name as string)) {
                throw failure(
                    "invocation of hcloud:index/getImage:getImage returned an error: Resource (image) was not found",
                );
            }
            return {};
        },
        getNetwork: ({ id }) => {
            if (id !== 7) {
                throw failure(
                    `invocation of hcloud:index/getNetwork:getNetwork returned an error: no network found with id ${id as number}`,
                );
            }
            return { ipRange: "10.0.1.0/24" };
        },
        ...more,
    };
    const counted = Object.entries(answers).map(([name, answer]) => [
        name,
        (inputs: Record<string, unknown>) => {
            asked.push(name);
            return answer(inputs);
        },
    ]);
    return { asked, answers: Object.fromEntries(counted) as Answers };
}

function pair(args: Partial<FailoverPairArgs>, answers: Answers) {
    return deploy((opts) => new FailoverPair("web", { ...minimalArgs(), ...args }, opts), answers);
}

/** The reason for which a pair with these arguments is refused. */
async function refusal(args: Partial<PlainArgs>, answers: Answers): Promise<string> {
    const { made } = await deploy((opts) => {
        const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, opts);
        return promiseOf(lookAhead(pulumi.output(spec(args)), parent)).then(
            () => "it was accepted",
            (error: Error) => error.message,
        );
    }, answers);
    return made;
}

describe("the questions to the cloud before an update", function () {
    this.timeout(30_000);

    it("refuse types and images that the cloud does not offer, all at once", async () => {
        const message = await refusal({ serverType: "cx99" }, cloud().answers);
        expect(message).to.include('nodes[0].serverType: "cx99" is not').and.include("nodes[1].serverType");
        expect(await refusal({ image: "debian-99" }, cloud().answers)).to.include(
            'nodes[0].image: the cloud has no image "debian-99" for x86',
        );
        expect(await refusal({}, cloud(servers()).answers)).to.equal("it was accepted");
    });

    it("leave out the image of a server that stays, if the cloud has deleted that image", async () => {
        const { asked, answers } = cloud(servers({ image: "" }, { image: "" }));
        expect(await refusal({}, answers)).to.equal("it was accepted");
        expect(asked).not.to.include("getImage");
    });

    it("are sent once for all pairs of a program", async () => {
        const { asked, answers } = cloud();
        await deploy((opts) => ["a", "b", "c"].map((name) => new FailoverPair(name, minimalArgs(), opts)), answers);
        expect(asked.sort()).to.deep.equal(["getImage", "getServerTypes", "getServers"]);
    });

    it("end in a warning if the cloud does not answer", async () => {
        const silent = () => {
            throw failure("connection refused");
        };
        const { answers } = cloud([], { getServerTypes: silent, getServers: silent });
        expect(await refusal({ serverType: "cx99" }, answers)).to.equal("it was accepted");
    });

    it("refuse the gateway of an existing network whose range is not in the program", async () => {
        const message = async (vip: string, network = 7) => {
            const { made } = await deploy((opts) => {
                const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, opts);
                const wanted = { ...spec({ virtualIps: [vip] }), networkRange: undefined };
                return promiseOf(inRange(pulumi.output(network), pulumi.output(wanted), parent)).then(
                    String,
                    (error: Error) => error.message,
                );
            }, cloud().answers);
            return made;
        };
        expect(await message("10.0.1.1")).to.include("virtualIps[0]: 10.0.1.1 is the cloud's own gateway");
        expect(await message("10.0.1.9")).to.equal("7");
        expect(await message("10.0.1.9", 8)).to.include("networkId: the cloud has no network 8");
    });
});

describe("a server that is off", () => {
    const machine = async (standing: Standing[], args: Partial<FailoverPairArgs> = {}) => {
        const { resources } = await pair(args, cloud(standing).answers);
        return ["web0", "web1"].map((node) => {
            const stdin = named(resources, `${node}-keepalived`).inputs.stdin as string;
            return (JSON.parse(stdin) as { machine: string }).machine.split(" ").slice(1).join(" ");
        });
    };

    it("makes the update run its last step, which fails while the server is off", async () => {
        expect(await machine(servers())).to.deep.equal(["cx23", "cx23"]);
        expect(await machine(servers({}, { status: "off" }))).to.deep.equal(["cx23", "cx23 off"]);
    });

    it("does not make it run if the update starts the server, by a resize or a replacement", async () => {
        const off = servers({ status: "off" }, { status: "off" });
        expect(await machine(off, { serverType: "ccx13", nodes: [{}, { location: "nbg1" }] })).to.deep.equal([
            "ccx13",
            "ccx13",
        ]);
    });
});

describe("the placement group of a server", () => {
    const groups = async (standing: Standing[], locations: [string, string]) => {
        const nodes = locations.map((location) => ({ location }));
        const { resources } = await pair({ nodes }, cloud(standing).answers);
        const own = named(resources, "web-placement");
        expect(own.inputs.type).to.equal("spread");
        return ["web0", "web1"].map((node) => named(resources, node, ":Server").inputs.placementGroupId);
    };

    it("does not change while the server runs, and is the pair's group for a new server", async () => {
        expect(await groups(servers(), ["nbg1", "fsn1"]), "made before there were groups").to.deep.equal([
            undefined,
            undefined,
        ]);
        const [kept, moved] = await groups(servers({ placementGroupId: 5 }, {}), ["nbg1", "nbg1"]);
        expect(kept).to.equal(5);
        expect(moved).to.be.a("number").and.not.equal(5);
    });

    it("is left out for a server that has none, for which the provider returns 0", async () => {
        const none = servers({ placementGroupId: 0 }, { placementGroupId: 0 });
        expect(await groups(none, ["nbg1", "fsn1"])).to.deep.equal([undefined, undefined]);
    });

    it("is the same for both servers of a new pair, in two locations too", async () => {
        const [a, b] = await groups([], ["nbg1", "fsn1"]);
        expect(a).to.be.a("number").and.equal(b);
    });
});
