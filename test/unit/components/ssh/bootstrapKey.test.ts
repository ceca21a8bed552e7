import { expect } from "chai";
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as ssh2 from "ssh2";
import { BOOTSTRAP_COMMENT, bootstrapKey, bootstrapUserData } from "../../../../components/ssh/bootstrapKey";
import { fingerprint, hostKeyFrom, hostKeyOf, labelOf, whyNotHostKey } from "../../../../components/ssh/hostKeys";
import { newSshKey } from "../../../../lab/stack/sshKey";
import { PRIVATE_KEY } from "../pairs";

/** Many keys, because the lengths of numbers and of their padding differ. */
const KEYS = Array.from({ length: 200 }, (_, i) => bootstrapKey(PRIVATE_KEY, `node ${i}`));

describe("a bootstrap host key", () => {
    it("is the same for the same private key and node, and differs for others", () => {
        expect(bootstrapKey(` ${PRIVATE_KEY}\n`, "node 0")).to.deep.equal(KEYS[0]);
        const publicKeys = [...KEYS, bootstrapKey(newSshKey().private, "node 0")].map(({ publicKey }) => publicKey);
        expect(new Set(publicKeys).size).to.equal(KEYS.length + 1);
    });

    it("is a key pair that can sign", () => {
        for (const { privateKey, publicKey } of KEYS) {
            const parsed = ssh2.utils.parseKey(privateKey);
            if (parsed instanceof Error) {
                throw parsed;
            }
            expect(hostKeyFrom(parsed.getPublicSSH())).to.equal(publicKey);
            const known = ssh2.utils.parseKey(publicKey) as ssh2.ParsedKey;
            expect(known.verify("text", parsed.sign("text"))).to.equal(true);
        }
    });

    it("has the form that OpenSSH reads", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bootstrap-"));
        try {
            for (const { privateKey, publicKey } of KEYS.slice(0, 20)) {
                const file = path.join(folder, "key");
                fs.writeFileSync(file, privateKey, { mode: 0o600 });
                const ssh = (...words: string[]) =>
                    execFileSync("ssh-keygen", [...words, "-f", file], { encoding: "utf8" });
                expect(hostKeyOf(ssh("-y"))).to.equal(publicKey);
                expect(ssh("-l")).to.include(fingerprint(publicKey));
            }
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("is cloud-init's only host key, with the comment by which it is found", () => {
        const [first, content] = bootstrapUserData(KEYS[0]).split("\n");
        expect(first).to.equal("#cloud-config");
        expect(JSON.parse(content)).to.deep.equal({
            ssh_deletekeys: true,
            ssh_keys: { ecdsa_private: KEYS[0].privateKey, ecdsa_public: `${KEYS[0].publicKey} ${BOOTSTRAP_COMMENT}` },
        });
    });

    it("has a fingerprint that fits into a label of the cloud", () => {
        for (const { publicKey } of KEYS) {
            expect(`0.${labelOf(publicKey)}`).to.match(/^[a-z0-9][a-z0-9._-]{0,61}[a-z0-9]$/i);
        }
    });
});

describe("a given host key", () => {
    const ed25519 = newSshKey().public;
    for (const [about, key, reason] of [
        ["an ed25519 key", ed25519, undefined],
        ["an ECDSA key, with a comment", `${KEYS[0].publicKey} root@web0\n`, undefined],
        ["an RSA key", `ssh-rsa ${"A".repeat(200)}`, "RSA host key cannot be pinned"],
        ["a private key", PRIVATE_KEY, "this is a private key"],
        ["a key that is cut", ed25519.slice(0, 40), "not a host key"],
        ["another type in front", ed25519.replace("ssh-ed25519", "ecdsa-sha2-nistp256"), "not a host key"],
        ["a fingerprint", "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDaTL0tNRuHhvUPJAc", "not a host key"],
        ["nothing", "", "not a host key"],
    ] as const) {
        it(`is ${reason === undefined ? "taken" : "refused"}: ${about}`, () => {
            const said = whyNotHostKey(key);
            expect(reason === undefined ? said : said?.includes(reason)).to.equal(
                reason === undefined ? undefined : true,
            );
        });
    }
});
