import { expect } from "chai";
import { startMetadata } from "../../../../lab/cloud/api/metadata";
import { Cloud } from "./cloud";

/**
 * Each change of Hetzner's API, on the day before it and on its day. Each answer is compared with that day's
 * description.
 */
describe("local cloud: changes of Hetzner's API by date", () => {
    const on = async <T>(date: string, use: (cloud: Cloud) => Promise<T>): Promise<T> => {
        const cloud = await Cloud.start({ date });
        try {
            return await use(cloud);
        } finally {
            await cloud.close();
        }
    };
    const beforeAndAfter = async <T>(before: string, after: string, use: (cloud: Cloud) => Promise<T>) => [
        await on(before, use),
        await on(after, use),
    ];

    it("2026-08-01: an unassigned primary IP has the assignee type unassigned", async () => {
        const order = { name: "p", type: "ipv4", location: "fsn1" };
        const type = async (cloud: Cloud) => (await cloud.done("/primary_ips", order)).primary_ip.assignee_type;
        expect(await beforeAndAfter("2026-07-31", "2026-08-01", type)).to.deep.equal(["server", "unassigned"]);
    });

    it("2026-08-01: the metadata service answers at Hetzner's own paths only", async () => {
        const ask = async (cloud: Cloud) => {
            const id = await cloud.server("a", { user_data: "#!/bin/sh" });
            const api = { metadata: () => cloud.api.metadata("198.51.100.1") };
            const service = await startMetadata({ api, host: "127.0.0.1", port: 0 });
            const get = async (path: string) => {
                const answer = await fetch(`${new URL(service.url).origin}/${path}`);
                return `${answer.status} ${await answer.text()}`.trim().replace(`200 ${id}`, "200 the id");
            };
            const paths = [
                "hetzner/v1/metadata/instance-id",
                "2009-04-04/meta-data/instance-id",
                "latest/meta-data/hostname",
                "latest/user-data",
            ];
            const texts = await Promise.all(paths.map(get));
            await service.close();
            return texts;
        };
        const gone = "404 not found";
        expect(await beforeAndAfter("2026-07-31", "2026-08-01", ask)).to.deep.equal([
            ["200 the id", "200 the id", "200 a", "200 #!/bin/sh"],
            ["200 the id", gone, gone, gone],
        ]);
    });

    it("2026-09-15: a network lists its members", async () => {
        const ask = async (cloud: Cloud) => (await cloud.get(`/networks/${await cloud.network()}/members`)).status;
        expect(await beforeAndAfter("2026-09-14", "2026-09-15", ask)).to.deep.equal([404, 200]);
    });

    it("2026-11-02: images and server types have no `deprecated`", async () => {
        const fields = async (cloud: Cloud) => {
            const { server } = (await cloud.get(`/servers/${await cloud.server("a")}`)).body;
            const type = (await cloud.get("/server_types?name=cx22")).body.server_types[0];
            const image = (await cloud.get("/images?name=ubuntu-20.04&include_deprecated=true")).body.images[0];
            return [server.server_type, server.image, type, image].filter((of) => "deprecated" in of!).length;
        };
        expect(await beforeAndAfter("2026-11-01", "2026-11-02", fields)).to.deep.equal([4, 0]);
    });

    it("2026-11-30: a new server cannot have Debian 11, but an existing one can be rebuilt with it", async () => {
        const order = async (cloud: Cloud) => {
            const id = await cloud.server("b");
            await cloud.done(`/servers/${id}/actions/rebuild`, { image: "debian-11" });
            const body = { name: "a", server_type: "cx23", image: "debian-11", location: "fsn1" };
            return cloud.refusal("POST", "/servers", body);
        };
        expect(await beforeAndAfter("2026-11-29", "2026-11-30", order)).to.deep.equal([
            "201 undefined",
            "422 invalid_input",
        ]);
    });

    it("the date can be changed while the cloud runs; the default is the machine's date", async () => {
        const cloud = await Cloud.start();
        try {
            const path = `/networks/${await cloud.network()}/members`;
            expect((await cloud.get(path)).status).to.equal(200);
            expect(cloud.api.settings().date).to.equal(null);
            expect(() => cloud.api.setTiming({ date: "2026-13-01" })).to.throw(/write it as YYYY-MM-DD/);
            expect(() => cloud.api.setTiming({ date: "2026-06-30" })).to.throw(/from 2026-07-01 on/);
        } finally {
            await cloud.close();
        }
    });
});
