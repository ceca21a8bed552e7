import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { FailoverPairArgs } from "../../../components";
import { checkArgs } from "../../../components/checkedArgs";
import { promiseOf } from "../../support/mocks";
import { minimalArgs } from "./pairs";

type Loose = Record<string, unknown>;
type Row = [about: string, args: Loose, path: string, reason: string];

const nobody = undefined as unknown as pulumi.Resource;
const check = (name: unknown) => ({ checks: [{ name, command: "true" }] });
const many = <T>(count: number, item: (i: number) => T) => Array.from({ length: count }, (_, i) => item(i));

const WRONG: Row[] = [
    ["true or false in quotes", { bridge: "false" }, "bridge", "this is a string, not true or false"],
    ["a number in quotes", { graceSeconds: "30" }, "graceSeconds", "not a number: write it without quotes"],
    ["an address instead of a list", { virtualIps: "10.0.1.1" }, "virtualIps", "not a list: put it into a list"],
    ["an object instead of a list", { nodes: { 0: {}, 1: {} } }, "nodes", "this is an object, not a list"],
    ["a list instead of a string", { service: ["nginx.service"] }, "service", "this is a list, not a string"],
    ["a number instead of an id", { networkId: 7 }, "networkId", "not a string: write it in quotes"],
    ["true in a list of strings", { packages: ["jq", true] }, "packages[1]", "this is true or false, not a str"],
    ["nothing in a list of strings", { packages: [null] }, "packages[0]", "this is nothing, not a string"],
    ["nothing instead of a node", { nodes: [null, {}] }, "nodes[0]", "this is nothing, not an object"],
    ["a number as a node's name", { nodes: [{ name: 1 }, {}] }, "nodes[0].name", "this is a number"],
    ["a check without a name", check(null), "checks[0].name", "missing: set it, because it has no default"],
    ["an object as a check's name", check({}), "checks[0].name", "this is an object, not a string"],
    ["a function", { timing: () => "fast" }, "timing", "this is a function, not a string"],
    ["a big integer", { virtualRouterId: BigInt(7) }, "virtualRouterId", "this is a bigint, not a number"],
    ["a number as a label", { labels: { team: 7 } }, "labels.team", "this is a number, not a string"],
    ["an unknown argument", { virtualIp: "10.0.1.1" }, "virtualIp", "unknown name: choose one of virtualIps, token"],
    ["an unknown property", { nodes: [{ adress: "x" }, {}] }, "nodes[0].adress", "choose one of name, location, addr"],
    ["a name that every object has", { constructor: "x" }, "constructor", "unknown name"],
    ["a token of another type", { token: 5 }, "token", "this is a number, not a string"],
    ["NUL", { installScript: "echo \0" }, "installScript", "a NUL character"],
    ["half a character", { serverType: "cx23\ud800" }, "serverType", "a lone surrogate"],
    ["half a character in a label's name", { labels: { "\udc00": "x" } }, "labels.\\u{dc00}", "a lone surrogate"],
    ["an escape sequence", { serverType: "\x1b[2J" }, "serverType", "a control character"],
    ["a long text", { service: "x".repeat(20_000) }, "service", "it has 20000 characters: give at most 16384"],
    ["a million packages", { packages: many(1e6, () => "jq") }, "packages", "1000000 items: give at most 1000"],
    ["a million virtual IPs", { virtualIps: many(1e6, () => "10.0.1.1") }, "virtualIps", "1000000 items"],
    ["30,000 checks", { checks: many(30_000, (i) => ({ name: `c${i}`, command: "true" })) }, "checks", "30000 items"],
    ["a million labels", { labels: Object.fromEntries(many(1e5, (i) => [`l${i}`, ""])) }, "labels", "100000 items"],
];

function refusal(args: Loose): string {
    try {
        checkArgs("web", { ...minimalArgs(), ...args }, nobody);
    } catch (error) {
        expect(pulumi.ResourceError.isInstance(error), String(error)).to.equal(true);
        return (error as Error).message;
    }
    throw new Error("it was accepted");
}

/** The error that is thrown at once, or else by the spec or another argument when its value becomes known. */
async function refusalLater(args: Loose): Promise<string> {
    try {
        const checked = checkArgs("web", { ...minimalArgs(), ...args }, nobody);
        await promiseOf(checked.spec);
        await promiseOf(pulumi.output(checked.args as pulumi.Input<unknown>) as pulumi.Output<unknown>);
    } catch (error) {
        return (error as Error).message;
    }
    return "it was accepted";
}

