import { expect } from "chai";
import { Cloud, KEY } from "./cloud";

describe("local cloud: servers", () => {
    let cloud: Cloud;

    beforeEach(async () => {
        cloud = await Cloud.start();
    });
    afterEach(() => cloud.close());

    const order = { name: "web", server_type: "cx23", image: "debian-12" };
    const status = async (id: number) => (await cloud.get(`/servers/${id}`)).body.server.status;

    it("creates a server in two actions, and the fabric boots it", async () => {
        const { ssh_key } = await cloud.done("/ssh_keys", { name: "k", public_key: KEY });
        cloud.api.setTiming({ actionMs: 30 });
        const { status: code, body } = await cloud.post("/servers", {
            ...order,
            image: 114690387,
            location: "nbg1",
            ssh_keys: [ssh_key.id],
            user_data: "#cloud-config\n",
            labels: { pair: "web" },
        });
        expect(code).to.equal(201);
        expect(body.server).to.deep.include({
            name: "web",
            status: "initializing",
            locked: true,
            labels: { pair: "web" },
        });
        expect(body.server.location.name).to.equal("nbg1");
        expect(body.server).not.to.have.property("datacenter");
        expect(body.root_password).to.equal(null);
        expect([body.action, ...body.next_actions].map(({ command }) => command)).to.deep.equal([
            "create_server",
            "start_server",
        ]);
        await cloud.api.settled();
        expect(await status(body.server.id)).to.equal("running");
        expect(cloud.fabric.calls[0].args[0]).to.deep.equal({
            id: body.server.id,
            name: "web",
            image: "debian-12",
            userData: "#cloud-config\n",
            sshKeys: [KEY],
            publicIpv4: "198.51.100.1",
            publicIpv6: "2001:db8:1:1::/64",
        });
        expect(cloud.fabric.calls.map(({ method }) => method)).to.deep.equal([
            "createServer",
            "setFirewall",
            "powerOn",
        ]);
    });

    it("leaves it off on request, and returns a password if there is no key", async () => {
        const { server, next_actions, root_password } = await cloud.done("/servers", {
            ...order,
            start_after_create: false,
        });
        expect(next_actions).to.deep.equal([]);
        expect(root_password).to.be.a("string");
        expect(await status(server.id)).to.equal("off");
    });

    it("attaches it to networks while it is created, with an address of its own", async () => {
        const network = await cloud.network();
        const ids = [
            await cloud.server("a", { networks: [network] }),
            await cloud.server("b", { networks: [network] }),
        ];
        const nics = await Promise.all(
            ids.map(async (id) => (await cloud.get(`/servers/${id}`)).body.server.private_net[0]),
        );
        expect(nics.map(({ ip }) => ip)).to.deep.equal(["10.0.1.1", "10.0.1.2"]);
        expect(nics[0].mac_address).to.match(/^86:00:00(:[0-9a-f]{2}){3}$/);
    });

    const refused: [string, object, string][] = [
        ["a name that is not a host name", { name: "under_score" }, "422 invalid_input"],
        ["a missing image", { image: undefined }, "422 invalid_input"],
        ["an unknown type", { server_type: "cx1000" }, "404 not_found"],
        ["an unknown image", { image: "plan9" }, "404 not_found"],
        ["an unknown location", { location: "mars1" }, "404 not_found"],
        ["an unknown key", { ssh_keys: ["nobody"] }, "404 not_found"],
        ["a type that is sold no more", { server_type: "cx22" }, "412 resource_unavailable"],
        ["a type that is not offered there", { location: "ash" }, "422 invalid_input"],
        ["an image that is too old", { image: "ubuntu-20.04" }, "422 invalid_input"],
        ["an image of another architecture", { image: 114690389 }, "422 invalid_input"],
        ["user data of more than 32 KiB", { user_data: "x".repeat(32 * 1024 + 1) }, "422 invalid_input"],
        ["a label that is none", { labels: { "-x": "y" } }, "422 invalid_input"],
        ["no network at all", { public_net: { enable_ipv4: false, enable_ipv6: false } }, "422 invalid_input"],
    ];
    for (const [what, change, expected] of refused) {
        it(`refuses ${what}`, async () => {
            expect(await cloud.refusal("POST", "/servers", { ...order, ...change })).to.equal(expected);
            expect((await cloud.get("/servers")).body.servers).to.deep.equal([]);
        });
    }

    it("finds the image for the type's architecture", async () => {
        const { server } = await cloud.done("/servers", { ...order, server_type: "cax11" });
        expect(server.image).to.deep.include({ name: "debian-12", architecture: "arm" });
    });

    it("refuses a name that is in use", async () => {
        const id = await cloud.server("web");
        await cloud.server("db");
        const { status, body } = await cloud.post("/servers", order);
        expect(status).to.equal(409);
        expect(body.error).to.deep.include({ code: "uniqueness_error", details: { fields: [{ name: "name" }] } });
        expect(await cloud.refusal("PUT", `/servers/${id}`, { name: "db" })).to.equal("409 uniqueness_error");
        expect(
            (await cloud.put(`/servers/${id}`, { name: "web", labels: { a: "b" } })).body.server.labels,
        ).to.deep.equal({ a: "b" });
    });

    it("switches servers on and off", async () => {
        const id = await cloud.server("web");
        const act = (name: string) => cloud.done(`/servers/${id}/actions/${name}`);
        for (const [name, command, expected] of [
            ["poweroff", "stop_server", "off"],
            ["poweron", "start_server", "running"],
            ["reset", "reset_server", "running"],
            ["reboot", "reboot_server", "running"],
            ["shutdown", "shutdown_server", "off"],
        ]) {
            expect((await act(name)).action.command).to.equal(command);
            expect(await status(id), name).to.equal(expected);
        }
        const power = cloud.fabric.calls
            .map(({ method }) => method)
            .filter((name) => /power|reset|reboot|shutdown/.test(name));
        expect(power).to.deep.equal(["powerOn", "powerOff", "powerOn", "reset", "reboot", "shutdown"]);
    });

    it("notices a server that powers itself off", async () => {
        const id = await cloud.server("web");
        cloud.fabric.setPower(id, false);
        expect(await status(id)).to.equal("off");
    });

    it("takes the fabric's state after a failed start", async () => {
        const id = await cloud.server("web", { start_after_create: false });
        cloud.fabric.failures.set("powerOn", new Error("no memory"));
        const { action } = await cloud.done(`/servers/${id}/actions/poweron`);
        expect((await cloud.get(`/servers/${id}/actions/${action.id}`)).body.action.status).to.equal("error");
        expect(await status(id)).to.equal("off");
    });

    it("fails the start of a server that could not be created", async () => {
        cloud.fabric.failures.set("createServer", new Error("disk full"));
        const { next_actions } = await cloud.done("/servers", order);
        expect((await cloud.get(`/actions/${next_actions[0].id}`)).body.action.error?.code).to.equal("action_failed");
    });

    it("deletes a server with its addresses and memberships", async () => {
        const { placement_group } = await cloud.done("/placement_groups", { name: "pg", type: "spread" });
        const id = await cloud.server("web", { placement_group: placement_group.id });
        // longer than the three requests that meet it take a busy machine
        cloud.api.setTiming({ actionMs: 500 });
        const { status: code, body } = await cloud.delete(`/servers/${id}`);
        expect(code).to.equal(200);
        expect(body.action.command).to.equal("delete_server");
        expect(await status(id)).to.equal("deleting");
        expect(await cloud.refusal("DELETE", `/servers/${id}`)).to.equal("423 locked");
        await cloud.api.settled();
        expect(await cloud.refusal("GET", `/servers/${id}`)).to.equal("404 not_found");
        expect((await cloud.get("/primary_ips")).body.primary_ips).to.deep.equal([]);
        expect((await cloud.get(`/placement_groups/${placement_group.id}`)).body.placement_group.servers).to.deep.equal(
            [],
        );
        expect((await cloud.get(`/actions/${body.action.id}`)).body.action.status).to.equal("success");
    });

    it("protects servers from deletion and rebuild", async () => {
        const id = await cloud.server("web");
        const path = `/servers/${id}/actions/change_protection`;
        expect(await cloud.refusal("POST", path, { delete: true })).to.equal("422 invalid_input");
        await cloud.done(path, { delete: true, rebuild: true });
        expect(await cloud.refusal("DELETE", `/servers/${id}`)).to.equal("423 protected");
        expect(await cloud.refusal("POST", `/servers/${id}/actions/rebuild`, { image: "debian-12" })).to.equal(
            "423 protected",
        );
    });

    it("rebuilds with another image and keeps the networks", async () => {
        const { a, network } = await cloud.pair();
        await cloud.done(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips: ["10.0.1.10"] });
        cloud.fabric.calls.length = 0;
        await cloud.done(`/servers/${a}/actions/rebuild`, { image: "debian-13", user_data: "new" });
        const { server } = (await cloud.get(`/servers/${a}`)).body;
        expect(server).to.deep.include({ status: "running" });
        expect(server.image?.name).to.equal("debian-13");
        expect(cloud.fabric.calls.map(({ method }) => method)).to.deep.equal([
            "deleteServer",
            "createServer",
            "attach",
            "setAliases",
            "setFirewall",
            "powerOn",
        ]);
    });

    it("changes the type of a server that is off, if the new type fits", async () => {
        const id = await cloud.server("web");
        const path = `/servers/${id}/actions/change_type`;
        const to = (server_type: string) => ({ server_type, upgrade_disk: false });
        expect(await cloud.refusal("POST", path, to("cx33"))).to.equal("422 server_not_stopped");
        await cloud.done(`/servers/${id}/actions/poweroff`);
        for (const [unfit, type] of [
            ["another architecture", "cax21"],
            ["the type that it has", "cx23"],
        ]) {
            expect(await cloud.refusal("POST", path, to(type)), unfit).to.equal("422 invalid_server_type");
        }
        expect(await cloud.refusal("POST", path, to("cx32")), "sold no more").to.equal("412 resource_unavailable");
        expect((await cloud.get(`/servers/${id}`)).body.server.status, "a refusal starts nothing").to.equal("off");
        await cloud.done(path, to("cx33"));
        const { server } = (await cloud.get(`/servers/${id}`)).body;
        expect([server.server_type.name, server.primary_disk_size]).to.deep.equal(["cx33", 40]);
        expect(server.status, "it starts again by itself").to.equal("running");
        await cloud.done(`/servers/${id}/actions/poweroff`);
        await cloud.done(path, { ...to("cx43"), upgrade_disk: true });
        await cloud.done(`/servers/${id}/actions/poweroff`);
        expect(await cloud.refusal("POST", path, to("cx33")), "a disk never shrinks").to.equal(
            "422 invalid_server_type",
        );
    });

    describe("the catalogue of a location", () => {
        const in_ = async (type: string) =>
            (await cloud.get(`/server_types?name=${type}`)).body.server_types[0].locations.map(
                ({ name, available, deprecation }) => `${name} ${available}${deprecation ? " deprecated" : ""}`,
            );

        it("differs between locations", async () => {
            expect(await in_("cx23")).to.deep.equal(["fsn1 true", "nbg1 true", "hel1 true"]);
            for (const location of ["ash", "hil", "sin"]) {
                expect(await cloud.refusal("POST", "/servers", { ...order, location }), location).to.equal(
                    "422 invalid_input",
                );
            }
            expect(await in_("cpx11"), "withdrawn in Europe only").to.deep.equal([
                ...["fsn1", "nbg1", "hel1"].map((name) => `${name} false deprecated`),
                ...["ash", "hil", "sin"].map((name) => `${name} true`),
            ]);
            const old = { ...order, server_type: "cpx11" };
            expect(await cloud.refusal("POST", "/servers", { ...old, location: "fsn1" })).to.equal(
                "412 resource_unavailable",
            );
            expect(await cloud.refusal("POST", "/servers", { ...old, location: "ash" })).to.equal("201 undefined");
        });

        it("has sold-out types on request", async () => {
            const id = await cloud.server("small", { location: "nbg1" });
            await cloud.done(`/servers/${id}/actions/poweroff`);
            const here = cloud.api.faults.add({ kind: "soldOut", serverType: "cx23", location: "fsn1" });
            cloud.api.faults.add({ kind: "soldOut", serverType: "cx33" });
            expect(await in_("cx23")).to.deep.equal(["fsn1 false", "nbg1 true", "hel1 true"]);
            expect(await in_("cx33")).to.deep.equal(["fsn1 false", "nbg1 false", "hel1 false"]);
            const inFsn1 = { ...order, location: "fsn1" };
            expect(await cloud.refusal("POST", "/servers", inFsn1)).to.equal("412 resource_unavailable");
            const change = { server_type: "cx33", upgrade_disk: false };
            expect(await cloud.refusal("POST", `/servers/${id}/actions/change_type`, change)).to.equal(
                "412 resource_unavailable",
            );
            cloud.api.faults.remove(here);
            expect(await cloud.refusal("POST", "/servers", inFsn1)).to.equal("201 undefined");
        });
    });

    it("is locked on request for a time: it can be read but not changed", async () => {
        const { network, a, b } = await cloud.pair();
        cloud.api.lock(a, 200);
        const change = { network, alias_ips: ["10.0.1.10"] };
        const locked = async (id: number) => (await cloud.get(`/servers/${id}`)).body.server.locked;
        expect([await locked(a), await locked(b)]).to.deep.equal([true, false]);
        expect(await cloud.refusal("POST", `/servers/${a}/actions/change_alias_ips`, change)).to.equal("423 locked");
        expect(await status(a)).to.equal("running");
        await cloud.api.settled();
        expect(await locked(a)).to.equal(false);
        await cloud.done(`/servers/${a}/actions/change_alias_ips`, change);
        expect(() => cloud.api.lock(1, 10)).to.throw("there is no server 1 to lock");
    });
});
