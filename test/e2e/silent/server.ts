/**
 * An SSH server at port 22 of its network namespace. With `greeting` it is silent from the beginning. With `command` it
 * accepts every login, and is silent from the first command on, on old and new connections.
 */
import { createServer, type Socket } from "net";
import { Server, utils } from "ssh2";

const from = process.argv[2];
let frozen = from === "greeting";
const ssh = new Server({ hostKeys: [utils.generateKeyPairSync("ed25519").private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => context.accept());
    client.on("session", (accept) => accept().on("exec", () => (frozen = true)));
});
createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    if (!frozen) {
        ssh.injectSocket(socket);
    }
}).listen(22, "127.0.0.1", () => console.log("listens"));
