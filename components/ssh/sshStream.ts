import { connect } from "net";
import type { Duplex } from "stream";
import { Client } from "ssh2";
import { hostKeyFrom } from "./hostKeys";

/** A jump host, with every value known. */
export interface JumpHost {
    host: string;
    port: number;
    user: string;
    privateKey?: string;
    password?: string;
    /** Without it every host is accepted: the nodes' own host keys protect the connections through it. */
    hostKey?: string;
}

/** The target of a stream. */
export interface Destination {
    host: string;
    port: number;
    /** Through a jump host. */
    via?: JumpHost;
    /** How long it may take to open the stream. */
    seconds: number;
}

/** @returns an open stream, which the caller destroys; undefined if it could not be opened in time */
export function openStream({ host, port, via, seconds }: Destination): Promise<Duplex | undefined> {
    return via === undefined ? direct(host, port, seconds) : jump(via, host, port, seconds);
}

function direct(host: string, port: number, seconds: number): Promise<Duplex | undefined> {
    return new Promise((resolve) => {
        const socket = connect({ host, port });
        const end = (result?: Duplex) => {
            clearTimeout(timer);
            if (result === undefined) {
                socket.destroy();
            }
            resolve(result);
        };
        const timer = setTimeout(() => end(), seconds * 1000);
        socket.once("connect", () => end(socket));
        // this listener stays: "close" follows every later error
        socket.on("error", () => end());
    });
}

function jump(via: JumpHost, host: string, port: number, seconds: number): Promise<Duplex | undefined> {
    return new Promise((resolve) => {
        const client = new Client();
        const end = (result?: Duplex) => {
            clearTimeout(timer);
            if (result === undefined) {
                client.destroy();
            } else {
                result.once("close", () => client.destroy());
            }
            resolve(result);
        };
        const timer = setTimeout(() => end(), seconds * 1000);
        client.once("ready", () =>
            client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => end(error ? undefined : stream)),
        );
        client.on("error", () => end());
        client.on("close", () => end());
        client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
            finish(prompts.map(() => via.password ?? "")),
        );
        client.connect({
            host: via.host,
            port: via.port,
            username: via.user,
            privateKey: via.privateKey,
            password: via.password,
            tryKeyboard: via.password !== undefined,
            readyTimeout: seconds * 1000,
            ...(via.hostKey === undefined ? {} : pinned(via.hostKey)),
        });
    });
}

function pinned(hostKey: string) {
    const [type] = hostKey.split(" ");
    return {
        algorithms: { serverHostKey: [type as "ssh-ed25519"] },
        hostVerifier: (blob: Buffer) => hostKeyFrom(blob) === hostKey,
    };
}
