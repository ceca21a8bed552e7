import { expect } from "chai";
import { Cloud } from "./cloud";

describe("local cloud: the members of a network", () => {
    let cloud: Cloud;
    let ids: { network: number; a: number; b: number };

    beforeEach(async () => {
        cloud = await Cloud.start({ date: "2026-09-15" });
        ids = await cloud.pair();
    });
    afterEach(() => cloud.close());

    const list = async (query = "") => (await cloud.get(`/networks/${ids.network}/members?${query}`)).body;
    const who = async (query: string) => (await list(query)).members.map(({ ip }) => ip);

    it("lists each server with its addresses, in one request", async () => {
        const { network, a, b } = ids;
        await cloud.done(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips: ["10.0.1.10", "10.0.1.11"] });
        const common = { type: "server", subnet: "10.0.1.0/24", status: "ok" };
        expect((await list()).members).to.deep.equal([
            { ...common, id: a, ip: "10.0.1.2", alias_ips: ["10.0.1.10", "10.0.1.11"] },
            { ...common, id: b, ip: "10.0.1.3", alias_ips: [] },
        ]);
    });

    it("has pages, a sort order and filters", async () => {
        const page = await list("per_page=1&page=2&sort=ip:desc");
        expect(page.members.map(({ ip }) => ip)).to.deep.equal(["10.0.1.2"]);
        expect(page.meta.pagination).to.deep.include({ page: 2, last_page: 2, total_entries: 2 });
        expect(await who("type=load_balancer")).to.deep.equal([]);
        expect(await who("status=ok&status=error&type=server")).to.have.length(2);
        expect(await who("subnet=10.0.2.0/24")).to.deep.equal([]);
        expect(await who("subnet=10.0.2.0/24&subnet=10.0.1.0/24")).to.have.length(2);
        const path = `/networks/${ids.network}/members`;
        expect(await cloud.refusal("GET", `${path}?status=gone`)).to.equal("422 invalid_input");
        expect(await cloud.refusal("GET", "/networks/1/members")).to.equal("404 not_found");
    });

    it("shows a member's running action", async () => {
        const { network, a, b } = ids;
        const c = await cloud.server("c");
        cloud.api.setTiming({ actionMs: 500 });
        const alias_ips = ["10.0.1.10"];
        await cloud.post(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips });
        await cloud.post(`/servers/${b}/actions/detach_from_network`, { network });
        await cloud.post(`/servers/${c}/actions/attach_to_network`, {
            network,
            ip: "10.0.1.4",
            alias_ips: ["10.0.1.9"],
        });
        const { members } = await list();
        expect(members.map(({ id, ip, alias_ips, status }) => [id, ip, alias_ips, status])).to.deep.equal([
            [a, "10.0.1.2", [], "updating"],
            [b, "10.0.1.3", [], "detaching"],
            [c, "10.0.1.4", ["10.0.1.9"], "attaching"],
        ]);
        await cloud.api.settled();
        expect(await who("status=ok")).to.deep.equal(["10.0.1.2", "10.0.1.4"]);
    });
});
