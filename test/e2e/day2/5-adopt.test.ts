import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { measureOutage, outageText } from "../../../scripts/client/outage";
import { until } from "../../../scripts/until";
import { startCloud, stopCloud, type Cloud } from "../../cloud";
import { provideEngine } from "../../engine/engine";
import { CONF, configureAsInTheNote, type NoteNode } from "../../note/configure";
import { callApi, holders, listServers } from "../../stack/api";
import { Client } from "../../stack/client";
import { untilHealthy } from "../../stack/faults";
import { NODES, VIP } from "../../stack/pair";
import { prepareDeployment, type Deployment } from "../../stack/workspace";
import { COMMANDS } from "./commands";
import { ONE_SWITCHOVER, runCommand } from "./support";

const NAME = `note${process.pid}`;
const GUIDE = path.resolve(__dirname, "../../../examples/adopt");

/** What Terraform had made for the note: name, location, address. */
const SERVERS = [
    ["nginx0", "nbg1", "10.0.1.2"],
    ["nginx1", "fsn1", "10.0.1.3"],
    ["client", "nbg1", "10.0.2.1"],
];

describe("day two: two servers that were set up by hand are adopted", function () {
    this.timeout(300_000);
    let cloud: Cloud;
    let deployment: Deployment;
    let client: Client;
    /** By the guide's placeholder. */
    const ids: Record<string, number> = {};

    function post<T>(where: string, body: unknown): Promise<T> {
        return callApi<T>(cloud, "POST", where, body);
    }

    async function makeServers(): Promise<void> {
        const { stdout: public_key } = await execa("ssh-keygen", ["-y", "-f", deployment.sshKeyFile]);
        const { ssh_key } = await post<{ ssh_key: { id: number } }>("/ssh_keys", { name: "mine", public_key });
        const subnet = (ip_range: string) => ({ type: "cloud", network_zone: "eu-central", ip_range });
        const subnets = [subnet("10.0.1.0/24"), subnet("10.0.2.0/24")];
        const { network } = await post<{ network: { id: number } }>("/networks", {
            name: "hetzner",
            ip_range: "10.0.0.0/8",
            subnets,
        });
        Object.assign(ids, { KEY: ssh_key.id, NETWORK: network.id });
        for (const [name, location, ip] of SERVERS) {
            const kind = { image: "debian-12", server_type: "cx23", ssh_keys: [ssh_key.id] };
            const { server } = await post<{ server: { id: number } }>("/servers", { name, location, ...kind });
            ids[name.toUpperCase()] = server.id;
            await until(`${name} to run`, 30_000, async () =>
                (await listServers(cloud)).some((one) => one.id === server.id && one.status === "running"),
            );
            await post(`/servers/${server.id}/actions/attach_to_network`, { network: network.id, ip });
            await until(`${name} to have ${ip}`, 60_000, async () =>
                (await cloud.exec(name, ["ip", "-o", "-4", "address", "show", "to", ip])).stdout.includes(ip),
            );
        }
    }

    before(async function () {
        this.timeout(60 * 60_000);
        const engine = await provideEngine();
        cloud = await startCloud({ name: NAME });
        deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
        await makeServers();
        const node = ([name, , address]: string[]): NoteNode => ({ name, serverId: ids[name.toUpperCase()], address });
        const ca = fs.readFileSync(cloud.env.SSL_CERT_FILE, "utf8");
        await configureAsInTheNote(
            cloud,
            [node(SERVERS[0]), node(SERVERS[1])],
            ids.NETWORK,
            await cloud.newToken(),
            ca,
        );
        client = new Client(await cloud.netnsOf("client"), `http://${VIP}/`);
        await client.steady("nginx0 to serve as in the note", 60_000, 25, "nginx0");
    });

    after(async () => {
        await client?.stop();
        await stopCloud(NAME);
    });

    it("by the guide: imported, taken over one after the other, with one switchover's outage and the same servers", async () => {
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

    it("and it is a pair then: the service stops, the other node takes over", async () => {
        const { outageMs } = await client.during(() => cloud.exec("nginx1", ["systemctl", "stop", "nginx"]), {
            mustMove: true,
        });
        console.log(`      nginx stopped: ${outageMs} ms`);
    });
});
