import { credentials, type ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { serve, type Served } from "../../../../lab/engine/command/server";
import { secret, type Properties } from "../../../../lab/engine/command/values";
import { SshServer, until } from "./sshServer";

const URN = "urn:pulumi:dev::project::command:remote:Command::install";

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

describe("the stand-in's protocol with the engine", () => {
    let served: Served;
    let client: ResourceProviderClient;
    let server: SshServer;

    beforeEach(async () => {
        served = await serve({ write: () => undefined, flush: () => Promise.resolve() });
        client = new ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
        server = await SshServer.start({ answer: () => new Promise(() => undefined) });
    });
    afterEach(async () => {
        client.close();
        served.stop();
        await server.stop();
    });

    const ask = <Response>(question: (callback: Callback<Response>) => unknown): Promise<Response> =>
        new Promise((resolve, reject) =>
            question((error, response) => (error === null ? resolve(response) : reject(error))),
        );
    const failure = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "it did not fail",
            (error: ServiceError) => error.details,
        );
    const struct = (properties: Properties): Struct =>
        Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
    const create = (timeout = 0): Promise<rpc.CreateResponse> => {
        const { port, privateKey } = server;
        const properties = struct({ create: "hang", connection: secret({ host: "127.0.0.1", port, privateKey }) });
        const request = new rpc.CreateRequest().setUrn(URN).setProperties(properties).setTimeout(timeout);
        return ask((callback) => client.create(request, callback));
    };

    it("has a version that is not older than the SDK's, and describes the stand-in", async () => {
        const info = await ask<PluginInfo>((callback) => client.getPluginInfo(new Empty(), callback));
        expect(info.getVersion()).to.match(/^1\.2\.1\+standin$/);
    });

    it("reports how each property changed", async () => {
        const request = new rpc.DiffRequest()
            .setOldInputs(struct({ create: "a", triggers: ["1"] }))
            .setNews(struct({ create: "b", triggers: ["2"] }));
        const response = await ask<rpc.DiffResponse>((callback) => client.diff(request, callback));
        expect(response.getChanges()).to.equal(rpc.DiffResponse.DiffChanges.DIFF_SOME);
        expect(response.getDiffsList()).to.deep.equal(["create", "triggers"]);
        expect(response.getReplacesList()).to.deep.equal(["triggers"]);
        const kinds = response.getDetaileddiffMap();
        expect(kinds.get("create")?.getKind()).to.equal(rpc.PropertyDiff.Kind.UPDATE);
        expect(kinds.get("triggers[0]")?.getKind()).to.equal(rpc.PropertyDiff.Kind.UPDATE_REPLACE);
    });

    it("reports that nothing changed", async () => {
        const request = new rpc.DiffRequest().setOldInputs(struct({ create: "a" })).setNews(struct({ create: "a" }));
        const response = await ask<rpc.DiffResponse>((callback) => client.diff(request, callback));
        expect(response.getChanges()).to.equal(rpc.DiffResponse.DiffChanges.DIFF_NONE);
    });

    it("refuses functions that the stand-in does not have", async () => {
        const urn = "urn:pulumi:dev::project::my:Component$command:remote:CopyToRemote::file";
        const request = new rpc.CheckRequest().setUrn(urn).setNews(struct({}));
        expect(await failure(ask<rpc.CheckResponse>((callback) => client.check(request, callback)))).to.match(
            /^command:remote:CopyToRemote is not offered by the stand-in/,
        );
    });

    for (const [what, timeout] of Object.entries({ "the engine cancels": 0, "their customTimeouts are up": 0.2 })) {
        it(`does not stop running commands when ${what}, as the original does`, async () => {
            const works = [failure(create(timeout)), failure(create(timeout))];
            let ended = 0;
            works.forEach((work) => void work.then(() => ended++));
            await until(() => server.ran.length === 2);
            if (timeout === 0) {
                await ask<Empty>((callback) => client.cancel(new Empty(), callback));
            }
            await new Promise((resolve) => setTimeout(resolve, 500));
            expect([ended, server.open]).to.deep.equal([0, 2]);
            await server.stop();
            expect((await Promise.all(works)).join()).to.contain("without exit status");
        });
    }

    it("opens no more connections after the engine cancels", async () => {
        await server.stop();
        const work = failure(create());
        await ask<Empty>((callback) => client.cancel(new Empty(), callback));
        expect(await work).to.equal("context canceled");
        server = await SshServer.start();
    });
});
