import { expect } from "chai";
import { Cloud } from "./cloud";

describe("local cloud: alias IPs", () => {
    let cloud: Cloud;
    let ids: { network: number; a: number; b: number };

    beforeEach(async () => {
        cloud = await Cloud.start();
        ids = await cloud.pair();
    });
    afterEach(() => cloud.close());

    const path = (server: number) => `/servers/${server}/actions/change_alias_ips`;
    const body = (...alias_ips: string[]) => ({ network: ids.network, alias_ips });

    it("replaces the whole list", async () => {
        await cloud.done(path(ids.a), body("10.0.1.10", "10.0.1.11"));
        await cloud.done(path(ids.a), body("10.0.1.11", "10.0.1.12"));
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.11", "10.0.1.12"]);
        await cloud.done(path(ids.a), body());
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);
    });

    it("answers like the real API", async () => {
        const { action } = await cloud.done(path(ids.a), body("10.0.1.10"));
        expect(action).to.deep.include({ command: "change_alias_ips", status: "running", finished: null, error: null });
        expect(action.resources).to.deep.equal([
            { id: ids.a, type: "server" },
            { id: ids.network, type: "network" },
        ]);
        const finished = (await cloud.get(`/actions/${action.id}`)).body.action;
        expect(finished).to.deep.include({ status: "success", progress: 100 });
        expect(finished.finished).to.match(/^\d{4}-\d\d-\d\dT/);
    });

    it("changes nothing before the action completes, then the fabric before success", async () => {
        cloud.api.setTiming({ actionMs: 300 });
        const { action } = (await cloud.post(path(ids.a), body("10.0.1.10"))).body;
        expect(await cloud.aliases(ids.a)).to.deep.equal([]);
        expect((await cloud.get(`/servers/${ids.a}`)).body.server.locked).to.equal(true);
        await cloud.api.settled();
        expect((await cloud.get(`/actions?id=${action.id}`)).body.actions[0].status).to.equal("success");
        expect(cloud.fabric.calls.at(-1)).to.deep.equal({
            method: "setAliases",
            args: [ids.a, ids.network, ["10.0.1.10"]],
        });
    });

    for (const code of ["ip_not_available", "no_subnet_available"] as const) {
        it(`refuses an address that is held elsewhere, also by a server that is off (${code})`, async () => {
            cloud.api.setTiming({ heldAliasCode: code });
            await cloud.done(path(ids.a), body("10.0.1.10"));
            await cloud.done(`/servers/${ids.a}/actions/poweroff`);
            expect(await cloud.refusal("POST", path(ids.b), body("10.0.1.10"))).to.equal(`422 ${code}`);
            expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.10"]);
        });
    }

    it("refuses an address that is still being assigned or released", async () => {
        await cloud.done(path(ids.a), body("10.0.1.10"));
        cloud.api.setTiming({ actionMs: 300 });
        await cloud.post(path(ids.a), body());
        expect(await cloud.refusal("POST", path(ids.b), body("10.0.1.10"))).to.equal("422 ip_not_available");
        await cloud.api.settled();
        expect((await cloud.post(path(ids.b), body("10.0.1.10"))).status).to.equal(201);
        expect(await cloud.refusal("POST", path(ids.a), body("10.0.1.10"))).to.equal("422 ip_not_available");
    });

    it("accepts the current list, in any order", async () => {
        await cloud.done(path(ids.a), body("10.0.1.10", "10.0.1.11"));
        await cloud.done(path(ids.a), body("10.0.1.11", "10.0.1.10"));
        expect(await cloud.aliases(ids.a)).to.have.members(["10.0.1.10", "10.0.1.11"]);
    });

    it("refuses addresses that no server can have, and names each of them", async () => {
        const many = [1, 4, 5, 6, 7, 8].map((last) => `10.0.1.${last}`);
        expect(await cloud.refusal("POST", path(ids.a), body(...many))).to.equal("422 invalid_input");
        const { error } = (await cloud.post(path(ids.a), body("10.0.9.1", "10.0.1.255"))).body;
        expect(error.details.fields).to.deep.equal([
            {
                name: "alias_ips",
                messages: [`10.0.9.1 is not in a subnet of network ${ids.network}`, "10.0.1.255 is reserved"],
            },
        ]);
        expect(await cloud.refusal("POST", path(ids.a), body("10.0.1.3"))).to.equal("422 ip_not_available");
        expect(await cloud.refusal("POST", path(ids.a), body("not an address"))).to.equal("422 invalid_input");
    });

    it("needs the list, the network, the attachment and the server", async () => {
        const { error } = (await cloud.post(path(ids.a), {})).body;
        expect(error.details.fields.map(({ name }: { name: string }) => name)).to.deep.equal(["network", "alias_ips"]);
        expect(await cloud.refusal("POST", path(ids.a), { network: "7", alias_ips: [] })).to.equal("422 invalid_input");
        expect(await cloud.refusal("POST", path(ids.a), { network: 999_999, alias_ips: [] })).to.equal("404 not_found");
        expect(await cloud.refusal("POST", path(999_999), body())).to.equal("404 not_found");
        const c = await cloud.server("c");
        expect(await cloud.refusal("POST", path(c), body())).to.equal("422 invalid_input");
    });

    it("locks the server, but neither another server nor the network", async () => {
        cloud.api.setTiming({ actionMs: 300 });
        expect((await cloud.post(path(ids.a), body("10.0.1.10"))).status).to.equal(201);
        expect(await cloud.refusal("POST", path(ids.a), body())).to.equal("423 locked");
        expect(await cloud.refusal("POST", `/servers/${ids.a}/actions/poweroff`)).to.equal("423 locked");
        expect((await cloud.post(path(ids.b), body("10.0.1.11"))).status).to.equal(201);
    });

    it("is refused with conflict while the network is being changed", async () => {
        cloud.api.setTiming({ actionMs: 300 });
        await cloud.post(`/networks/${ids.network}/actions/add_route`, {
            destination: "10.100.0.0/16",
            gateway: "10.0.1.2",
        });
        expect(await cloud.refusal("POST", path(ids.a), body())).to.equal("409 conflict");
    });

    it("frees the addresses when the holder is detached or deleted", async () => {
        await cloud.done(path(ids.a), body("10.0.1.10"));
        await cloud.done(`/servers/${ids.a}/actions/detach_from_network`, { network: ids.network });
        await cloud.done(path(ids.b), body("10.0.1.10", "10.0.1.2"));
        expect((await cloud.delete(`/servers/${ids.b}`)).status).to.equal(200);
        await cloud.api.settled();
        await cloud.done(`/servers/${ids.a}/actions/attach_to_network`, {
            network: ids.network,
            ip: "10.0.1.3",
            alias_ips: ["10.0.1.10"],
        });
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.10"]);
    });

    it("keeps the old list when the fabric fails", async () => {
        await cloud.done(path(ids.a), body("10.0.1.10"));
        cloud.fabric.failures.set("setAliases", new Error("no such route"));
        const { action } = await cloud.done(path(ids.a), body());
        const { status, error } = (await cloud.get(`/actions/${action.id}`)).body.action;
        expect({ status, error }).to.deep.equal({
            status: "error",
            error: { code: "action_failed", message: "no such route" },
        });
        expect(await cloud.aliases(ids.a)).to.deep.equal(["10.0.1.10"]);
    });
});
