import { expect } from "chai";
import { Cloud } from "./cloud";

describe("local cloud: networks", () => {
    let cloud: Cloud;

    beforeEach(async () => {
        cloud = await Cloud.start();
    });
    afterEach(() => cloud.close());

    const zone = { type: "cloud", network_zone: "eu-central" };
    const show = async (id: number) => (await cloud.get(`/networks/${id}`)).body.network;

    it("creates one with subnets and routes", async () => {
        const { network } = await cloud.done("/networks", {
            name: "net",
            ip_range: "10.0.0.0/16",
            subnets: [zone, { ...zone, ip_range: "10.0.8.0/24" }, zone],
            routes: [{ destination: "10.100.0.0/16", gateway: "10.0.0.2" }],
        });
        const subnets = ["10.0.0.0/24", "10.0.8.0/24", "10.0.1.0/24"].map((ip_range) => ({
            ...zone,
            ip_range,
            gateway: "10.0.0.1",
            vswitch_id: null,
        }));
        expect(network).to.deep.include({ name: "net", ip_range: "10.0.0.0/16", subnets, servers: [], labels: {} });
        expect(cloud.fabric.calls.slice(0, 2)).to.deep.equal([
            { method: "createNetwork", args: [network.id, "10.0.0.0/16"] },
            { method: "setRoutes", args: [network.id, [{ destination: "10.100.0.0/16", gateway: "10.0.0.2" }]] },
        ]);
    });

    it("leaves nothing behind if the fabric cannot create the network", async () => {
        cloud.fabric.failures.set("createNetwork", new Error("no namespace"));
        expect(await cloud.refusal("POST", "/networks", { name: "net", ip_range: "10.0.0.0/16" })).to.equal(
            "500 server_error",
        );
        expect((await cloud.get("/networks")).body.networks).to.deep.equal([]);
    });

    for (const ip_range of ["8.8.0.0/16", "10.0.0.0/25", "10.0.0.1/16", "10.0.0.0", "172.16.0.0/11"]) {
        it(`refuses the range ${ip_range}`, async () => {
            expect(await cloud.refusal("POST", "/networks", { name: "n", ip_range })).to.equal("422 invalid_input");
        });
    }

    it("refuses subnets that are outside, overlap, are too small, or have no zone", async () => {
        const id = await cloud.network();
        const refusal = (body: object) =>
            cloud.refusal("POST", `/networks/${id}/actions/add_subnet`, { ...zone, ...body });
        for (const ip_range of ["192.168.0.0/24", "10.0.1.128/25", "10.0.0.0/16", "10.0.2.0/31"]) {
            expect(await refusal({ ip_range }), ip_range).to.equal("422 invalid_input");
        }
        expect(await refusal({ network_zone: "moon" })).to.equal("422 invalid_input");
        expect(await refusal({ type: "vswitch" })).to.equal("422 invalid_input");
    });

    it("keeps a subnet that is in use, with the error text that the provider waits for", async () => {
        const { network, a, b } = await cloud.pair();
        const path = `/networks/${network}/actions/delete_subnet`;
        const { status, body } = await cloud.post(path, { ip_range: "10.0.1.0/24" });
        expect([status, body.error.code]).to.deep.equal([422, "service_error"]);
        expect(body.error.message).to.contain("servers are attached");
        for (const server of [a, b]) {
            await cloud.done(`/servers/${server}/actions/detach_from_network`, { network });
        }
        await cloud.done(path, { ip_range: "10.0.1.0/24" });
        expect((await show(network)).subnets).to.deep.equal([]);
        expect(await cloud.refusal("POST", path, { ip_range: "10.0.1.0/24" })).to.equal("422 invalid_input");
    });

    it("adds and deletes routes", async () => {
        const id = await cloud.network();
        const route = { destination: "10.100.0.0/16", gateway: "10.0.1.2" };
        const anywhere = { destination: "0.0.0.0/0", gateway: "10.0.1.2" };
        await cloud.done(`/networks/${id}/actions/add_route`, route);
        await cloud.done(`/networks/${id}/actions/add_route`, anywhere);
        expect(
            await cloud.refusal("POST", `/networks/${id}/actions/delete_route`, { ...route, gateway: "10.0.1.3" }),
        ).to.equal("422 invalid_input");
        await cloud.done(`/networks/${id}/actions/delete_route`, route);
        expect((await show(id)).routes).to.deep.equal([anywhere]);
        expect(cloud.fabric.calls.at(-1)).to.deep.equal({ method: "setRoutes", args: [id, [anywhere]] });
    });

    it("refuses routes with a wrong gateway or an overlapping destination", async () => {
        const id = await cloud.network();
        const refusal = (destination: string, gateway: string) =>
            cloud.refusal("POST", `/networks/${id}/actions/add_route`, { destination, gateway });
        for (const gateway of ["10.0.0.1", "192.168.0.1", "172.31.1.1"]) {
            expect(await refusal("192.168.9.0/24", gateway), gateway).to.equal("422 invalid_input");
        }
        for (const destination of ["10.0.1.0/25", "8.8.8.8/32", "172.31.0.0/16"]) {
            expect(await refusal(destination, "10.0.1.2"), destination).to.equal("422 invalid_input");
        }
    });

    it("extends the range at its end only", async () => {
        const { id } = (await cloud.done("/networks", { name: "n", ip_range: "10.0.0.0/16" })).network;
        const path = `/networks/${id}/actions/change_ip_range`;
        expect(await cloud.refusal("POST", path, { ip_range: "10.0.0.0/17" })).to.equal("422 invalid_input");
        expect(await cloud.refusal("POST", path, { ip_range: "10.4.0.0/14" })).to.equal("422 invalid_input");
        await cloud.done(path, { ip_range: "10.0.0.0/15" });
        expect((await show(id)).ip_range).to.equal("10.0.0.0/15");
    });

    it("is locked by its own changes, with the error conflict", async () => {
        const id = await cloud.network();
        cloud.api.setTiming({ actionMs: 300 });
        await cloud.post(`/networks/${id}/actions/add_subnet`, zone);
        expect(await cloud.refusal("POST", `/networks/${id}/actions/add_subnet`, zone)).to.equal("409 conflict");
        expect(await cloud.refusal("PUT", `/networks/${id}`, { name: "new" })).to.equal("409 conflict");
        expect(await cloud.refusal("DELETE", `/networks/${id}`)).to.equal("409 conflict");
    });

    it("detaches all servers when it is deleted, unless it is protected", async () => {
        const { network, a } = await cloud.pair();
        await cloud.done(`/networks/${network}/actions/change_protection`, { delete: true });
        expect(await cloud.refusal("DELETE", `/networks/${network}`)).to.equal("423 protected");
        await cloud.done(`/networks/${network}/actions/change_protection`, { delete: false });
        const { status, body } = await cloud.delete(`/networks/${network}`);
        expect([status, body]).to.deep.equal([204, null]);
        expect((await cloud.get(`/servers/${a}`)).body.server.private_net).to.deep.equal([]);
        expect(cloud.fabric.calls.slice(-3).map(({ method }) => method)).to.deep.equal([
            "detach",
            "detach",
            "deleteNetwork",
        ]);
    });

    it("answers conflict to its deletion while a server is being deleted", async () => {
        const { network, a } = await cloud.pair();
        cloud.api.setTiming({ actionMs: 300 });
        await cloud.delete(`/servers/${a}`);
        expect(await cloud.refusal("DELETE", `/networks/${network}`)).to.equal("409 conflict");
    });

    it("takes a new name and labels", async () => {
        const id = await cloud.network();
        const body = { name: "other", labels: { "example.com/x": "" }, expose_routes_to_vswitch: true };
        expect((await cloud.put(`/networks/${id}`, body)).body.network).to.deep.include(body);
    });
});