describe("the types of the arguments", function () {
    // a million items take seconds on a busy machine
    this.timeout(60_000);

    for (const [about, args, path, reason] of WRONG) {
        it(`refuse ${about}, known now or later`, async () => {
            for (const message of [refusal(args), await refusalLater(outputs(args))]) {
                const lines = message.split("\n").slice(1);
                expect(lines, message).to.have.length(1);
                expect(lines[0]).to.satisfy((line: string) => line.startsWith(`  - ${path}: `), path);
                expect(lines[0]).to.include(reason);
            }
        });
    }

    it("are reported together with errors of other arguments' meaning", () => {
        const message = refusal({ bridge: "false", service: "nginx", networkId: "x", nodes: 2, image: "rocky-9" });
        const paths = message
            .split("\n")
            .slice(1)
            .map((line) => /- ([^:]*)/.exec(line)![1]);
        expect(paths).to.have.members(["bridge", "nodes", "service", "networkId"]);
    });

    it("are reported together with errors of values that become known later", async () => {
        const later = { bridge: pulumi.output("false"), service: pulumi.output("nginx"), token: pulumi.secret("x") };
        const message = await refusalLater(later);
        expect(message)
            .to.match(/3 invalid arguments/)
            .and.match(/- bridge: this is/)
            .and.match(/- service:/)
            .and.match(/- token:/);
    });

    it("are checked for known values although another value becomes known later", () => {
        const unknown = pulumi.output(new Promise<string[]>(() => undefined));
        expect(refusal({ packages: unknown, service: "nginx" })).to.include("- service:");
    });

    it("accept null for an optional argument", async () => {
        const nulls = { service: null, nodes: [{ name: null, image: null }, {}], networkId: null, apiCa: null };
        const { spec, args } = checkArgs("web", { ...minimalArgs(), ...nulls } as unknown as FailoverPairArgs, nobody);
        expect(await promiseOf(spec)).to.include({ service: undefined, apiCa: undefined });
        expect((await promiseOf(spec)).nodes[0]).to.include({ name: "web0", image: "debian-12" });
        expect(args).to.not.have.property("networkId");
    });

    it("are reported without values, passwords and terminal sequences", async () => {
        for (const args of [
            { apiEndpoint: "https://:hunter2@x/v1" },
            { apiEndpoint: "https:\\\\u:hunter2@x/v1" },
            { apiProxy: "http://:hunter2@10.0.0.2" },
            { apiProxy: "u:hunter2@10.0.0.2" },
            { apiProxy: "http://u:hun@hunter2/x@y" },
            { apiProxy: "http://u:hunter2%40proxy:3128" },
            { checks: [{ name: "up", httpUrl: "http://:hunter2@x/" }] },
            { checks: [{ name: "up", httpUrl: "ftp://x/?key=hunter2" }] },
            { checks: [{ name: "up", httpUrl: "//u:hunter2@x" }] },
            { bridge: "hunter2" },
        ]) {
            expect(refusal(args), JSON.stringify(args)).to.not.include("hunter2");
        }
        expect(await refusalLater({ service: pulumi.secret("hunter2") })).to.include(
            '"[secret]" is not a service unit',
        );
        expect(await refusalLater({ networkId: pulumi.secret("hunter2") })).to.include('"[secret]" is not an id');
        expect(refusal({ service: "a\n\u202eb" })).to.include('"a\\u{a}\\u{202e}b" is not a service unit');
    });

    it("are checked within a second, whatever is wrong and however many values there are", () => {
        for (const args of [
            { checks: many(30_000, (i) => ({ name: i })) },
            { checks: many(1000, () => ({ name: "up" })) },
            { packages: many(1e6, (i) => i) },
            { nodes: many(1000, () => ({ name: null, x: 1 })) },
            { labels: Object.fromEntries(many(2e5, (i) => [`l${i}`, i])) },
            { apiProxy: `http://${"@".repeat(16_000)}` },
            { apiCa: "-----BEGIN CERTIFICATE-----".repeat(100_000) },
            { installScript: "x".repeat(5e6) },
            { ...Object.fromEntries(many(50_000, (i) => [`x${i}`, i])) },
        ]) {
            // CPU time, because other programs may keep this one waiting
            const began = process.cpuUsage();
            const message = refusal(args);
            const { user, system } = process.cpuUsage(began);
            expect((user + system) / 1000, message.slice(0, 200)).to.be.lessThan(1000);
            expect(message.length).to.be.lessThan(60_000);
        }
    });
});

/** The same arguments as Outputs. */
function outputs(args: Loose): Loose {
    return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, pulumi.output(Promise.resolve(value))]));
}
