import { expect } from "chai";
import type { MetadataService } from "../../../../lab/cloud/api/metadata";
import { startMetadata } from "../../../../lab/cloud/api/metadata";
import { Cloud } from "./cloud";

describe("local cloud: metadata service", () => {
    let cloud: Cloud;
    let ids: { network: number; a: number; b: number };
    let service: MetadataService;
    let from: string;

    beforeEach(async () => {
        cloud = await Cloud.start();
        ids = await cloud.pair();
        from = "198.51.100.1";
        const api = { metadata: () => cloud.api.metadata(from) };
        service = await startMetadata({ api, host: "127.0.0.1", port: 0 });
    });
    afterEach(async () => {
        await service.close();
        await cloud.close();
    });

    const get = async (path: string) => (await fetch(`${service.url}/${path}`)).text();

    it("recognises a server by its public or private address", async () => {
        expect(await get("metadata/instance-id")).to.equal(String(ids.a));
        from = "10.0.1.3";
        expect(await get("metadata/hostname")).to.equal("b");
        from = "192.0.2.1";
        expect((await fetch(`${service.url}/metadata/hostname`)).status).to.equal(404);
    });

    it("returns single values, and all of them at once", async () => {
        expect(await get("metadata/public-ipv4")).to.equal("198.51.100.1");
        expect(await get("metadata/local-ipv4")).to.equal("10.0.1.2");
        expect(await get("metadata/availability-zone")).to.equal("fsn1-dc14");
        expect(await get("metadata/region")).to.equal("eu-central");
        expect(await get("metadata")).to.equal(
            "availability-zone: fsn1-dc14\nhostname: a\n" +
                `instance-id: ${ids.a}\npublic-ipv4: 198.51.100.1\nregion: eu-central\npublic-keys: []\n`,
        );
        expect((await fetch(`${service.url}/metadata/nothing`)).status).to.equal(404);
    });

    it("returns the private networks as YAML, with the aliases", async () => {
        const { network, a } = ids;
        await cloud.done(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips: ["10.0.1.10", "10.0.1.11"] });
        const mac = (await cloud.get(`/servers/${a}`)).body.server.private_net[0].mac_address;
        expect(await get("metadata/private-networks")).to.equal(
            [
                "- ip: 10.0.1.2",
                "  alias_ips: [10.0.1.10, 10.0.1.11]",
                "  interface_num: 1",
                `  mac_address: ${mac}`,
                `  network_id: ${network}`,
                "  network_name: net",
                "  network: 10.0.0.0/8",
                "  subnet: 10.0.1.0/24",
                "  gateway: 10.0.0.1",
                "",
            ].join("\n"),
        );
    });

    it("returns the user data", async () => {
        await cloud.server("c", { user_data: "#!/bin/sh\necho hello\n" });
        from = "198.51.100.3";
        expect(await get("userdata")).to.equal("#!/bin/sh\necho hello\n");
    });
});
