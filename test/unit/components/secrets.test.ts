import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FailoverPair } from "../../../components";
import { deploy, named, plainTexts, promiseOf } from "../../support/mocks";
import { PRIVATE_KEY, PUBLIC_KEY, TOKEN } from "./pairs";

const CA = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";

describe("a value that is given as a secret", function () {
    this.timeout(20_000);

    it("stays secret in everything that the pair registers and returns", async () => {
        const secrets = {
            token: TOKEN,
            sshPrivateKey: PRIVATE_KEY,
            sshPublicKey: PUBLIC_KEY,
            installScript: "echo secret-script",
            apiCa: CA,
            apiProxy: "http://secret-proxy.example:3128",
            serverType: "secret-type",
        };
        const wrapped = Object.entries(secrets).map(([key, value]) => [key, pulumi.secret(value)] as const);
        const { resources, made } = await deploy(
            (opts) =>
                new FailoverPair(
                    "web",
                    {
                        ...(Object.fromEntries(wrapped) as unknown as { token: string; sshPrivateKey: string }),
                        virtualIps: [pulumi.secret("10.0.1.77")],
                        checks: [{ name: "up", command: pulumi.secret("echo secret-check") }],
                        labels: { team: pulumi.secret("secret-label") },
                    },
                    opts,
                ),
        );
        const plain = plainTexts(resources.map(({ inputs }) => inputs)).join("\n");
        for (const value of [...Object.values(secrets), "10.0.1.77", "secret-check", "secret-label"]) {
            expect(plain).to.not.include(value.trim());
            expect(plain).to.not.include(JSON.stringify(value).slice(1, -1));
        }
        expect(await pulumi.isSecret(made.virtualIp)).to.equal(true);
        expect(await promiseOf(made.virtualIp)).to.equal("10.0.1.77");
    });

    it("is not among the component's own inputs, which the engine stores, and neither is a plain token or key", async () => {
        const args = { virtualIps: ["10.0.1.1"], token: TOKEN, sshPrivateKey: PRIVATE_KEY, sshPublicKey: PUBLIC_KEY };
        const { resources } = await deploy((opts) => new FailoverPair("web", args, opts));
        expect(named(resources, "web", ":FailoverPair").inputs).to.deep.equal({});
        const plain = plainTexts(resources.map(({ inputs }) => inputs)).join("\n");
        expect(plain).to.not.include(TOKEN).and.not.include("PRIVATE KEY");
    });
});
