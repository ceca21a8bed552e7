import { expect } from "chai";
import { Cloud } from "./cloud";

describe("local cloud: attaching servers to networks", () => {
    let cloud: Cloud;
    let network: number;
    let server: number;

    beforeEach(async () => {
        cloud = await Cloud.start();
        network = await cloud.network();
        server = await cloud.server("a");
    });
    afterEach(() => cloud.close());

    const path = (id = server) => `/servers/${id}/actions/attach_to_network`;
    const nics = async (id = server) => (await cloud.get(`/servers/${id}`)).body.server.private_net;

    it("gives the requested address, or a free one", async () => {
        await cloud.done(path(), { network, ip: "10.0.1.1" });
        const other = await cloud.server("b");
        await cloud.done(path(other), { network, alias_ips: ["10.0.1.2"] });
        expect((await nics())[0]).to.deep.include({ network, ip: "10.0.1.1", alias_ips: [] });
        expect((await nics(other))[0]).to.deep.include({ ip: "10.0.1.3", alias_ips: ["10.0.1.2"] });
        expect((await cloud.get(`/networks/${network}`)).body.network.servers).to.deep.equal([server, other]);
    });

    it("uses the last subnet, or the subnet that ip_range names", async () => {
        const subnet = { type: "cloud", network_zone: "eu-central", ip_range: "10.0.2.0/24" };
        await cloud.done(`/networks/${network}/actions/add_subnet`, subnet);
        const other = await cloud.server("b");
        await cloud.done(path(), { network });
        await cloud.done(path(other), { network, ip_range: "10.0.1.0/24" });
        expect([(await nics())[0].ip, (await nics(other))[0].ip]).to.deep.equal(["10.0.2.1", "10.0.1.1"]);
    });

    it("refuses impossible requests", async () => {
        await cloud.done(path(), { network, ip: "10.0.1.2" });
        const b = await cloud.server("b");
        const refusal = (body: object) => cloud.refusal("POST", path(b), { network, ...body });
        expect(await refusal({ ip: "10.0.1.2" })).to.equal("422 ip_not_available");
        expect(await refusal({ ip: "10.0.1.255" })).to.equal("422 ip_not_available");
        expect(await refusal({ ip: "10.9.0.1" })).to.equal("422 no_subnet_available");
        expect(await refusal({ ip: "10.0.1.9", ip_range: "10.0.2.0/24" })).to.equal("422 invalid_input");
        expect(await refusal({ alias_ips: ["10.0.1.2"] })).to.equal("422 ip_not_available");
        expect(await refusal({ network: 999_999 })).to.equal("404 not_found");
        expect(await cloud.refusal("POST", path(), { network })).to.equal("422 server_already_attached");
    });

    it("refuses servers of another network zone, and networks that overlap", async () => {
        const abroad = await cloud.server("us", { location: "ash", server_type: "cpx12" });
        expect(await cloud.refusal("POST", path(abroad), { network })).to.equal("422 no_subnet_available");
        await cloud.done(path(), { network });
        const subnets = [{ type: "cloud", network_zone: "eu-central" }];
        const other = (await cloud.done("/networks", { name: "n2", ip_range: "10.1.0.0/16", subnets })).network;
        expect(await cloud.refusal("POST", path(), { network: other.id })).to.equal("422 networks_overlap");
    });

    it("reserves the address as soon as the action is accepted", async () => {
        const b = await cloud.server("b");
        cloud.api.setTiming({ actionMs: 60 });
        await cloud.post(path(), { network, ip: "10.0.1.2" });
        expect(await cloud.refusal("POST", path(b), { network, ip: "10.0.1.2" })).to.equal("422 ip_not_available");
        expect(await nics()).to.deep.equal([]);
        await cloud.api.settled();
        expect((await nics())[0].ip).to.equal("10.0.1.2");
    });

    it("detaches, and answers 404 if the server is not attached", async () => {
        const detach = `/servers/${server}/actions/detach_from_network`;
        expect(await cloud.refusal("POST", detach, { network })).to.equal("404 not_found");
        await cloud.done(path(), { network });
        await cloud.done(detach, { network });
        expect(await nics()).to.deep.equal([]);
        expect(cloud.fabric.calls.at(-1)).to.deep.equal({ method: "detach", args: [server, network] });
    });

    it("changes nothing when the fabric fails", async () => {
        cloud.fabric.failures.set("attach", new Error("no veth"));
        await cloud.done(path(), { network });
        expect(await nics()).to.deep.equal([]);
    });
});
