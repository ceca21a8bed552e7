import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { startApi } from "../../../../lab/cloud/api/server";
import { Store } from "../../../../lab/cloud/api/store";
import { NullFabric } from "../../../../lab/cloud/fabric/null";
import { Cloud, inFolder, KEY, TOKEN } from "./cloud";

describe("local cloud: restart", () => {
    it("keeps all resources", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            const first = await Cloud.start({ stateFile });
            const { network, a } = await first.pair();
            await first.done("/ssh_keys", { name: "k", public_key: KEY });
            await first.done(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips: ["10.0.1.10"] });
            first.api.addToken("second", { readOnly: true });
            const lists = ["servers", "networks", "ssh_keys", "primary_ips", "servers/actions"];
            const read = async (cloud: Cloud) =>
                Promise.all(lists.map(async (list) => (await cloud.get(`/${list}`)).body));
            const before = await read(first);
            await first.close();
            expect(readFileSync(stateFile, "utf8")).not.to.contain(TOKEN).and.not.to.contain("second");

            const again = await Cloud.start({ stateFile });
            expect(await read(again)).to.deep.equal(before);
            expect((await again.as("second").get("/servers")).status).to.equal(200);
            const id = (await again.done("/placement_groups", { name: "pg", type: "spread" })).placement_group.id;
            expect(id).to.be.greaterThan(before[4].actions.at(-1)!.id);
            await again.close();
        }));

    it("keeps everything that an action has reported as done, even after a crash", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            const cloud = await Cloud.start({ stateFile });
            const id = await cloud.server("a");
            const crashed = readFileSync(stateFile, "utf8");
            await cloud.close();
            const { servers } = JSON.parse(crashed) as { servers: object[] };
            expect(servers[0]).to.deep.include({ id, status: "running" });
        }));

    it("ends interrupted actions with errors and without changes", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            const first = await Cloud.start({ stateFile });
            const { network, a } = await first.pair();
            first.api.setTiming({ actionMs: 60_000 });
            const path = `/servers/${a}/actions/change_alias_ips`;
            const { action } = (await first.post(path, { network, alias_ips: ["10.0.1.10"] })).body;
            await first.close();

            const again = await Cloud.start({ stateFile });
            const { status, error } = (await again.get(`/actions/${action.id}`)).body.action;
            expect([status, error?.code]).to.deep.equal(["error", "action_failed"]);
            expect(await again.aliases(a)).to.deep.equal([]);
            await again.done(path, { network, alias_ips: ["10.0.1.10"] });
            await again.close();
        }));

    it("recreates everything in a fabric that has lost it", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            const first = await Cloud.start({ stateFile });
            const { network, a, b } = await first.pair();
            await first.done(`/servers/${a}/actions/change_alias_ips`, { network, alias_ips: ["10.0.1.10"] });
            await first.done(`/servers/${b}/actions/poweroff`);
            await first.close();

            const again = await Cloud.start({ stateFile });
            await again.api.rebuildFabric({ networks: [network], servers: [] });
            const of = (method: string) =>
                again.fabric.calls.filter((call) => call.method === method).map(({ args }) => args);
            expect(of("createNetwork")).to.deep.equal([]);
            expect(of("createServer").map(([spec]) => (spec as { id: number }).id)).to.deep.equal([a, b]);
            expect(of("setAliases")).to.deep.equal([[a, network, ["10.0.1.10"]]]);
            expect(of("powerOn")).to.deep.equal([[a]]);
            await again.close();
        }));

    it("remembers what was running when it closed, although all servers power off afterwards", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            const cloud = await Cloud.start({ stateFile });
            const id = await cloud.server("a");
            await cloud.close();
            const store = new Store(stateFile);
            store.close();
            store.servers.get(id)!.status = "off";
            store.flush();
            expect(new Store(stateFile).servers.get(id)!.status).to.equal("running");
        }));

    it("names a damaged file", () =>
        inFolder(async (folder) => {
            const stateFile = join(folder, "state.json");
            writeFileSync(stateFile, "{");
            const options = {
                fabric: new NullFabric(),
                token: TOKEN,
                tls: null,
                host: "127.0.0.1",
                port: 0,
                stateFile,
            };
            const error = await startApi(options).catch((reason: Error) => reason);
            expect(error).to.be.instanceOf(Error).with.property("message").that.contains(stateFile);
        }));
});
