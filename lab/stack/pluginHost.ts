import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { spawn } from "child_process";
import { once } from "events";

/**
 * The description of a component's folder, served like Pulumi's Node.js host does it, with the packages that are
 * installed for the folder.
 *
 * @param folder The folder of the program in the other language, which is the working folder.
 */
export async function schemaOf(components: string, folder: string): Promise<unknown> {
    const runner = require.resolve("@pulumi/pulumi/cmd/run-plugin", { paths: [components] });
    const plugin = spawn(process.execPath, [runner, components, "127.0.0.1:1"], {
        cwd: folder,
        env: { PATH: process.env.PATH },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const exit = once(plugin, "exit");
    let errors = "";
    plugin.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    try {
        const [port] = await Promise.race([
            once(plugin.stdout, "data") as Promise<[Buffer]>,
            exit.then(() => Promise.reject(new Error(errors))),
        ]);
        return await ask(`127.0.0.1:${Number(port.toString())}`);
    } finally {
        if (plugin.exitCode === null && plugin.signalCode === null) {
            plugin.kill();
            await exit;
        }
    }
}

async function ask(address: string): Promise<unknown> {
    const options = { "grpc.max_receive_message_length": 10_000_000 };
    const client = new ResourceProviderClient(address, grpc.credentials.createInsecure(), options);
    const answer = await new Promise<GetSchemaResponse>((resolve, reject) => {
        client.getSchema(new GetSchemaRequest(), (error, response) => (error ? reject(error) : resolve(response)));
    });
    client.close();
    return JSON.parse(answer.getSchema()) as unknown;
}
