import { expect } from "chai";
import { callApi } from "../../../lab/stack/api";
import { NODES } from "../../../lab/stack/pair";
import { newSshKey } from "../../../lab/stack/sshKey";
import { COMMANDS } from "../support/commands";
import { onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

const TOKEN = "/etc/failover-pair/token";

const AUTHORIZED_KEYS = "/root/.ssh/authorized_keys";

describe("day two: tokens and keys", function () {
    this.timeout(300_000);
    let day: DayTwo;
    let nodesToken: string;

    onDayTwo((made) => (day = made));
    staysAsSet(() => day);
    before(() => day.masterIs("nginx0"));

    async function tokens(): Promise<string[]> {
        return Promise.all(NODES.map((node) => day.read(node, TOKEN)));
    }

    it("rotates the nodes' token, on the second node first; the old token is not needed afterwards", async () => {
        const [old] = await tokens();
        nodesToken = await day.cloud.newToken();
        await day.run(COMMANDS.nodesToken, nodesToken);
        const output = await day.unnoticed("token rotated", () => day.up());
        const order = [...output.matchAll(/(nginx\d)-token updated/g)].map(([, node]) => node);
        expect(order).to.deep.equal(["nginx1", "nginx0"]);
        expect(await tokens()).to.deep.equal([nodesToken, nodesToken]);
        await day.cloud.control.revokeToken(old);
        await day.pair.run("nginx0", "alias-switch check-token");
    });

    it("stops the update at the first node if the new token does not work; both nodes keep the old token", async () => {
        const foreign = await day.cloud.newToken();
        await day.cloud.control.addFault({
            kind: "error",
            status: 404,
            code: "not_found",
            match: { token: foreign, path: "/servers/\\d+" },
        });
        const bad: [string, string, RegExp][] = [
            ["unknown", "x".repeat(64), /the API refuses this token/],
            [
                "read-only",
                await day.cloud.newToken({ readOnly: true }),
                /this token may only read; make one with read and/,
            ],
            ["another project's", foreign, /this token is of another project: it knows no server \d+/],
        ];
        for (const [kind, token, reason] of bad) {
            await day.run(COMMANDS.nodesToken, token);
            const said = await day.unnoticed(`${kind} token`, () => day.failing(day.up()));
            expect(said)
                .to.match(reason)
                .and.to.match(/nginx1 keeps the token that it has: .*pulumi config set --secret/);
            expect(said).to.not.contain("nginx0-token").and.to.not.contain(token);
            expect(await tokens()).to.deep.equal([nodesToken, nodesToken]);
        }
        await day.cloud.control.clearFaults();
        await day.run(COMMANDS.nodesToken, nodesToken);
    });

    it("changes the SSH key in two steps: the first update adds the new key, the second one uses it", async () => {
        const blobs = async () => {
            const files = await Promise.all(NODES.map((node) => day.read(node, AUTHORIZED_KEYS)));
            return files.map((file) => file.match(/AAAA\S+/g));
        };
        await Promise.all(NODES.map((node) => day.pair.run(node, `echo ssh-ed25519 AAAAtheirs >>${AUTHORIZED_KEYS}`)));
        const [[old]] = (await blobs()) as string[][];
        const key = newSshKey();
        const [, blob] = key.public.split(" ");
        await day.run(COMMANDS.publicKey, key.public);
        await day.unnoticed("a new SSH key let in", () => day.up());
        expect(await blobs()).to.deep.equal(NODES.map(() => ["AAAAtheirs", old, blob]));
        await day.run(COMMANDS.privateKey, key.private);
        await day.unnoticed("the new SSH key used", () => day.up());
        expect(await blobs()).to.deep.equal(NODES.map(() => ["AAAAtheirs", blob]));
    });

    it("rotates the provider's token alone; until the next up, refresh needs --run-program", async () => {
        const token = await day.cloud.newToken();
        await day.run(COMMANDS.providersToken, token);
        await callApi(day.cloud, "GET", "/servers");
        const fault = await day.cloud.control.addFault({
            kind: "error",
            status: 401,
            code: "unauthorized",
            match: { token: day.cloud.env.HCLOUD_TOKEN },
        });
        const said = await day.failing(day.pulumi(["refresh", "--yes", "--skip-preview"]));
        expect(said).to.match(/unauthorized/);
        await day.unnoticed("provider's token rotated, refresh", () => {
            return day.run(COMMANDS.refreshByProgram);
        });
        await day.unnoticed("provider's token rotated, up", () => day.up());
        await day.pulumi(["refresh", "--yes", "--skip-preview"]);
        await day.cloud.control.removeFault(fault);
        expect(await tokens()).to.deep.equal([nodesToken, nodesToken]);
    });
});
