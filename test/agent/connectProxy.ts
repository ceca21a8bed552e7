import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";

/** An HTTP proxy that knows CONNECT only, and connects each client to the same port of 127.0.0.1. */
export class ConnectProxy {
    readonly asked: string[] = [];
    private readonly server: Server = createServer();
    private readonly sockets = new Set<Socket>();
    private refuses = false;

    private constructor(
        private readonly target: number,
        private readonly source: string,
    ) {
        this.server.on("connect", (request, client: Socket) => this.accept(request.url!, client));
    }

    /** @param source the address that the target sees */
    static async open(target: number, source: string): Promise<ConnectProxy> {
        const proxy = new ConnectProxy(target, source);
        await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
        return proxy;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    /** Ends open connections too. */
    refuse(refuses: boolean): void {
        this.refuses = refuses;
        this.sockets.forEach((socket) => socket.destroy());
        this.sockets.clear();
    }

    close(): void {
        this.refuse(true);
        this.server.close();
    }

    private accept(url: string, client: Socket): void {
        this.asked.push(url);
        if (this.refuses) {
            client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            return;
        }
        const there = connect({ port: this.target, host: "127.0.0.1", localAddress: this.source }, () => {
            client.write("HTTP/1.1 200 Connection established\r\n\r\n");
            client.pipe(there).pipe(client);
        });
        for (const [socket, other] of [
            [client, there],
            [there, client],
        ]) {
            this.sockets.add(socket);
            socket.on("error", () => other.destroy()).on("close", () => other.destroy());
        }
    }
}
