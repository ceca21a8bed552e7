import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type AddressInfo } from "net";
import * as ssh2 from "ssh2";
import { bootstrapKey } from "../../../../components/ssh/bootstrapKey";
import { greeting, shownKey } from "../../../../components/ssh/greeting";
import { fingerprint, hostKeyOf, labelOf } from "../../../../components/ssh/hostKeys";
import { makeSure } from "../../../../components/ssh/identity";
import { validateSshProxy } from "../../../../components/ssh/sshProxy";
import type { JumpHost } from "../../../../components/ssh/sshStream";
import { newSshKey } from "../../../../lab/stack/sshKey";
import { PRIVATE_KEY, PUBLIC_KEY } from "../pairs";
import { connect, createServer } from "net";

const BOOTSTRAP = bootstrapKey(PRIVATE_KEY, "web0");
const [OWN, OTHER] = [newSshKey(), newSshKey()];
const servers: ssh2.Server[] = [];

/** An SSH server with these host keys. It accepts the pair's key and this password. */
async function sshServer(hostKeys: string[], password?: string): Promise<number> {
    const server = new ssh2.Server({ hostKeys }, (client) => {
        client.on("error", () => undefined);
        client.on("authentication", (context) => {
            const isKnown =
                context.method === "publickey"
                    ? hostKeyOf(`${context.key.algo} ${context.key.data.toString("base64")}`) === hostKeyOf(PUBLIC_KEY)
                    : context.method === "password" && context.password === password;
            return isKnown ? context.accept() : context.reject(["publickey", "password"]);
        });
        client.on("tcpip", (accept, _reject, { destIP, destPort }) => {
            const [stream, socket] = [accept(), connect({ host: destIP, port: destPort })];
            socket.on("error", () => stream.close());
            stream.on("error", () => socket.destroy());
            stream.pipe(socket).pipe(stream);
        });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
}

describe("the server at a node's address", () => {
    afterEach(() => servers.splice(0).forEach((server) => server.close()));

    const at = (port: number, via?: JumpHost) => ({ host: "127.0.0.1", port, via });
    const refusal = (port: number, hostKey: string, bootstrap?: string) =>
        makeSure(
            { ...at(port), node: "web1", index: 1, hostKey, bootstrap, patience: 0 },
            new pulumi.DependencyResource("urn:pulumi:test::test::test::test"),
        ).then(
            () => "it was believed",
            (error: Error) => error.message,
        );

    it("shows the host key of the wanted type, or else another", async () => {
        const port = await sshServer([BOOTSTRAP.privateKey, OWN.private]);
        expect(await shownKey(at(port), "ssh-ed25519")).to.equal(hostKeyOf(OWN.public));
        expect(await shownKey(at(port), "ecdsa-sha2-nistp256")).to.equal(BOOTSTRAP.publicKey);
        const fresh = await sshServer([BOOTSTRAP.privateKey]);
        expect(await shownKey(at(fresh), "ssh-ed25519")).to.equal(BOOTSTRAP.publicKey);
    });

    it("is the node if it shows the node's own key", async () => {
        expect(await refusal(await sshServer([OWN.private]), hostKeyOf(OWN.public))).to.equal("it was believed");
    });

    it("is asked once while it cannot be reached, for all steps together, because the plugin retries", async () => {
        let asked = 0;
        const gone = createServer((socket) => {
            asked++;
            socket.destroy();
        });
        await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
        const { port } = gone.address() as AddressInfo;
        for (let step = 0; step < 3; step++) {
            expect(await refusal(port, hostKeyOf(OWN.public))).to.equal("it was believed");
        }
        gone.close();
        expect(asked).to.equal(1);
    });

    it("is another machine if it shows another key: the error names both keys and what to do", async () => {
        const said = await refusal(await sshServer([OTHER.private]), hostKeyOf(OWN.public));
        expect(said).to.include(`web1 (127.0.0.1) shows the SSH host key ${fingerprint(hostKeyOf(OTHER.public))}`);
        expect(said).to.include(`but its known key is ${fingerprint(hostKeyOf(OWN.public))} (ssh-ed25519)`);
        expect(said).to.include("set nodes[1].hostKey").and.include("ssh-keygen -lf");
    });

    it("is a rebuilt node if it shows the bootstrap key, and no other key", async () => {
        const port = await sshServer([BOOTSTRAP.privateKey]);
        const own = hostKeyOf(OWN.public);
        expect(await refusal(port, own, labelOf(BOOTSTRAP.publicKey))).to.include("run `pulumi up --refresh`");
        expect(await refusal(port, own, labelOf(own))).to.include("another machine");
    });

    it("is not checked while it cannot be reached, because the plugin reports that", async () => {
        expect(await refusal(1, hostKeyOf(OWN.public))).to.equal("it was believed");
    });

    it("is asked through a jump host, with a key or a password, pinned or not", async () => {
        const port = await sshServer([OWN.private]);
        const jump = { host: "127.0.0.1", port: await sshServer([OTHER.private], "hunter2"), user: "jump" };
        const hostKey = hostKeyOf(OTHER.public);
        for (const via of [
            { ...jump, privateKey: PRIVATE_KEY },
            { ...jump, password: "hunter2", hostKey },
        ]) {
            expect(await greeting(at(port, via))).to.equal("greets");
            expect(await shownKey(at(port, via), "ssh-ed25519")).to.equal(hostKeyOf(OWN.public));
            expect(await greeting(at(1, via))).to.equal("unreachable");
        }
        expect(await greeting(at(port, { ...jump, password: "wrong" }))).to.equal("unreachable");
        const strange = { ...jump, privateKey: PRIVATE_KEY, hostKey: hostKeyOf(OWN.public) };
        expect(await greeting(at(port, strange))).to.equal("unreachable");
    });
});

describe("a jump host in the arguments", () => {
    const paths = (proxy: object) => validateSshProxy({ host: "203.0.113.7", ...proxy }).map(({ path }) => path);
    it("is refused with the name of the invalid field, without a secret", () => {
        expect(paths({})).to.deep.equal([]);
        expect(paths({ port: 2222, user: "jump", password: "hunter2", hostKey: OWN.public })).to.deep.equal([]);
        for (const [name, values] of Object.entries({
            host: ["", "two words", null, "a\n"],
            port: [0, 65536, 2.5, "22"],
            user: ["", "a b"],
            privateKey: ["hunter2"],
            password: ["", 7],
            hostKey: ["hunter2"],
        })) {
            for (const value of values) {
                expect(paths({ [name]: value }), `${name} ${JSON.stringify(value)}`).to.deep.equal([
                    `sshProxy.${name}`,
                ]);
            }
        }
        expect(JSON.stringify(validateSshProxy({ host: "", privateKey: "hunter2", password: "" }))).to.not.include(
            "hunter2",
        );
    });
});
