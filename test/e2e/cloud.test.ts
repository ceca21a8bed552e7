import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import { attachCloud, startCloud, stopCloud, type Cloud } from "../../lab/cloud";
import { instance } from "../../lab/cloud/instance";
import { leftovers } from "../../lab/cloud/teardown";
import { callApi, serverAction } from "../../lab/stack/api";
import { until } from "../../lab/stack/until";
import { bootServers, sshTo, type Booted } from "./support/servers";
import { VIP } from "../../lab/stack/pair";

const NAME = `cloud${process.pid}`;

/** Answers with the server's name, on every address. */
const SERVE = "mkdir -p /srv && cp /etc/hostname /srv/name && systemd-run -q python3 -m http.server -d /srv 80";

describe("the local cloud", function () {
    this.timeout(60_000);
    let cloud: Cloud;
    let servers: Booted;
    const sh = async (server: string, script: string, reject = true) =>
        cloud.exec(server, ["sh", "-euc", script], { reject, timeout: 60_000 });
    const whoAnswers = async (address: string) =>
        (await sh("client", `curl -s -m 1 http://${address}/name || true`)).stdout;
    const answers = (address: string, who: string) =>
        until(`"${who}" at ${address}`, 15_000, async () => (await whoAnswers(address)) === who);
    const alias = async (server: string, ips: string[]) => {
        const path = `/servers/${servers.ids[server]}/actions/change_alias_ips`;
        await callApi(cloud, "POST", path, { network: servers.network, alias_ips: ips });
        await until("the action", 10_000, async () => {
            const { server: now } = await callApi<{ server: { private_net: { alias_ips: string[] }[] } }>(
                cloud,
                "GET",
                `/servers/${servers.ids[server]}`,
            );
            return now.private_net[0].alias_ips.join() === ips.join();
        });
    };
    const status = async (server: string) =>
        (await callApi<{ server: { status: string } }>(cloud, "GET", `/servers/${servers.ids[server]}`)).server.status;

    before(async function () {
        // the first run builds the servers' root file system
        this.timeout(10 * 60_000);
        cloud = await startCloud({ name: NAME, latencyMs: 5, actionMs: 100, log: () => undefined });
        servers = await bootServers(cloud, { a: "10.0.1.2", b: "10.0.1.3", client: "10.0.2.1" });
        await Promise.all(["a", "b"].map((server) => sh(server, SERVE)));
    });

    after(async () => {
        await stopCloud(NAME);
    });

    it("boots servers that answer SSH with the project's key and have run cloud-init", async () => {
        const { stdout } = await sshTo(cloud, servers, "a", "cloud-init status; hostname; id -un");
        expect(stdout.split("\n")).to.deep.equal(["status: done", "a", "root"]);
    });

    it("gives each server its own keys and machine id", async () => {
        const of = async (server: string) =>
            (await sh(server, "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")).stdout.split("\n");
        const [a, b] = await Promise.all(["a", "b"].map(of));
        expect(a[0])
            .to.match(/^[0-9a-f]{32}$/)
            .and.not.equal(b[0]);
        expect(a[1])
            .to.match(/^ssh-ed25519 /)
            .and.not.equal(b[1]);
    });

    it("tells a server its metadata", async () => {
        const { stdout } = await sh("a", "curl -s http://169.254.169.254/hetzner/v1/metadata/instance-id");
        expect(stdout).to.equal(String(servers.ids.a));
    });

    it("installs packages with apt-get, and their services start", async () => {
        const install = "apt-get -qq update && apt-get -qq -y install keepalived nginx-light hcloud-cli";
        await sh("client", `export DEBIAN_FRONTEND=noninteractive; ${install}`);
        const { stdout } = await sh("client", "systemctl is-active nginx; command -v keepalived; command -v hcloud");
        expect(stdout.split("\n")).to.deep.equal(["active", "/usr/sbin/keepalived", "/usr/bin/hcloud"]);
    });

    it("runs units with their sandboxes, and lets root set up networks in a server", async () => {
        const sandbox = [
            "ProtectSystem=strict",
            "PrivateTmp=yes",
            "NoNewPrivileges=yes",
            "SystemCallFilter=@system-service",
        ];
        await sh("a", `systemd-run -q --wait ${sandbox.map((p) => `-p ${p}`).join(" ")} sh -c '! touch /usr/x'`);
        await sh("a", "sysctl -qw net.ipv4.ip_nonlocal_bind=1 && nft add table inet mine");
        await sh("a", "ip link add tun0 type vxlan id 7 local 10.0.1.2 remote 10.0.1.3 dstport 4789 dev enp7s0");
    });

    it("routes packets even between neighbours through the gateway", async () => {
        const { stdout } = await sh("a", "ping -c 1 10.0.1.3; ip -o neigh show dev enp7s0");
        expect(stdout).to.contain("ttl=63");
        expect(stdout).to.contain("10.0.0.1 lladdr").and.not.contain("10.0.1.3 lladdr");
    });

    it("moves an alias with change_alias_ips and with nothing else", async () => {
        await Promise.all(["a", "b"].map((server) => sh(server, `ip addr replace ${VIP}/32 dev enp7s0`)));
        expect(await whoAnswers(VIP)).to.equal("");
        await alias("a", [VIP]);
        await answers(VIP, "a");
        await alias("a", []);
        expect(await whoAnswers(VIP)).to.equal("");
        await alias("b", [VIP]);
        await answers(VIP, "b");
    });

    it("drops packets that a server sends from an address that is not its own", async () => {
        const listen =
            "nft 'table ip seen { chain in { type filter hook input priority 0; ip saddr 10.0.1.77 counter; }; }'";
        await sh("b", listen);
        const send = () =>
            sh("a", "ip addr replace 10.0.1.77/32 dev enp7s0; ping -c 3 -i 0.01 -W 1 -I 10.0.1.77 10.0.1.3", false);
        const seen = async () => /packets (\d+)/.exec((await sh("b", "nft list table ip seen")).stdout)?.[1];
        await send();
        expect(await seen()).to.equal("0");
        await alias("a", ["10.0.1.77"]);
        expect((await send()).exitCode).to.equal(0);
        expect(await seen()).to.equal("3");
        await alias("a", []);
    });

    it("enforces a firewall on the public interface only", async () => {
        const curl = () =>
            execa(
                "nsenter",
                [`--net=/run/netns/${cloud.netns}`, "curl", "-sm1", `http://${servers.publicIps.a}/name`],
                {
                    reject: false,
                },
            );
        expect((await curl()).stdout).to.equal("a");
        const rules = [
            { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0"], destination_ips: [] },
        ];
        const apply_to = [{ type: "server", server: { id: servers.ids.a } }];
        const made = await callApi<{ firewall: { id: number } }>(cloud, "POST", "/firewalls", {
            name: "f",
            rules,
            apply_to,
        });
        await until("the firewall", 10_000, async () => (await curl()).failed);
        await sshTo(cloud, servers, "a", "true");
        expect(await whoAnswers("10.0.1.2")).to.equal("a");
        const path = `/firewalls/${made.firewall.id}/actions/remove_from_resources`;
        await callApi(cloud, "POST", path, { remove_from: apply_to });
        await until("the firewall to go", 10_000, async () => !(await curl()).failed);
    });

    it("cuts two servers off from each other, in one or both directions", async () => {
        const reaches = async (from: string, to: string) => !(await sh(from, `ping -c 1 -W 1 ${to}`, false)).failed;
        await cloud.control.partition("a", "b", { oneWay: true });
        expect(await reaches("a", "10.0.1.3")).to.equal(false);
        expect(await reaches("client", "10.0.1.3")).to.equal(true);
        await cloud.control.heal();
        expect(await reaches("a", "10.0.1.3")).to.equal(true);
    });

    it("loses packets on their way to a server, and cuts a server off from the API", async () => {
        const ping = async () => !(await sh("client", "ping -c 1 -W 1 10.0.1.2", false)).failed;
        await cloud.control.lose("a", 100);
        expect(await ping()).to.equal(false);
        await cloud.control.lose("a", 0);
        expect(await ping()).to.equal(true);
        const api = async () => !(await sh("a", "curl -sk -m 1 https://203.0.113.1/v1/servers", false)).failed;
        await cloud.control.cutApi("a");
        expect(await api()).to.equal(false);
        await cloud.control.cutApi("a", false);
        expect(await api()).to.equal(true);
    });

    it("freezes a server's processes and resumes them", async () => {
        await cloud.control.freeze("a");
        expect(await whoAnswers("10.0.1.2")).to.equal("");
        await cloud.control.thaw("a");
        await answers("10.0.1.2", "a");
    });

    it("cuts a server's power at once; the next boot has lost what was only in memory", async () => {
        await serverAction(cloud, "a", "poweroff");
        await until("a to be off", 10_000, async () => (await status("a")) === "off");
        expect((await sh("client", "ping -c 1 -W 1 10.0.1.2", false)).failed).to.equal(true);
        await serverAction(cloud, "a", "poweron");
        await until("a to answer", 20_000, async () => !(await sh("client", "ping -c 1 -W 1 10.0.1.2", false)).failed);
        await until("a to be up", 20_000, async () => !(await sh("a", "test -d /run/systemd/system", false)).failed);
        expect(
            (await sh("a", "nft list ruleset; ip -o link show type vxlan; ip -o addr show to 10.0.1.1")).stdout,
        ).to.equal("");
        expect((await sh("a", "cat /srv/name")).stdout).to.equal("a");
    });

    it("keeps addresses and alias when a server reboots itself", async () => {
        const bootId = async () => (await sh("b", "cat /proc/sys/kernel/random/boot_id")).stdout;
        const before = await bootId();
        await sh("b", "systemctl --no-block reboot");
        await until("another boot", 30_000, async () => (await bootId()) !== before);
        await until("b's address", 20_000, async () => !(await sh("client", "ping -c 1 -W 1 10.0.1.3", false)).failed);
        // the address is there before systemd takes commands
        await until("b's systemd", 20_000, async () => !(await sh("b", "systemctl list-jobs", false)).failed);
        await sh("b", `${SERVE}; ip addr replace ${VIP}/32 dev enp7s0`);
        await answers(VIP, "b");
        expect(await status("b")).to.equal("running");
    });

    it("rebuilds a server with the same addresses, a fresh disk and new host keys", async () => {
        const keys = async () => (await sh("b", "cat /etc/ssh/ssh_host_ed25519_key.pub", false)).stdout;
        const before = await keys();
        await sh("b", "touch /var/lib/mine");
        await callApi(cloud, "POST", `/servers/${servers.ids.b}/actions/rebuild`, { image: "debian-12" });
        await until("other host keys", 60_000, async () => {
            // one reading: between two of them the server may go down, and the second one be empty
            const now = await keys();
            return /^ssh-ed25519 /.test(now) && now !== before;
        });
        expect((await sh("b", "test -e /var/lib/mine", false)).exitCode).to.equal(1);
        await until("b's address", 20_000, async () => !(await sh("client", "ping -c 1 -W 1 10.0.1.3", false)).failed);
        expect(await status("b")).to.equal("running");
    });

    it("gives a server that is off another primary IPv6 address", async () => {
        const { server } = await callApi<{ server: { public_net: { ipv6: { id: number } } } }>(
            cloud,
            "GET",
            `/servers/${servers.ids.b}`,
        );
        const settled = (what: string, assignee: number | null, id: number) =>
            until(what, 10_000, async () => {
                const { primary_ip } = await callApi<{ primary_ip: { assignee_id: number | null } }>(
                    cloud,
                    "GET",
                    `/primary_ips/${id}`,
                );
                return primary_ip.assignee_id === assignee;
            });
        await serverAction(cloud, "b", "poweroff");
        await until("b to be off", 10_000, async () => (await status("b")) === "off");
        const old = server.public_net.ipv6.id;
        await callApi(cloud, "POST", `/primary_ips/${old}/actions/unassign`);
        await settled("the old one to go", null, old);
        const order = { name: "six", type: "ipv6", location: "fsn1" };
        const made = await callApi<{ primary_ip: { id: number; ip: string } }>(cloud, "POST", "/primary_ips", order);
        const assignee = { assignee_type: "server", assignee_id: servers.ids.b };
        await callApi(cloud, "POST", `/primary_ips/${made.primary_ip.id}/actions/assign`, assignee);
        await settled("the new one", servers.ids.b, made.primary_ip.id);
        await serverAction(cloud, "b", "poweron");
        const address = made.primary_ip.ip.replace("/64", "1");
        await until(
            `${address} to answer`,
            30_000,
            async () => !(await sh("client", `ping -6 -c 1 -W 1 ${address}`, false)).failed,
        );
        await until("b to be up", 30_000, async () => !(await sh("b", "test -d /run/systemd/system", false)).failed);
    });

    it("notices a server that powers itself off", async () => {
        await sh("b", "systemctl --no-block poweroff");
        await until("b to be off", 30_000, async () => (await status("b")) === "off");
    });

    it("runs beside another cloud with the same addresses, and is removed completely while the other stays", async function () {
        this.timeout(120_000);
        const other = await startCloud({ name: `${NAME}b`, latencyMs: 5, actionMs: 100, log: () => undefined });
        try {
            await bootServers(other, { a: "10.0.1.2", b: "10.0.1.3" });
            const { stdout } = await other.exec("a", ["ping", "-c", "1", "10.0.1.3"]);
            expect(stdout).to.contain("ttl=63");
            const { pid } = JSON.parse(fs.readFileSync(instance(other.name).files.ready, "utf8")) as { pid: number };
            process.kill(pid, "SIGKILL");
        } finally {
            await other.down();
        }
        expect(leftovers(instance(other.name))).to.deep.equal([]);
        await stopCloud(other.name);
        expect((await (await attachCloud(NAME)).exec("a", ["hostname"])).stdout).to.equal("a");
    });

    it("leaves nothing behind when it goes down", async () => {
        await cloud.down();
        expect(leftovers(instance(NAME))).to.deep.equal([]);
    });
});
