/**
 * Holds the local cloud against Hetzner's own description of the API:
 *
 *     node --import tsx test/cloud/api/checkOpenapi.ts PATH-TO-openapi.json
 *
 * Calls each endpoint once and checks request and answer. Exit code 1 if there is a difference that is not in KNOWN.
 */

import { NullFabric } from "../fabric/null";
import { Description } from "./openapi";
import type { Api } from "./server";
import { startApi } from "./server";

/** Where the API of November 2026 is not what the description of June says, and why. */
const KNOWN: [RegExp, string][] = [
    [/must have required property 'datacenter'/, "removed from servers and primary IPs on 2026-07-01"],
    [/^GET \/datacenters.*status 410/, "the endpoints answer 410 since 2026-10-01"],
    [/assignee_type must be equal to one of/, "is `unassigned` for free primary IPs since 2026-08-01"],
    [
        /^GET \/actions answer: must NOT have additional properties meta/,
        "the description leaves the pagination out; hcloud-go asks for pages",
    ],
];

/** Operations of resources we have, about things we do not have: backups, images of servers, ISOs, rescue systems, consoles, metrics. */
const LEFT_OUT =
    /iso$|_backup$|_rescue$|create_image|request_console|reset_password|metrics|^(PUT|DELETE|POST) \/images|\/images\/.*actions/;
const OURS =
    /^\w+ \/(actions|servers|networks|ssh_keys|placement_groups|firewalls|floating_ips|primary_ips|locations|server_types|images|pricing|datacenters)(\/|$)/;

const TOKEN = "c".repeat(64);
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGeVSOZQlVleB0YGMCcGsM2LG8fQuKhVXuKiL9dWdGBS test";

/** One resource or a list of them, by key: what a key holds is known where it is used. */
type Json = Record<string, { id: number } & { id: number }[]>;

class Check {
    readonly seen = new Set<string>();
    readonly differences = new Set<string>();

    constructor(
        private readonly api: Api,
        private readonly description: Description,
    ) {}

