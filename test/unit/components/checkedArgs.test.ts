import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { generateKeyPairSync } from "crypto";
import { inspect } from "util";
import type { FailoverPairArgs } from "../../../components";
import { FailoverPair } from "../../../components";
import { checkArgs } from "../../../components/checkedArgs";
import { invalid } from "../../../components/spec/invalidArgument";
import { whyNotPrivateKey, whyNotPublicKey, whyNotToken } from "../../../components/spec/validateAccess";
import { promiseOf } from "../../support/mocks";
import { minimalArgs, PRIVATE_KEY, PUBLIC_KEY, TOKEN } from "./pairs";

const PEM_FORM = {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;
const nobody = undefined as unknown as pulumi.Resource;
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";

function refusal(args: Partial<FailoverPairArgs>): string {
    try {
        checkArgs("web", { ...minimalArgs(), ...args }, nobody);
    } catch (error) {
        expect(pulumi.ResourceError.isInstance(error)).to.equal(true);
        expect((error as pulumi.ResourceError).hideStack, "a stack trace tells a user nothing").to.equal(true);
        return (error as Error).message;
    }
    throw new Error("it was accepted");
}

async function refusalLater(output: pulumi.Output<unknown>): Promise<string> {
    return promiseOf(output).then(
        () => "it was accepted",
        (error: Error) => error.message,
    );
}

describe("the arguments of a pair", () => {
    it("are refused together when the program knows their values", () => {
        const message = refusal({ virtualIps: ["10.0.1.1/32"], service: "nginx", token: "short", sshPublicKey: "key" });
        expect(message.split("\n").map((line) => line.split(":")[0])).to.deep.equal([
            "FailoverPair",
            "  - virtualIps[0]",
            "  - service",
            "  - token",
            "  - sshPublicKey",
        ]);
        expect(message).to.match(/^FailoverPair: 4 invalid arguments:/);
    });

    it("are refused before any resource is created", async () => {
        const registered: string[] = [];
        await pulumi.runtime.setMocks({
            newResource: ({ name, inputs }) => {
                registered.push(name);
                return { id: name, state: inputs as object };
            },
            call: () => ({}),
        });
        const make = () => new FailoverPair("web", { ...minimalArgs(), virtualIps: ["10.0.1.0"] });
        expect(make).to.throw(/virtualIps\[0\]: 10\.0\.1\.0 is the first or last address/);
        await new Promise((resolve) => setImmediate(resolve));
        expect(registered).to.deep.equal(["web"]);
    });

    it("are reported as missing", () => {
        const missing = { virtualIps: undefined, token: undefined, sshPrivateKey: undefined, sshPublicKey: undefined };
        const message = refusal(missing);
        for (const path of ["virtualIps", "token", "sshPrivateKey"]) {
            expect(message).to.include(`  - ${path}: missing: set it, because it has no default`);
        }
    });

    it("are refused by a short error, which does not print the pair: the SDK inspects it for every resource", () => {
        const pair = { urn: "x", children: Array.from({ length: 1000 }, (_, i) => ({ name: `child${i}` })) };
        const error = invalid([{ path: "token", reason: "it is short" }], pair as unknown as pulumi.Resource);
        expect(error.resource).to.equal(pair);
        expect(inspect(error)).to.not.include("child");
        expect(error.stack).to.equal(undefined);
    });

    it("are checked when their values become known, if they are Outputs", async () => {
        const args = { ...minimalArgs(), virtualIps: pulumi.output(["10.0.1.1", "10.0.2.1"]) };
        const { spec } = checkArgs("web", args, nobody);
        expect(await refusalLater(spec)).to.include("virtualIps[1]: 10.0.2.1 is not inside the subnet 10.0.1.0/24");
    });

    it("pass the private key on without what stands before its first line, because the plugin would find no key", async () => {
        const { sshPrivateKey } = checkArgs("web", { ...minimalArgs(), sshPrivateKey: `\n  ${PRIVATE_KEY}` }, nobody);
        expect(await promiseOf(sshPrivateKey)).to.equal(PRIVATE_KEY);
    });

    for (const [kind, pair] of Object.entries({
        "rsa, 768": () => generateKeyPairSync("rsa", { modulusLength: 768, ...PEM_FORM }),
        "dsa, 1024": () => generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160, ...PEM_FORM }),
    })) {
        it(`refuse a key that is too weak for SSH servers (${kind} bits)`, () => {
            expect(whyNotPrivateKey(pair().privateKey as unknown as string)).to.contain(`(${kind} bits)`);
        });
    }

    for (const id of ["9007199254740993", "0", "007", "7 ", "-7", "7.0", "1e3", "٣"]) {
        it(`refuse the id ${id}`, () => {
            const message = refusal({ networkId: id, placementGroupId: id, firewallIds: ["7", id] });
            expect(message)
                .to.match(/- networkId:/)
                .and.match(/- placementGroupId:/)
                .and.match(/- firewallIds\[1\]:/);
        });
    }

    it("can be Outputs at any depth", async () => {
        const checks = [{ name: "up", command: pulumi.output("true") }];
        const { spec } = checkArgs("web", { ...minimalArgs(), checks }, nobody);
        expect((await promiseOf(spec)).checks[0]).to.deep.include({ command: "true", interval: 1, fall: 3 });
    });

    it("give the renderers no secret, and mark every secret", async () => {
        const { spec, token, sshPrivateKey } = checkArgs("web", { ...minimalArgs(), token: TOKEN }, nobody);
        expect(JSON.stringify(await promiseOf(spec)))
            .to.not.include(TOKEN)
            .and.not.include("PRIVATE KEY");
        expect(await pulumi.isSecret(spec)).to.equal(false);
        expect(await pulumi.isSecret(token)).to.equal(true);
        expect(await pulumi.isSecret(sshPrivateKey)).to.equal(true);
        expect(await promiseOf(sshPrivateKey)).to.equal(PRIVATE_KEY);
    });

    for (const [about, wrap] of [
        ["plain", (text: string) => text],
        ["secret", pulumi.secret],
    ] as const) {
        it(`do not show a ${about} value of a secret argument in an error`, async () => {
            const wrong = { token: wrap("hunter2-token"), sshPrivateKey: wrap("hunter2-key") };
            const message =
                about === "plain"
                    ? refusal(wrong)
                    : await refusalLater(checkArgs("web", { ...minimalArgs(), ...wrong }, nobody).token);
            expect(message).to.include("2 invalid arguments");
            expect(message).to.include("token: a token has 64 letters and digits, but this has 13 characters");
            expect(message).to.include("sshPrivateKey: not a private key");
            expect(message).to.not.include("hunter2");
        });
    }
});

