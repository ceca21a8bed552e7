import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { startControl } from "../../../../lab/cloud/api/control";
import { ControlClient } from "../../../../lab/cloud/api/controlClient";
import { Cloud, inFolder, TOKEN } from "./cloud";

describe("local cloud: control socket", () => {
    const withClient = (use: (client: ControlClient, cloud: Cloud, socket: string) => Promise<void>) =>
        inFolder(async (folder) => {
            const cloud = await Cloud.start();
            const socket = join(folder, "control.sock");
            const control = await startControl(cloud.api, socket, (app) => void app.get("/hello", () => "world"));
            const client = new ControlClient(socket);
            try {
                await use(client, cloud, socket);
            } finally {
                await client.close();
                await control.close();
                await cloud.close();
            }
        });

    it("adds and removes faults", () =>
        withClient(async (client, cloud) => {
            const id = await client.addFault({
                kind: "error",
                status: 500,
                code: "server_error",
                match: { token: TOKEN },
            });
            expect(await cloud.refusal("GET", "/servers")).to.equal("500 server_error");
            const [fault] = await client.faults();
            expect([fault.id, fault.hits]).to.deep.equal([id, 1]);
            expect(fault.rule.match?.token).not.to.equal(TOKEN);
            await client.removeFault(id);
            await client.addFault({ kind: "hang" });
            await client.clearFaults();
            expect((await cloud.get("/servers")).status).to.equal(200);
        }));

    it("makes a server type sold out, and locks a server for a time", () =>
        withClient(async (client, cloud) => {
            const { a } = await cloud.pair();
            await client.addFault({ kind: "soldOut", serverType: "cx23", location: "fsn1", forMs: 60_000 });
            const order = { name: "c", server_type: "cx23", image: "debian-12", location: "fsn1" };
            expect(await cloud.refusal("POST", "/servers", order)).to.equal("412 resource_unavailable");
            await client.clearFaults();
            expect(await cloud.refusal("POST", "/servers", order)).to.equal("201 undefined");
            await client.lockServer(a, 100);
            expect(await cloud.refusal("POST", `/servers/${a}/actions/reboot`)).to.equal("423 locked");
            await cloud.api.settled();
            expect(await cloud.refusal("POST", `/servers/${a}/actions/reboot`)).to.equal("201 undefined");
            const unknown = await client.lockServer(1, 100).catch((error: Error) => error.message);
            expect(unknown).to.contain("there is no server 1 to lock");
            expect((await client.setTiming({ date: "2026-09-14" })).date).to.equal("2026-09-14");
        }));

    it("refuses faults that make no sense", () =>
        withClient(async (client) => {
            const refused = async (rule: object) =>
                client.call("POST", "/faults", rule).then(
                    () => "accepted",
                    (error: Error) => error.message,
                );
            expect(await refused({ kind: "fire" })).to.contain("400");
            expect(await refused({ kind: "error" })).to.contain("status");
            expect(await refused({ kind: "hang", wrong: 1 })).to.contain("400");
            expect(await refused({ kind: "hang", match: { path: "(" } })).to.contain("400");
        }));

    it("reads the audit log from a given entry on, without tokens", () =>
        withClient(async (client, cloud) => {
            await cloud.get("/servers");
            const seen = (await client.audit()).at(-1)!.seq;
            await cloud.post("/placement_groups", { name: "pg" });
            const entries = await client.audit(seen);
            expect(entries).to.have.length(1);
            expect(entries[0]).to.deep.include({
                method: "POST",
                path: "/v1/placement_groups",
                body: { name: "pg" },
                status: 422,
                code: "invalid_input",
                sourceIp: "127.0.0.1",
            });
            expect(entries[0].token).to.match(/^[0-9a-f]{12}$/);
            expect(JSON.stringify(await client.audit())).not.to.contain(TOKEN);
        }));

    it("changes timing and tokens, shows the state, and serves extra routes", () =>
        withClient(async (client, cloud, socket) => {
            expect(await client.setTiming({ actionMs: 5, heldAliasCode: "no_subnet_available" })).to.deep.include({
                actionMs: 5,
                latencyMs: 0,
                heldAliasCode: "no_subnet_available",
            });
            await client.addToken("new", true);
            expect(await cloud.as("new").refusal("POST", "/servers")).to.equal("401 token_readonly");
            await client.revokeToken("new");
            expect(await cloud.as("new").refusal("GET", "/servers")).to.equal("401 unauthorized");
            const id = await cloud.server("a");
            const state = await client.state();
            expect((state.servers as { id: number }[])[0].id).to.equal(id);
            expect(state).not.to.have.property("tokens");
            expect(statSync(socket).mode & 0o777).to.equal(0o600);
        }));
});