    /** One request; waits for the actions it starts. */
    async call(method: string, path: string, body?: object): Promise<Json> {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const answer = await fetch(this.api.url + path, { method, headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        const received = (text === "" ? null : JSON.parse(text)) as Json;
        await this.api.settled();
        const operation = this.description.operationOf(method, path);
        if (!operation) {
            this.differences.add(`${method} ${path} is not described`);
            return received;
        }
        this.seen.add(operation);
        const note = (side: string, problems: string[]) =>
            problems.forEach((problem) => this.differences.add(`${operation} ${side}: ${problem}`));
        note("request", body ? this.description.requestProblems(operation, body) : []);
        note("answer", this.description.responseProblems(operation, answer.status, received));
        if (answer.status >= 400 && answer.status !== 410) {
            throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        }
        return received;
    }

    post = (path: string, body?: object) => this.call("POST", path, body);

    /** list, get, update, actions of a resource. */
    async common(many: string, id: number): Promise<void> {
        await this.call("GET", `/${many}?label_selector=a&sort=id:desc&per_page=1`);
        await this.call("GET", `/${many}`);
        await this.call("GET", `/${many}/${id}`);
        await this.call("PUT", `/${many}/${id}`, { name: `${many.replaceAll("_", "-")}-new`, labels: { a: "b" } });
    }

    async actions(many: string, id: number): Promise<void> {
        const { actions } = await this.call("GET", `/${many}/actions`);
        await this.call("GET", `/${many}/actions/${actions[0].id}`);
        const own = (await this.call("GET", `/${many}/${id}/actions`)).actions;
        await this.call("GET", `/${many}/${id}/actions/${own[0].id}`);
    }
}

async function drive(check: Check): Promise<void> {
    for (const many of ["locations", "server_types", "images"]) {
        const [first] = (await check.call("GET", `/${many}`))[many];
        await check.call("GET", `/${many}/${first.id}`);
    }
    await check.call("GET", "/pricing");
    await check.call("GET", "/datacenters");
    await check.call("GET", "/datacenters/1");

    const key = (await check.post("/ssh_keys", { name: "k", public_key: KEY, labels: {} })).ssh_key.id;
    const group = (await check.post("/placement_groups", { name: "pg", type: "spread" })).placement_group.id;
    const subnet = { type: "cloud", network_zone: "eu-central", ip_range: "10.0.1.0/24" };
    const route = { destination: "10.100.0.0/16", gateway: "10.0.1.2" };
    const network = (
        await check.post("/networks", { name: "n", ip_range: "10.0.0.0/16", subnets: [subnet], routes: [route] })
    ).network.id;
    const rule = { direction: "in", protocol: "tcp", port: "22", source_ips: ["0.0.0.0/0"], description: null };
    const firewall = (await check.post("/firewalls", { name: "fw", rules: [rule] })).firewall.id;
    const server = (
        await check.post("/servers", {
            name: "a",
            server_type: "cx23",
            image: "debian-12",
            location: "fsn1",
            ssh_keys: ["k"],
            placement_group: group,
            firewalls: [{ firewall }],
            networks: [network],
            user_data: "#cloud-config",
            labels: { a: "b" },
            public_net: { enable_ipv4: true, enable_ipv6: true },
        })
    ).server.id;
    const floating = (await check.post("/floating_ips", { type: "ipv4", server, name: "f", description: "d" }))
        .floating_ip.id;
    const order = { name: "p", type: "ipv4", assignee_type: "server", location: "fsn1", auto_delete: false };
    const primary = (await check.post("/primary_ips", order)).primary_ip.id;

    for (const [many, id] of Object.entries({
        ssh_keys: key,
        placement_groups: group,
        networks: network,
        firewalls: firewall,
        servers: server,
        floating_ips: floating,
        primary_ips: primary,
    })) {
        await check.common(many, id);
    }
    await serverActions(check, server, network, group);
    await networkActions(check, network);
    const target = [{ type: "server", server: { id: server } }];
    await check.post(`/firewalls/${firewall}/actions/set_rules`, { rules: [] });
    await check.post(`/firewalls/${firewall}/actions/remove_from_resources`, { remove_from: target });
    await check.post(`/firewalls/${firewall}/actions/apply_to_resources`, { apply_to: target });
    await addressActions(check, server, floating, primary);
    for (const [many, id] of Object.entries({
        servers: server,
        networks: network,
        firewalls: firewall,
        floating_ips: floating,
        primary_ips: primary,
    })) {
        await check.actions(many, id);
    }
    const { action } = await check.call("DELETE", `/servers/${server}`);
    await check.call("GET", `/actions?id=${action.id}`);
    await check.call("GET", `/actions/${action.id}`);
    for (const path of [
        `/networks/${network}`,
        `/firewalls/${firewall}`,
        `/placement_groups/${group}`,
        `/ssh_keys/${key}`,
        `/floating_ips/${floating}`,
        `/primary_ips/${primary}`,
    ]) {
        await check.call("DELETE", path);
    }
}

async function serverActions(check: Check, server: number, network: number, placement_group: number): Promise<void> {
    const act = (name: string, body?: object) => check.post(`/servers/${server}/actions/${name}`, body);
    await act("change_alias_ips", { network, alias_ips: ["10.0.1.10"] });
    await act("detach_from_network", { network });
    await act("attach_to_network", { network, ip: "10.0.1.2", alias_ips: ["10.0.1.10"], ip_range: "10.0.1.0/24" });
    for (const name of ["reboot", "reset", "shutdown", "poweron"]) {
        await act(name);
    }
    await act("rebuild", { image: "debian-13", user_data: "x" });
    await act("change_dns_ptr", { ip: "198.51.100.1", dns_ptr: "a.example.com" });
    await act("change_protection", { delete: false, rebuild: false });
    await act("poweroff");
    await act("change_type", { server_type: "cx33", upgrade_disk: true });
    await act("remove_from_placement_group");
    await act("add_to_placement_group", { placement_group });
}

async function networkActions(check: Check, network: number): Promise<void> {
    const act = (name: string, body: object) => check.post(`/networks/${network}/actions/${name}`, body);
    const route = { destination: "10.101.0.0/16", gateway: "10.0.1.2" };
    await act("add_route", route);
    await act("delete_route", route);
    await act("add_subnet", { type: "cloud", network_zone: "eu-central", ip_range: "10.0.2.0/24" });
    await act("delete_subnet", { ip_range: "10.0.2.0/24" });
    await act("change_ip_range", { ip_range: "10.0.0.0/15" });
    await act("change_protection", { delete: false });
}

/** Of a server that is off. */
async function addressActions(check: Check, server: number, floating: number, primary: number): Promise<void> {
    const pointer = async (path: string, one: string) => {
        const { ip } = (await check.call("GET", path))[one] as unknown as { ip: string };
        await check.post(`${path}/actions/change_dns_ptr`, { ip, dns_ptr: null });
        await check.post(`${path}/actions/change_protection`, { delete: false });
    };
    await pointer(`/floating_ips/${floating}`, "floating_ip");
    await check.post(`/floating_ips/${floating}/actions/unassign`);
    await check.post(`/floating_ips/${floating}/actions/assign`, { server });
    await check.post(`/floating_ips/${floating}/actions/unassign`);
    await pointer(`/primary_ips/${primary}`, "primary_ip");
    const [own] = (await check.call("GET", "/primary_ips?ip=198.51.100.1")).primary_ips;
    await check.post(`/primary_ips/${own.id}/actions/unassign`);
    await check.post(`/primary_ips/${primary}/actions/assign`, { assignee_type: "server", assignee_id: server });
    await check.post(`/primary_ips/${primary}/actions/unassign`);
}

async function main(file: string | undefined): Promise<number> {
    if (!file) {
        console.error("usage: node --import tsx test/cloud/api/checkOpenapi.ts PATH-TO-openapi.json");
        return 2;
    }
    const description = new Description(file);
    const fabric = new NullFabric();
    const options = {
        fabric,
        token: TOKEN,
        tls: null,
        host: "127.0.0.1",
        port: 0,
        stateFile: null,
        latencyMs: 0,
        actionMs: 0,
    };
    const api = await startApi(options);
    const check = new Check(api, description);
    try {
        await drive(check);
    } finally {
        await api.close();
    }
    const described = description.operations().filter((operation) => OURS.test(operation));
    const missing = described.filter((operation) => !check.seen.has(operation) && !LEFT_OUT.test(operation));
    missing.forEach((operation) => check.differences.add(`${operation} was not called`));

    const reasons = new Map<string, number>();
    const unexpected = [...check.differences].filter((difference) => {
        const reason = KNOWN.find(([pattern]) => pattern.test(difference))?.[1];
        if (reason) {
            reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
        return !reason;
    });
    unexpected.forEach((difference) => console.log(difference));
    reasons.forEach((count, reason) => console.log(`known (${count}): ${reason}`));
    console.log(
        `${check.seen.size} operations called, ${described.filter((operation) => LEFT_OUT.test(operation)).length} left out`,
    );
    console.log(`${unexpected.length} differences`);
    return unexpected.length > 0 ? 1 : 0;
}

void main(process.argv[2]).then((code) => (process.exitCode = code));
