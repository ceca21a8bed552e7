import { expect } from "chai";
import { operationsOfTheCloud } from "../../../../lab/cloud/api/description/operations";
import { Cloud, KEY } from "./cloud";

interface Ids {
    ssh_keys: number;
    placement_groups: number;
    networks: number;
    firewalls: number;
    servers: number;
    floating_ips: number;
    primary_ips: number;
}

/** Calls each operation of the local cloud once, so that each answer is compared with Hetzner's description. */
describe("local cloud: every operation", () => {
    let cloud: Cloud;
    before(async () => {
        cloud = await Cloud.start();
    });
    after(() => cloud.close());

    const act = (path: string, body?: object) => cloud.done(path, body);

    async function create(): Promise<Ids> {
        const ssh_keys = (await act("/ssh_keys", { name: "k", public_key: KEY, labels: {} })).ssh_key.id;
        const group = { name: "pg", type: "spread", labels: {} };
        const placement_groups = (await act("/placement_groups", group)).placement_group.id;
        const networks = await cloud.network();
        const rule = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0"] };
        const firewalls = (await act("/firewalls", { name: "fw", rules: [rule], labels: {} })).firewall.id;
        const servers = await cloud.server("a", {
            ssh_keys: ["k"],
            placement_group: placement_groups,
            firewalls: [{ firewall: firewalls }],
            networks: [networks],
            user_data: "#cloud-config",
            labels: { a: "b" },
            public_net: { enable_ipv4: true, enable_ipv6: true },
        });
        const floating = { type: "ipv4", server: servers, name: "f", description: "d" };
        const floating_ips = (await act("/floating_ips", floating)).floating_ip.id;
        const primary = { name: "p", type: "ipv4", location: "fsn1", auto_delete: false };
        const primary_ips = (await act("/primary_ips", primary)).primary_ip.id;
        return { ssh_keys, placement_groups, networks, firewalls, servers, floating_ips, primary_ips };
    }

    async function readAndUpdate(ids: Ids): Promise<void> {
        for (const many of ["locations", "server_types", "images"] as const) {
            const [{ id }] = (await cloud.get(`/${many}`)).body[many];
            await cloud.get(`/${many}/${id}`);
        }
        await cloud.get("/pricing");
        await cloud.get(`/networks/${ids.networks}/members`);
        for (const [many, id] of Object.entries(ids)) {
            await cloud.get(`/${many}?label_selector=a&sort=id:desc&per_page=1`);
            await cloud.get(`/${many}/${id}`);
            await cloud.put(`/${many}/${id}`, { name: `${many.replaceAll("_", "-")}-new`, labels: { a: "b" } });
        }
    }

    async function serverActions({ servers, networks, placement_groups }: Ids): Promise<void> {
        const on = (name: string, body?: object) => act(`/servers/${servers}/actions/${name}`, body);
        await on("change_alias_ips", { network: networks, alias_ips: ["10.0.1.10"] });
        await on("detach_from_network", { network: networks });
        await on("attach_to_network", { network: networks, ip: "10.0.1.2", ip_range: "10.0.1.0/24" });
        for (const name of ["reboot", "reset", "shutdown", "poweron"]) {
            await on(name);
        }
        await on("enable_backup");
        const { image } = await on("create_image", { type: "backup", description: "d", labels: { a: "b" } });
        await cloud.get("/images?type=backup");
        await cloud.put(`/images/${image.id}`, { description: "e", type: "snapshot", labels: {} });
        const [{ id }] = (await cloud.get(`/images/${image.id}/actions`)).body.actions;
        await cloud.get(`/images/${image.id}/actions/${id}`);
        await cloud.get("/images/actions");
        await cloud.get(`/images/actions/${id}`);
        await act(`/images/${image.id}/actions/change_protection`, { delete: false });
        await on("rebuild", { image: String(image.id) });
        await cloud.delete(`/images/${image.id}`);
        await on("disable_backup");
        await on("rebuild", { image: "debian-13", user_data: "x" });
        await on("change_dns_ptr", { ip: "198.51.100.1", dns_ptr: "a.example.com" });
        await on("change_protection", { delete: false, rebuild: false });
        await on("poweroff");
        await on("change_type", { server_type: "cx33", upgrade_disk: true });
        await on("poweroff");
        await on("remove_from_placement_group");
        await on("poweroff");
        await on("add_to_placement_group", { placement_group: placement_groups });
    }

    async function networkActions({ networks }: Ids): Promise<void> {
        const on = (name: string, body: object) => act(`/networks/${networks}/actions/${name}`, body);
        const route = { destination: "10.101.0.0/16", gateway: "10.0.1.2" };
        await on("add_route", route);
        await on("delete_route", route);
        await on("add_subnet", { type: "cloud", network_zone: "eu-central", ip_range: "10.0.2.0/24" });
        await on("delete_subnet", { ip_range: "10.0.2.0/24" });
        await on("change_ip_range", { ip_range: "10.0.0.0/8" });
        await on("change_protection", { delete: false });
    }

    async function firewallActions({ firewalls, servers }: Ids): Promise<void> {
        const on = (name: string, body: object) => act(`/firewalls/${firewalls}/actions/${name}`, body);
        const target = [{ type: "server", server: { id: servers } }];
        await on("set_rules", { rules: [] });
        await on("remove_from_resources", { remove_from: target });
        await on("apply_to_resources", { apply_to: target });
    }

    /** For a server that is off. */
    async function addressActions({ servers, floating_ips, primary_ips }: Ids): Promise<void> {
        for (const [many, one, id] of [
            ["floating_ips", "floating_ip", floating_ips],
            ["primary_ips", "primary_ip", primary_ips],
        ] as const) {
            const { ip } = (await cloud.get(`/${many}/${id}`)).body[one];
            await act(`/${many}/${id}/actions/change_dns_ptr`, { ip, dns_ptr: null });
            await act(`/${many}/${id}/actions/change_protection`, { delete: false });
        }
        await act(`/floating_ips/${floating_ips}/actions/unassign`);
        await act(`/floating_ips/${floating_ips}/actions/assign`, { server: servers });
        await act(`/floating_ips/${floating_ips}/actions/unassign`);
        const { id } = (await cloud.get(`/servers/${servers}`)).body.server.public_net.ipv4!;
        await act(`/primary_ips/${id}/actions/unassign`);
        const assignee = { assignee_type: "server", assignee_id: servers };
        await act(`/primary_ips/${primary_ips}/actions/assign`, assignee);
        await act(`/primary_ips/${primary_ips}/actions/unassign`);
    }

    async function readActions(ids: Ids): Promise<void> {
        for (const many of ["servers", "networks", "firewalls", "floating_ips", "primary_ips"] as const) {
            const [{ id }] = (await cloud.get(`/${many}/${ids[many]}/actions`)).body.actions;
            await cloud.get(`/${many}/${ids[many]}/actions/${id}`);
            await cloud.get(`/${many}/actions`);
            await cloud.get(`/${many}/actions/${id}`);
        }
    }

    async function remove(ids: Ids): Promise<void> {
        const { action } = (await cloud.delete(`/servers/${ids.servers}`)).body;
        await cloud.get(`/actions?id=${action.id}`);
        await cloud.get(`/actions/${action.id}`);
        await cloud.api.settled();
        for (const [many, id] of Object.entries(ids).filter(([many]) => many !== "servers")) {
            await cloud.delete(`/${many}/${id}`);
        }
    }

    it("answers as Hetzner describes it", async () => {
        const ids = await create();
        await readAndUpdate(ids);
        await serverActions(ids);
        await networkActions(ids);
        await firewallActions(ids);
        await addressActions(ids);
        await readActions(ids);
        await remove(ids);
        const all = await operationsOfTheCloud();
        expect(all.filter((operation) => !cloud.conformance.succeeded.has(operation))).to.deep.equal([]);
    });
});
