import { expect } from "chai";
import { Cloud, inFolder } from "./cloud";

describe("local cloud: backups and snapshots", () => {
    let cloud: Cloud;
    let id: number;

    beforeEach(async () => {
        cloud = await Cloud.start();
        id = await cloud.server("web");
    });
    afterEach(() => cloud.close());

    const act = (name: string, body?: object) => cloud.done(`/servers/${id}/actions/${name}`, body);
    const server = async () => (await cloud.get(`/servers/${id}`)).body.server;
    const images = async (query: string) => (await cloud.get(`/images?${query}`)).body.images.map((image) => image.id);

    it("are switched on and off; switching off deletes the server's backups only", async () => {
        const backup = { type: "backup" };
        const path = `/servers/${id}/actions/create_image`;
        expect((await server()).backup_window).to.equal(null);
        expect(await cloud.refusal("POST", path, backup)).to.equal("422 service_error");
        await act("enable_backup");
        expect((await server()).backup_window).to.equal("22-02");
        const first = (await act("create_image", backup)).image.id;
        const second = (await act("create_image", backup)).image.id;
        const snapshot = (await act("create_image", { description: "before the change" })).image;
        expect(snapshot).to.deep.include({ type: "snapshot", bound_to: null, status: "creating" });
        expect(snapshot.created_from).to.deep.equal({ id, name: "web" });
        expect(await images(`type=backup&bound_to=${id}&status=available`)).to.deep.equal([first, second]);
        await act("disable_backup");
        expect((await server()).backup_window).to.equal(null);
        expect(await images("type=backup")).to.deep.equal([]);
        expect(await images("type=snapshot")).to.deep.equal([snapshot.id]);
        expect(await images("type=system&type=snapshot")).to.have.length.above(1);
    });

    it("are at most seven for a server, and are deleted with it", async () => {
        await act("enable_backup");
        const made: number[] = [];
        for (let count = 0; count < 8; count++) {
            made.push((await act("create_image", { type: "backup" })).image.id);
        }
        expect(await images("type=backup")).to.deep.equal(made.slice(1));
        await cloud.put(`/images/${made[7]}`, { type: "snapshot", description: "kept" });
        await cloud.delete(`/servers/${id}`);
        await cloud.api.settled();
        expect(await images("type=backup&type=snapshot")).to.deep.equal([made[7]]);
    });

    it("can be the image of a new server", async () => {
        const { image } = await act("create_image", {});
        const copy = await cloud.server("copy", { image: image.id });
        expect((await cloud.get(`/servers/${copy}`)).body.server.image).to.deep.include({ id: image.id, name: null });
        await act("rebuild", { image: String(image.id) });
        expect((await server()).image?.id).to.equal(image.id);
        await cloud.done(`/images/${image.id}/actions/change_protection`, { delete: true });
        expect(await cloud.refusal("DELETE", `/images/${image.id}`)).to.equal("423 protected");
        await cloud.done(`/images/${image.id}/actions/change_protection`, { delete: false });
        expect((await cloud.delete(`/images/${image.id}`)).status).to.equal(204);
        expect((await server()).image).to.equal(null);
        expect(await cloud.refusal("DELETE", "/images/114690387"), "Hetzner's own").to.equal("404 not_found");
    });

    it("survive a restart", () =>
        inFolder(async (folder) => {
            const options = { stateFile: `${folder}/state.json` };
            const before = await Cloud.start(options);
            const kept = await before.server("kept");
            await before.done(`/servers/${kept}/actions/enable_backup`);
            const { image } = await before.done(`/servers/${kept}/actions/create_image`, { type: "backup" });
            await before.close();
            const after = await Cloud.start(options);
            expect((await after.get(`/servers/${kept}`)).body.server.backup_window).to.equal("22-02");
            expect((await after.get("/images?type=backup")).body.images[0].id).to.equal(image.id);
            await after.close();
        }));
});