describe("tokens and keys", () => {
    const rows: [string, (text: string) => string | undefined, string, string | undefined][] = [
        ["a token", whyNotToken, TOKEN, undefined],
        [
            "a token with its line break",
            whyNotToken,
            `${TOKEN}\n`,
            "this has 65 characters, with white space among them",
        ],
        ["a token in quotes", whyNotToken, `"${TOKEN}"`, "this has 66 characters: set it with"],
        ["an empty token", whyNotToken, "", "this has 0 characters"],
        ["a private key", whyNotPrivateKey, PRIVATE_KEY, undefined],
        ["a private key with other line breaks", whyNotPrivateKey, PRIVATE_KEY.replace(/\n/g, "\r\n"), undefined],
        ["a private key on one line", whyNotPrivateKey, PRIVATE_KEY.replace(/\n/g, " "), "with its line breaks"],
        ["a public key for a private one", whyNotPrivateKey, PUBLIC_KEY, "this is a public key"],
        ["a key with a passphrase", whyNotPrivateKey, PEM, "the key has a passphrase"],
        ["a public key", whyNotPublicKey, PUBLIC_KEY, undefined],
        ["a public key with its line break", whyNotPublicKey, `${PUBLIC_KEY}\n`, undefined],
        ["a private key for a public one", whyNotPublicKey, PRIVATE_KEY, "this is a private key"],
        ["a file name for a public key", whyNotPublicKey, "~/.ssh/id_ed25519.pub", "the content of the .pub file"],
    ];
    for (const [about, check, text, reason] of rows) {
        it(`${reason === undefined ? "accepts" : "refuses"} ${about}`, () => {
            const found = check(text);
            if (reason === undefined) {
                expect(found).to.equal(undefined);
            } else {
                expect(found).to.include(reason);
            }
        });
    }
});
