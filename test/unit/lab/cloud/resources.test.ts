import { expect } from "chai";
import { Cloud, KEY } from "./cloud";

describe("local cloud: keys, groups, firewalls, public addresses", () => {
    let cloud: Cloud;

    beforeEach(async () => {
        cloud = await Cloud.start();
    });
    afterEach(() => cloud.close());

    describe("ssh_keys", () => {
        it("have OpenSSH's fingerprint", async () => {
            const { ssh_key } = await cloud.done("/ssh_keys", { name: "k", public_key: KEY, labels: { a: "b" } });
            expect(ssh_key).to.deep.include({ name: "k", public_key: KEY, labels: { a: "b" } });
            // ssh-keygen -E md5 -lf
            expect(ssh_key.fingerprint).to.equal("05:45:31:35:81:f3:99:e4:41:b0:ed:e1:98:65:e8:43");
            const found = (await cloud.get(`/ssh_keys?fingerprint=${ssh_key.fingerprint}`)).body.ssh_keys;
            expect(found).to.deep.equal([ssh_key]);
        });

        it("have each key once, and refuse text that is not a key", async () => {
            const { ssh_key } = await cloud.done("/ssh_keys", { name: "k", public_key: KEY });
            const { body } = await cloud.post("/ssh_keys", { name: "k2", public_key: KEY });
            expect(body.error).to.deep.include({
                code: "uniqueness_error",
                details: { fields: [{ name: "public_key" }] },
            });
            const broken = { name: "k2", public_key: "ssh-ed25519 AAAA" };
            expect(await cloud.refusal("POST", "/ssh_keys", broken)).to.equal("422 invalid_input");
            expect((await cloud.put(`/ssh_keys/${ssh_key.id}`, { name: "n" })).body.ssh_key.name).to.equal("n");
            expect((await cloud.delete(`/ssh_keys/${ssh_key.id}`)).status).to.equal(204);
            expect(await cloud.refusal("GET", `/ssh_keys/${ssh_key.id}`)).to.equal("404 not_found");
        });
    });

    describe("placement_groups", () => {
        const create = async () =>
            (await cloud.done("/placement_groups", { name: "pg", type: "spread" })).placement_group.id;

        it("have at most ten servers", async () => {
            const placement_group = await create();
            for (let i = 0; i < 10; i++) {
                await cloud.server(`s${i}`, { placement_group });
            }
            const order = { name: "s10", server_type: "cx23", image: "debian-12", placement_group };
            expect(await cloud.refusal("POST", "/servers", order)).to.equal("422 placement_error");
        });

        it("accept servers that are off and in no group", async () => {
            const placement_group = await create();
            const id = await cloud.server("a");
            const add = `/servers/${id}/actions/add_to_placement_group`;
            expect(await cloud.refusal("POST", add, { placement_group })).to.equal("422 server_not_stopped");
            await cloud.done(`/servers/${id}/actions/poweroff`);
            await cloud.done(add, { placement_group });
            expect((await cloud.get(`/servers/${id}`)).body.server.placement_group?.servers).to.deep.equal([id]);
            expect(await cloud.refusal("POST", add, { placement_group })).to.equal("422 already_in_placement_group");
            const remove = `/servers/${id}/actions/remove_from_placement_group`;
            await cloud.done(`/servers/${id}/actions/poweron`);
            expect(await cloud.refusal("POST", remove)).to.equal("422 server_not_stopped");
            await cloud.done(`/servers/${id}/actions/poweroff`);
            await cloud.done(remove);
            const { server } = (await cloud.get(`/servers/${id}`)).body;
            expect([server.placement_group, server.status], "it starts again by itself").to.deep.equal([
                null,
                "running",
            ]);
            expect(cloud.fabric.isRunning(id)).to.equal(true);
            await cloud.done(`/servers/${id}/actions/poweroff`);
            expect(await cloud.refusal("POST", remove)).to.equal("422 not_in_placement_group");
            await cloud.done(add, { placement_group });
            expect((await cloud.delete(`/placement_groups/${placement_group}`)).status).to.equal(204);
            expect((await cloud.get(`/servers/${id}`)).body.server.placement_group).to.equal(null);
        });
    });

    describe("firewalls", () => {
        const ssh = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0", "::/0"] };
        const lastRules = () => cloud.fabric.calls.filter(({ method }) => method === "setFirewall").at(-1)?.args;

        it("apply to servers, reach the fabric, and cannot be deleted while applied", async () => {
            const server = await cloud.server("a");
            const apply_to = [{ type: "server", server: { id: server } }];
            const { firewall, actions } = await cloud.done("/firewalls", { name: "fw", rules: [ssh], apply_to });
            expect(actions.map(({ command }: { command: string }) => command)).to.deep.equal(["apply_firewall"]);
            const rule = {
                direction: "in",
                protocol: "tcp",
                port: "22",
                sourceIps: ssh.source_ips,
                destinationIps: [],
            };
            expect(lastRules()).to.deep.equal([server, [rule]]);
            expect((await cloud.get(`/servers/${server}`)).body.server.public_net.firewalls).to.deep.equal([
                { id: firewall.id, status: "applied" },
            ]);
            const path = `/firewalls/${firewall.id}`;
            expect(await cloud.refusal("POST", `${path}/actions/apply_to_resources`, { apply_to })).to.equal(
                "422 firewall_already_applied",
            );
            expect(await cloud.refusal("DELETE", path)).to.equal("422 resource_in_use");
            await cloud.done(`${path}/actions/set_rules`, { rules: [] });
            expect(lastRules()).to.deep.equal([server, []]);
            await cloud.done(`${path}/actions/remove_from_resources`, { remove_from: apply_to });
            expect(lastRules()).to.deep.equal([server, null]);
            expect(
                await cloud.refusal("POST", `${path}/actions/remove_from_resources`, { remove_from: apply_to }),
            ).to.equal("422 firewall_already_removed");
            expect((await cloud.delete(path)).status).to.equal(204);
        });

        it("follow labels", async () => {
            const server = await cloud.server("a");
            const apply_to = [{ type: "label_selector", label_selector: { selector: "role=web" } }];
            const { firewall } = await cloud.done("/firewalls", { name: "fw", rules: [ssh], apply_to });
            await cloud.put(`/servers/${server}`, { labels: { role: "web" } });
            expect(lastRules()?.[1]).to.have.length(1);
            const { applied_to } = (await cloud.get(`/firewalls/${firewall.id}`)).body.firewall;
            expect(applied_to[0].applied_to_resources).to.deep.equal([{ type: "server", server: { id: server } }]);
            await cloud.put(`/servers/${server}`, { labels: {} });
            expect(lastRules()).to.deep.equal([server, null]);
        });

        it("are applied to a server at its creation, and released at its deletion", async () => {
            const { firewall } = await cloud.done("/firewalls", { name: "fw", rules: [ssh] });
            const server = await cloud.server("a", { firewalls: [{ firewall: firewall.id }] });
            expect(lastRules()?.[1]).to.have.length(1);
            await cloud.delete(`/servers/${server}`);
            await cloud.api.settled();
            expect((await cloud.get(`/firewalls/${firewall.id}`)).body.firewall.applied_to).to.deep.equal([]);
        });

        it("refuse invalid rules and missing targets", async () => {
            const refusal = (rule: object) =>
                cloud.refusal("POST", "/firewalls", { name: "fw", rules: [{ ...ssh, ...rule }] });
            for (const rule of [
                { source_ips: [] },
                { source_ips: ["10.0.0.1"] },
                { port: "90-80" },
                { port: null },
                { protocol: "icmp" },
            ]) {
                expect(await refusal(rule), JSON.stringify(rule)).to.equal("422 invalid_input");
            }
            const apply_to = [{ type: "server", server: { id: 999_999 } }];
            expect(await cloud.refusal("POST", "/firewalls", { name: "fw", apply_to })).to.equal(
                "404 firewall_resource_not_found",
            );
            const network = await cloud.network();
            const public_net = { enable_ipv4: false, enable_ipv6: false };
            const hidden = await cloud.server("hidden", { public_net, networks: [network] });
            const target = [{ type: "server", server: { id: hidden } }];
            expect(await cloud.refusal("POST", "/firewalls", { name: "fw", apply_to: target })).to.equal(
                "422 private_net_only_server",
            );
        });
    });

    describe("floating_ips", () => {
        it("move from server to server in one call", async () => {
            const [a, b] = [await cloud.server("a"), await cloud.server("b")];
            const { floating_ip } = await cloud.done("/floating_ips", { type: "ipv4", server: a, description: "" });
            const path = `/floating_ips/${floating_ip.id}`;
            await cloud.done(`${path}/actions/assign`, { server: b });
            expect((await cloud.get(path)).body.floating_ip.server).to.equal(b);
            expect(cloud.fabric.calls.slice(-3)).to.deep.equal([
                { method: "addPublicIp", args: [a, floating_ip.ip] },
                { method: "removePublicIp", args: [a, floating_ip.ip] },
                { method: "addPublicIp", args: [b, floating_ip.ip] },
            ]);
            expect(await cloud.refusal("DELETE", path)).to.equal("422 must_be_unassigned");
            await cloud.done(`${path}/actions/unassign`);
            expect((await cloud.delete(path)).status).to.equal(204);
        });

        it("need a home location", async () => {
            expect(await cloud.refusal("POST", "/floating_ips", { type: "ipv4" })).to.equal("422 invalid_input");
            const { floating_ip } = await cloud.done("/floating_ips", {
                type: "ipv6",
                home_location: "hel1",
                name: "f",
            });
            expect(floating_ip).to.deep.include({ name: "f", server: null });
            expect(floating_ip.home_location.name).to.equal("hel1");
            const path = `/floating_ips/${floating_ip.id}`;
            await cloud.done(`${path}/actions/change_protection`, { delete: true });
            expect(await cloud.refusal("DELETE", path)).to.equal("423 protected");
        });
    });

    describe("primary_ips", () => {
        it("outlive their server unless they were created with it", async () => {
            const { primary_ip } = await cloud.done("/primary_ips", {
                name: "p",
                type: "ipv4",
                location: "fsn1",
            });
            expect(primary_ip).to.deep.include({ assignee_id: null, assignee_type: "unassigned", auto_delete: false });
            const server = await cloud.server("a", { public_net: { ipv4: primary_ip.id } });
            expect((await cloud.get(`/servers/${server}`)).body.server.public_net.ipv4?.ip).to.equal(primary_ip.ip);
            const order = { name: "b", server_type: "cx23", image: "debian-12", public_net: { ipv4: primary_ip.id } };
            expect(await cloud.refusal("POST", "/servers", order)).to.equal("422 primary_ip_assigned");
            await cloud.delete(`/servers/${server}`);
            await cloud.api.settled();
            const left = (await cloud.get("/primary_ips")).body.primary_ips;
            expect(left.map(({ id }: { id: number }) => id)).to.deep.equal([primary_ip.id]);
            const wrong = { ...order, public_net: { ipv6: primary_ip.id } };
            expect(await cloud.refusal("POST", "/servers", wrong)).to.equal("412 primary_ip_version_mismatch");
            const far = { ...order, location: "hel1" };
            expect(await cloud.refusal("POST", "/servers", far)).to.equal("422 primary_ip_datacenter_mismatch");
        });

        it("are assigned and unassigned while the server is off", async () => {
            const server = await cloud.server("a");
            const { id } = (await cloud.get(`/servers/${server}`)).body.server.public_net.ipv4!;
            const assignee = { assignee_type: "server", assignee_id: server };
            expect(await cloud.refusal("POST", `/primary_ips/${id}/actions/unassign`)).to.equal(
                "422 server_not_stopped",
            );
            expect(await cloud.refusal("DELETE", `/primary_ips/${id}`)).to.equal("422 must_be_unassigned");
            await cloud.done(`/servers/${server}/actions/poweroff`);
            const untyped = { name: "p", type: "ipv4", assignee_id: server };
            expect(await cloud.refusal("POST", "/primary_ips", untyped)).to.equal("422 invalid_input");
            const second = { name: "p", type: "ipv4", ...assignee };
            expect(await cloud.refusal("POST", "/primary_ips", second)).to.equal("422 server_has_ipv4");
            await cloud.done(`/primary_ips/${id}/actions/unassign`);
            await cloud.done(`/primary_ips/${id}/actions/assign`, assignee);
            expect((await cloud.get(`/primary_ips/${id}`)).body.primary_ip.assignee_id).to.equal(server);
        });

        it("are assigned to a server, for IPv6 too, and found by any notation", async () => {
            const server = await cloud.server("a", { public_net: { enable_ipv6: false } });
            await cloud.done(`/servers/${server}/actions/poweroff`);
            const order = { name: "p", type: "ipv6", location: "fsn1" };
            const { primary_ip } = await cloud.done("/primary_ips", order);
            expect(primary_ip.ip).to.match(/^2001:db8:1:[0-9a-f]+::\/64$/);
            const assignee = { assignee_type: "server", assignee_id: server };
            const { action } = await cloud.done(`/primary_ips/${primary_ip.id}/actions/assign`, assignee);
            expect((await cloud.get(`/actions/${action.id}`)).body.action.error).to.equal(null);
            const { ipv4, ipv6 } = (await cloud.get(`/servers/${server}`)).body.server.public_net;
            expect(ipv6).to.deep.include({ id: primary_ip.id, ip: primary_ip.ip });
            expect(cloud.fabric.calls.at(-1)).to.deep.equal({
                method: "setPrimaryIps",
                args: [server, ipv4!.ip, primary_ip.ip],
            });

            const found = async (ip: string) =>
                (await cloud.get(`/primary_ips?ip=${encodeURIComponent(ip)}`)).body.primary_ips.map(({ id }) => id);
            const prefix = primary_ip.ip.replace("::/64", "");
            const spellings = [primary_ip.ip, `${prefix}::`, `${prefix}::1`, `${prefix}:0:0:0:1`.toUpperCase()];
            for (const spelling of spellings) {
                expect(await found(spelling), spelling).to.deep.equal([primary_ip.id]);
            }
            expect(await found(ipv4!.ip)).to.deep.equal([ipv4!.id]);
            expect(await found("2001:db8:2::")).to.deep.equal([]);
            expect(await found("no address")).to.deep.equal([]);

            await cloud.done(`/primary_ips/${primary_ip.id}/actions/unassign`);
            expect(cloud.fabric.calls.at(-1)?.args).to.deep.equal([server, ipv4!.ip, null]);
        });

        it("get their DNS pointer while their server is being created, too", async () => {
            cloud.api.setTiming({ actionMs: 50 });
            const order = { name: "a", server_type: "cx23", image: "debian-12", location: "fsn1" };
            const { server } = (await cloud.post("/servers", order)).body;
            const dns_ptr = "web.example.com";
            const { ipv4, ipv6 } = server.public_net;
            const ofServer = { ip: ipv4!.ip, dns_ptr };
            expect((await cloud.post(`/servers/${server.id}/actions/change_dns_ptr`, ofServer)).status).to.equal(201);
            const ip = ipv6!.ip.replace("/64", "1");
            const path = `/primary_ips/${ipv6!.id}/actions/change_dns_ptr`;
            expect((await cloud.post(path, { ip, dns_ptr })).status).to.equal(201);
            expect(await cloud.refusal("POST", `/servers/${server.id}/actions/reboot`)).to.equal("423 locked");
            await cloud.api.settled();
            const made = (await cloud.get(`/servers/${server.id}`)).body.server;
            expect(made.status).to.equal("running");
            expect(made.public_net.ipv4?.dns_ptr).to.equal(dns_ptr);
            expect(made.public_net.ipv6?.dns_ptr).to.deep.equal([{ ip, dns_ptr }]);
        });

        it("have a DNS pointer that can be changed and reset", async () => {
            const server = await cloud.server("a");
            const { ip, dns_ptr } = (await cloud.get(`/servers/${server}`)).body.server.public_net.ipv4!;
            const pointer = async () => (await cloud.get(`/servers/${server}`)).body.server.public_net.ipv4?.dns_ptr;
            await cloud.done(`/servers/${server}/actions/change_dns_ptr`, { ip, dns_ptr: "web.example.com" });
            expect(await pointer()).to.equal("web.example.com");
            await cloud.done(`/servers/${server}/actions/change_dns_ptr`, { ip, dns_ptr: null });
            expect(await pointer()).to.equal(dns_ptr);
        });
    });
});
