import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { measureOutage, outageText } from "../../../cli/client/outage";
import { startCloud, stopCloud, type Cloud } from "../../../lab/cloud";
import { provideEngine } from "../../../lab/engine/engine";
import { CONF, configureAsInTheNote, type NoteNode } from "../../../lab/note/configure";
import { makeNoteServers, noteServers, type NoteServer } from "../../../lab/note/servers";
import { holders, listServers } from "../../../lab/stack/api";
import { Client } from "../../../lab/stack/client";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES, VIP } from "../../../lab/stack/pair";
import { prepareDeployment, type Deployment } from "../../../lab/stack/workspace";
import { COMMANDS } from "../support/commands";
import { ONE_SWITCHOVER, runCommand } from "../support/dayTwo";

const NAME = `note${process.pid}`;
const GUIDE = path.resolve(__dirname, "../../../examples/adopt");

const SERVERS = noteServers(["nginx0", "nginx1", "client"]);

describe("day two: adopting two servers that were set up by hand", function () {
    this.timeout(300_000);
    let cloud: Cloud;
    let deployment: Deployment;
    let client: Client;
    /** For the placeholder in the guide. */
    const ids: Record<string, number> = {};

    before(async function () {
        this.timeout(60 * 60_000);
        const engine = await provideEngine();
        cloud = await startCloud({ name: NAME });
        deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        const { stdout: publicKey } = await execa("ssh-keygen", ["-y", "-f", deployment.sshKeyFile]);
        const { keyId, networkId, serverIds } = await makeNoteServers(cloud, SERVERS, publicKey, "hetzner");
        const named = Object.entries(serverIds).map(([name, id]) => [name.toUpperCase(), id]);
        Object.assign(ids, { KEY: keyId, NETWORK: networkId }, Object.fromEntries(named));
        const node = ({ name, address }: NoteServer): NoteNode => ({ name, serverId: serverIds[name], address });
        const ca = fs.readFileSync(cloud.env.SSL_CERT_FILE, "utf8");
        const nodes: [NoteNode, NoteNode] = [node(SERVERS[0]), node(SERVERS[1])];
        await configureAsInTheNote(cloud, nodes, networkId, await cloud.newToken(), ca);
        client = new Client(await cloud.netnsOf("client"), VIP);
        await client.steady("nginx0 to serve as in the note", 60_000, 25, "nginx0");
    });

    after(async () => {
        await client?.stop();
        await stopCloud(NAME);
    });

    it("imports both servers and takes them over one after the other, with one switchover's outage", async () => {
        const placeholder = new RegExp(`\\b(${Object.keys(ids).join("|")})\\b`, "g");
        const resources = fs.readFileSync(path.join(GUIDE, "resources.json"), "utf8");
        const filled = resources.replace(placeholder, (word) => String(ids[word]));
        fs.writeFileSync(path.join(deployment.dir, "resources.json"), filled);
        const from = client.samples.length;
        await runCommand(deployment, COMMANDS.import);
        for (const node of NODES) {
            const override = "/etc/systemd/system/keepalived.service.d/override.conf";
            await cloud.exec(node, ["sh", "-euc", `rm ${override} && systemctl daemon-reload`]);
        }
        const preview = await runCommand(deployment, "pulumi preview");
        expect(preview).to.not.match(/replace|delete/);
        await runCommand(deployment, COMMANDS.up);
        await untilHealthy(cloud, NODES);
        expect(await client.steady("the other node to answer", 30_000, 25)).to.equal("nginx1");

        const samples = client.samples.slice(from);
        const outage = measureOutage(samples);
        const answers = samples.flatMap(({ answer }) => (answer === null ? [] : [answer]));
        const moves = answers.filter((answer, i) => i > 0 && answer !== answers[i - 1]);
        console.log(
            `      adopted: ${outage.lost} lost (${outageText(outage)}), answered by nginx0, then ${moves.join(", ")}`,
        );
        expect(moves).to.deep.equal(["nginx1"]);
        expect(outage.outageMs).to.be.lessThan(ONE_SWITCHOVER);
        expect(await holders(cloud, VIP)).to.deep.equal(["nginx1"]);
        const servers = Object.fromEntries((await listServers(cloud)).map(({ name, id }) => [name.toUpperCase(), id]));
        expect(ids).to.include(servers);
        for (const node of NODES) {
            const old = (await cloud.exec(node, ["cat", `${CONF}.before-failover-pair`])).stdout;
            expect(old).to.contain("virtual_router_id       42");
        }
        await runCommand(deployment, `${COMMANDS.up} --expect-no-changes`);
    });

    it("fails over afterwards when the service stops", async () => {
        const { outageMs } = await client.during(() => cloud.exec("nginx1", ["systemctl", "stop", "nginx"]), {
            mustMove: true,
        });
        console.log(`      nginx stopped: ${outageMs} ms`);
    });
});
