import type { AddressInfo, Socket } from "node:net";
import { createServer as createPlainServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Certificate } from "../../lab/agent/cloudSide";

/** Answers a request. It gets the path, and the socket to answer on. */
export type Behaviour = (path: string, socket: Socket) => void;

export interface HostileServer {
    port: number;
    /** The number of requests so far. */
    asked: number;
    close(): void;
}

/** Speaks TLS only with a certificate. */
export async function hostileServer(behaviour: Behaviour, identity?: Certificate): Promise<HostileServer> {
    const sockets = new Set<Socket>();
    const found: HostileServer = { port: 0, asked: 0, close: () => undefined };
    const accept = (socket: Socket): void => {
        sockets.add(socket);
        socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
        socket.on("data", (data) => {
            found.asked++;
            behaviour(data.toString("latin1").split(" ")[1] ?? "", socket);
        });
    };
    const server = identity ? createTlsServer({ ...identity }, accept) : createPlainServer(accept);
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    found.port = (server.address() as AddressInfo).port;
    found.close = (): void => {
        server.close();
        sockets.forEach((socket) => socket.destroy());
    };
    return found;
}

export function answer(body: string, status = "200 OK", headers = ""): Behaviour {
    const data = Buffer.from(body);
    return (_, socket) =>
        void socket.write(
            Buffer.concat([
                Buffer.from(`HTTP/1.1 ${status}\r\n${headers}Content-Length: ${data.length}\r\n\r\n`),
                data,
            ]),
        );
}

/** Sends a start, and then a piece again and again until the client closes the connection. */
export function drip(start: string, piece: string, everyMs: number): Behaviour {
    return (_, socket) => {
        socket.write(start);
        const timer = setInterval(() => socket.write(piece), everyMs);
        socket.on("close", () => clearInterval(timer));
    };
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const NIC = '{"network": 1, "ip": "10.0.1.2", "alias_ips": []}';

/** Lists whose pages never end; each request for a single server gets 404. */
const endlessPages: Behaviour = (path, socket) => {
    const page = Number(/page=(\d+)$/.exec(path)?.[1] ?? 0);
    const member = '{"type": "server", "id": 9, "ip": "10.0.1.99", "alias_ips": []}';
    const body = `{"members": [${member}], "meta": {"pagination": {"next_page": ${page + 1}}}}`;
    const missing = answer('{"error": {"code": "not_found", "message": "no such server"}}', "404 Not Found");
    (page > 0 ? answer(body) : missing)(path, socket);
};

/** Name of the behaviour, cause in the agent's log, behaviour. */
export const BEHAVIOURS: [string, string, Behaviour][] = [
    ["a page in HTML", "garbled", answer("<html>please log in</html>")],
    ["JSON that is nested deeply", "garbled", answer("[".repeat(200_000))],
    ["a number of a million digits", "garbled", answer(`{"server": ${"9".repeat(1_000_000)}}`)],
    ["ids as strings", "garbled", answer(`{"server": {"id": "2", "name": 5, "private_net": [${NIC}]}, "members": 5}`)],
    ["a quota that is not a number", "garbled", answer("[]", "200 OK", "RateLimit-Remaining: ²\r\n")],
    ["an error that is a string", "server-error", answer('{"error": "boom"}', "503 Unavailable")],
    [
        "a message that would forge a log line",
        "server-error",
        answer('{"error": {"code": "x", "message": "a\\n<2>forged\\u0000\\u001b[2J"}}', "500 Error"),
    ],
    ["pages without end", "garbled", endlessPages],
    ["one byte now and then", "network", drip(HEAD, " ", 300)],
    ["headers without end", "network", drip(HEAD, "A: b\r\n", 50)],
    [
        "informational answers without end",
        "network|garbled",
        drip("", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20), 50),
    ],
    ["a body without end", "garbled|network", drip(`${HEAD}\r\n`, " ".repeat(100_000), 5)],
    ["another protocol", "garbled", (_, socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n")],
    [
        "a connection that ends in the middle",
        "network",
        (_, socket) => void socket.end(`${HEAD}Content-Length: 9\r\n\r\n{`),
    ],
];
