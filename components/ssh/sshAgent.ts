import { connect } from "net";

const SECONDS = 5;

/**
 * Why every step would fail because of the environment's SSH agent, or undefined. The command plugin connects to the
 * agent first and fails if nothing listens there, although it has a key and never asks the agent for one.
 */
export async function whyNotAgent(path = process.env.SSH_AUTH_SOCK): Promise<string | undefined> {
    const code = path ? await failure(path) : undefined;
    return code === undefined
        ? undefined
        : `no SSH agent listens at ${path} (${code}), and Pulumi's command plugin fails without it, even with a key: ` +
              "run `unset SSH_AUTH_SOCK`, or log in again so that it names a running agent";
}

function failure(path: string): Promise<string | undefined> {
    return new Promise((resolve) => {
        const socket = connect({ path });
        const end = (code?: string) => {
            clearTimeout(timer);
            socket.destroy();
            resolve(code);
        };
        const timer = setTimeout(() => end("silent"), SECONDS * 1000);
        socket.on("connect", () => end());
        socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    });
}
