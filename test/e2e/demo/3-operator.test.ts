import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { outputs } from "../../../lab/stack/pulumi";
import { callApi, holders, listServers } from "../../../lab/stack/api";
import { NODES, VIP } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { running, type Running } from "../support/running";

const GOLDEN = path.resolve(__dirname, "../../unit/components/render/golden");

describe("an operator", function () {
    this.timeout(120_000);
    let pair: Running;

    before(async () => {
        pair = await running();
    });

    /** Runs Debian's hcloud on the client server. */
    async function hcloud(command: string): Promise<string> {
        const ca = fs.readFileSync(pair.cloud.env.SSL_CERT_FILE, "utf8");
        const script = [
            "cat > /run/ca.pem",
            `export HCLOUD_TOKEN=$(cat /run/hcloud-token) HCLOUD_ENDPOINT=${pair.cloud.env.HCLOUD_ENDPOINT} SSL_CERT_FILE=/run/ca.pem`,
            command,
        ].join("\n");
        return (await pair.cloud.exec("client", ["bash", "-euc", script], { input: ca })).stdout;
    }

    it("installs the hcloud CLI and lists servers, networks and alias IPs with it", async () => {
        await pair.cloud.exec("client", ["bash", "-euc", "umask 077; cat > /run/hcloud-token"], {
            input: pair.cloud.env.HCLOUD_TOKEN,
        });
        await pair.cloud.exec("client", ["bash", "-euc", "apt-get -qq update && apt-get -qq install -y hcloud-cli"]);
        const servers = await hcloud("hcloud server list -o noheader -o columns=name,status");
        expect(
            servers
                .trim()
                .split("\n")
                .map((line) => line.trim().split(/\s+/)),
        ).to.have.deep.members([
            ["nginx0", "running"],
            ["nginx1", "running"],
            ["client", "running"],
        ]);
        expect(await hcloud("hcloud network list -o noheader -o columns=ip_range")).to.match(/^10\.0\.0\.0\/8\s*$/);
        const [holder] = await holders(pair.cloud, VIP);
        expect(await hcloud(`hcloud server describe ${holder}`)).to.contain(VIP);
    });

    it("moves the alias with each switch command of the stack's outputs; the agents return it to the master", async () => {
        const commands = (await outputs(pair.deployment)).switchCommands as Record<string, string>;
        expect(Object.keys(commands).sort()).to.deep.equal(NODES);
        const [master] = await holders(pair.cloud, VIP);
        const other = NODES.find((node) => node !== master)!;
        const agents = (verb: string) =>
            Promise.all(NODES.map((node) => pair.cloud.exec(node, ["systemctl", verb, "alias-switch"])));
        // without the agents, only the command can have moved it
        await agents("stop");
        try {
            for (const node of [other, master, other]) {
                await hcloud(commands[node]);
                expect(await holders(pair.cloud, VIP)).to.deep.equal([node]);
            }
        } finally {
            await agents("start");
        }
        await until("the agent to heal what was moved by hand", 90_000, async () => {
            return (await holders(pair.cloud, VIP)).join() === master;
        });
    });

    it("sees the master, the holder and a verdict in the status of either node", async () => {
        for (const node of ["nginx0", "nginx1"]) {
            const { stdout } = await pair.cloud.exec(node, ["alias-switch", "status"]);
            expect(stdout).to.contain(VIP);
            expect(stdout).to.match(/^(verdict|ok)/im);
        }
    });

    describe("keepalived -t on the node", () => {
        /**
         * The output of keepalived's test, in its own mount namespace, so that its requests for checks reach no agent.
         */
        async function verdict(conf: string, withChecks: boolean): Promise<string> {
            const checks = [...conf.matchAll(/script "(.*)"/g)].map(([, file]) => file);
            const script = [
                "for folder in /usr/local/lib /etc/failover-pair; do mount -t tmpfs -o mode=0755 none $folder; done",
                ...(withChecks ? checks.map((file) => `install -D -m 0755 /bin/true ${file}`) : []),
                "cat > /usr/local/lib/keepalived.conf",
                "keepalived -t -f /usr/local/lib/keepalived.conf 2>&1 && echo accepted",
            ].join("\n");
            const input = conf.replaceAll("@INTERFACE@", "enp7s0");
            const words = ["unshare", "--mount", "sh", "-c", script];
            return (await pair.cloud.exec("nginx0", words, { input, reject: false })).stdout;
        }

        for (const file of fs.readdirSync(GOLDEN)) {
            it(`accepts ${file}`, async () => {
                expect(await verdict(fs.readFileSync(path.join(GOLDEN, file), "utf8"), true)).to.equal("accepted");
            });
        }

        it("refuses a file whose checks are missing", async () => {
            const said = await verdict(fs.readFileSync(path.join(GOLDEN, "full.conf"), "utf8"), false);
            expect(said).to.contain("track script writable");
            expect(said).to.not.contain("accepted");
        });
    });

    it("finds every server at the address of the note", async () => {
        const servers = await listServers(pair.cloud);
        const places = Object.fromEntries(servers.map((server) => [server.name, server.private_net[0].ip]));
        expect(places).to.deep.equal({ nginx0: "10.0.1.2", nginx1: "10.0.1.3", client: "10.0.2.1" });
        const { networks } = await callApi<{ networks: { ip_range: string; subnets: { ip_range: string }[] }[] }>(
            pair.cloud,
            "GET",
            "/networks",
        );
        expect(networks.map((network) => network.ip_range)).to.deep.equal(["10.0.0.0/8"]);
        expect(networks[0].subnets.map((subnet) => subnet.ip_range).sort()).to.deep.equal([
            "10.0.1.0/24",
            "10.0.2.0/24",
        ]);
    });
});
