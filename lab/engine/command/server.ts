import {
    Server,
    ServerCredentials,
    status,
    type handleUnaryCall,
    type ServerUnaryCall,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { diff, replaces } from "./diff";
import { check } from "./inputs";
import type { Log } from "./log";
import { signalFor } from "./operation";
import { RemoteCommand, type Operation } from "./provider";
import type { Properties } from "./values";
import { VERSION } from "./version";

const TYPE = "command:remote:Command";
const LARGEST_MESSAGE = 400 * 1024 * 1024;

export interface Served {
    port: number;
    stop(): void;
}

/** Serves the provider protocol on a port of the loopback. */
export async function serve(log: Log): Promise<Served> {
    const server = new Server({
        "grpc.max_receive_message_length": LARGEST_MESSAGE,
        "grpc.max_send_message_length": LARGEST_MESSAGE,
    });
    server.addService(ResourceProviderService, handlers(new RemoteCommand(log)));
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
            error === null ? resolve({ port, stop: () => server.forceShutdown() }) : reject(error),
        );
    });
}

/*
 * Implements the protocol itself, because @pulumi/pulumi/provider passes on neither the preview flag, nor the time-out,
 * nor a detailed diff, nor the old inputs.
 */
function handlers(command: RemoteCommand): UntypedServiceImplementation {
    const cancelled = new AbortController();

    const operate = async <R>(
        call: Call<{ getUrn(): string; getTimeout(): number; getPreview?(): boolean }>,
        work: (operation: Operation) => Promise<R>,
    ): Promise<R> => {
        const { request } = call;
        const { signal, release } = signalFor(cancelled.signal, request.getTimeout(), (end) =>
            call.on("cancelled", end),
        );
        try {
            return await work({ urn: request.getUrn(), preview: request.getPreview?.() ?? false, signal });
        } finally {
            release();
        }
    };

    return {
        getPluginInfo: unary(() => new PluginInfo().setVersion(VERSION)),
        getSchema: unary(() =>
            new rpc.GetSchemaResponse().setSchema(JSON.stringify({ name: "command", version: VERSION })),
        ),
        configure: unary(() => new rpc.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
        cancel: unary(() => {
            cancelled.abort(new Error("context canceled"));
            return new Empty();
        }),

        check: unary(({ request }: Call<rpc.CheckRequest>) => {
            const type = request.getUrn().split("::")[2]?.split("$").pop();
            if (type !== TYPE) {
                throw new Error(`${type} is not offered by the stand-in of the command provider, only ${TYPE} is`);
            }
            const { inputs, failures } = check(fromStruct(request.getNews()));
            return new rpc.CheckResponse()
                .setInputs(toStruct(inputs))
                .setFailuresList(
                    failures.map(({ property, reason }) =>
                        new rpc.CheckFailure().setProperty(property).setReason(reason),
                    ),
                );
        }),
        diff: unary(({ request }: Call<rpc.DiffRequest>) =>
            diffResponse(diff(fromStruct(request.getOldInputs()), fromStruct(request.getNews()))),
        ),
        create: unary(async (call: Call<rpc.CreateRequest>) => {
            const inputs = fromStruct(call.request.getProperties());
            const { id, state } = await operate(call, (operation) => command.create(inputs, operation));
            return new rpc.CreateResponse().setId(id).setProperties(toStruct(state));
        }),
        // a command leaves nothing behind that could be read
        read: unary(({ request }: Call<rpc.ReadRequest>) =>
            new rpc.ReadResponse()
                .setId(request.getId())
                .setProperties(request.getProperties())
                .setInputs(request.getInputs()),
        ),
        update: unary(async (call: Call<rpc.UpdateRequest>) => {
            const old = fromStruct(call.request.getOlds());
            const inputs = fromStruct(call.request.getNews());
            const state = await operate(call, (operation) => command.update(old, inputs, operation));
            return new rpc.UpdateResponse().setProperties(toStruct(state));
        }),
        delete: unary(async (call: Call<rpc.DeleteRequest>) => {
            const state = fromStruct(call.request.getProperties());
            await operate(call, (operation) => command.delete(state, operation));
            return new Empty();
        }),
    };
}

type Call<Request> = ServerUnaryCall<Request, unknown>;

const unary =
    <Request>(handle: (call: Call<Request>) => unknown): handleUnaryCall<Request, unknown> =>
    (call, callback) => {
        Promise.resolve(call)
            .then(handle)
            .then(
                (response) => callback(null, response),
                (error: Error) => callback({ code: status.UNKNOWN, details: error.message }),
            );
    };

function diffResponse(changes: ReturnType<typeof diff>): rpc.DiffResponse {
    const kinds = rpc.PropertyDiff.Kind;
    const response = new rpc.DiffResponse();
    const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
    response.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
    response.setHasdetaileddiff(true);
    const topOf = (path: string): string => /^\w+/.exec(path)?.[0] ?? path;
    const paths = [...changes.keys()];
    response.setDiffsList([...new Set(paths.map(topOf))]);
    response.setReplacesList([...new Set(paths.filter(replaces).map(topOf))]);
    for (const [path, change] of changes) {
        const kind = {
            add: replaces(path) ? kinds.ADD_REPLACE : kinds.ADD,
            delete: replaces(path) ? kinds.DELETE_REPLACE : kinds.DELETE,
            update: replaces(path) ? kinds.UPDATE_REPLACE : kinds.UPDATE,
        }[change];
        response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kind).setInputdiff(true));
    }
    return response;
}

const fromStruct = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};

const toStruct = (properties: Properties): Struct =>
    Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
