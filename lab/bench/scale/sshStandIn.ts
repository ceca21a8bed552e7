/**
 * One SSH server that stands in for all nodes. It accepts the key, reads the input of each command, and reports
 * success.
 */
import { createServer } from "net";
import { Server, utils, type AuthContext, type Connection, type ParsedKey, type ServerChannel } from "ssh2";
import { newSshKey } from "../../stack/sshKey";

/**
 * @param publicKey The accepted key.
 * @param bootstrapKey The host key of the node at this address at its first boot, which the pair's steps remove.
 */
export function startSshStandIn(publicKey: string, bootstrapKey: (address: string) => string): Promise<void> {
    const hostKey = newSshKey();
    const [type, base64] = hostKey.public.split(" ");
    const known = utils.parseKey(publicKey);
    if (known instanceof Error) {
        throw known;
    }
    const met = new Set<string>();
    const server = createServer((socket) => {
        const address = socket.localAddress!;
        const hostKeys = met.has(address) ? [hostKey.private] : [hostKey.private, bootstrapKey(address)];
        const meet = () => met.add(address);
        new Server({ hostKeys }, (connection) => serve(connection, known, `${type} ${base64}\n`, meet)).injectSocket(
            socket,
        );
    });
    return new Promise((resolve) => server.listen(22, "0.0.0.0", resolve));
}

function serve(connection: Connection, known: ParsedKey, hostKeyLine: string, meet: () => void): void {
    // missing in the types; without it each small packet of the handshake waits for the previous one
    (connection as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => (isKnown(context, known) ? context.accept() : context.reject()));
    connection.on("session", (accept) => {
        accept().on("exec", (acceptExec, _reject, { command }) => {
            if (command.includes("rm -f /etc/ssh/ssh_host_ecdsa_key")) {
                meet();
            }
            // the step that waits for a node prints its host key; the output of the other steps is ignored
            answer(acceptExec(), command.includes("ssh_host_ed25519_key.pub") ? hostKeyLine : "");
        });
    });
}

function isKnown(context: AuthContext, known: ParsedKey): boolean {
    return (
        context.method === "publickey" &&
        context.key.data.equals(known.getPublicSSH()) &&
        (context.signature === undefined || known.verify(context.blob ?? "", context.signature) === true)
    );
}

function answer(channel: ServerChannel, stdout: string): void {
    channel.resume().on("end", () => {
        channel.write(stdout);
        channel.exit(0);
        channel.end();
    });
}
