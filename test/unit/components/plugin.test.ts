import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { expect } from "chai";
import { spawn, type ChildProcess } from "child_process";
import { once } from "events";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { SCHEMA_FILE } from "../../schema";

const ROOT = path.resolve(__dirname, "../../..");

function packageJson(folder: string) {
    return JSON.parse(fs.readFileSync(path.join(ROOT, folder, "package.json"), "utf8")) as {
        name: string;
        version: string;
        dependencies: Record<string, string>;
        devDependencies?: Record<string, string>;
    };
}

describe("components/ as a package for every language", function () {
    this.timeout(60_000);
    let folder: string;
    let plugin: ChildProcess;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-plugin-"));
    });

    afterEach(async () => {
        if (plugin.exitCode === null && plugin.signalCode === null) {
            plugin.kill();
            await once(plugin, "exit");
        }
        fs.rmSync(folder, { recursive: true });
    });

    /** As Pulumi's Node.js host does it: the working folder is that of the program in the other language. */
    async function start(): Promise<number> {
        const runner = require.resolve("@pulumi/pulumi/cmd/run-plugin");
        plugin = spawn(process.execPath, [runner, path.join(ROOT, "components"), "127.0.0.1:1"], {
            cwd: folder,
            env: { PATH: process.env.PATH },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let errors = "";
        plugin.stderr!.on("data", (chunk: Buffer) => (errors += chunk.toString()));
        const [first] = await Promise.race([
            once(plugin.stdout!, "data") as Promise<[Buffer]>,
            once(plugin, "exit").then(() => Promise.reject(new Error(errors))),
        ]);
        return Number(first.toString());
    }

    it("is compiled and served by Pulumi's own host, without this project's tsconfig.json", async () => {
        const address = `127.0.0.1:${await start()}`;
        const options = { "grpc.max_receive_message_length": 10_000_000 };
        const client = new ResourceProviderClient(address, grpc.credentials.createInsecure(), options);
        const answer = await new Promise<GetSchemaResponse>((resolve, reject) => {
            client.getSchema(new GetSchemaRequest(), (error, response) => (error ? reject(error) : resolve(response)));
        });
        client.close();
        expect(JSON.parse(answer.getSchema())).to.deep.equal(JSON.parse(fs.readFileSync(SCHEMA_FILE, "utf8")));
    });
});

describe("components/package.json", () => {
    it("says the same as the project's", () => {
        const [project, own] = [packageJson("."), packageJson("components")];
        expect(own.name).to.equal(project.name);
        expect(own.version).to.equal(project.version);
        expect({ ...project.devDependencies, ...project.dependencies }).to.include(own.dependencies);
        expect(own.dependencies).to.include(project.dependencies);
        // what compiles the sources where there is only this folder's node_modules
        expect(own.dependencies).to.include.keys("typescript", "ts-node", "@types/node");
    });
});
