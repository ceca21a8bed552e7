import type { Client } from "ssh2";

/** Thrown for a variable that the server refused. */
export class Refused extends Error {}

export const explanation = (key: string): string =>
    `Unable to set '${key}'. This only works if your SSH server is configured to accept it by AcceptEnv. With a ` +
    "Bash-like shell on the remote host, the command itself can set variables in the form 'VAR=value command'.";

/**
 * Asks whether the server accepts a variable. ssh2 requests an answer only when it opens an SFTP channel, so this opens
 * one. A server without SFTP answers the question before it refuses the channel.
 */
export async function probe(client: Client, key: string, value: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        const answer = (error: Error | undefined, channel?: { end(): void }): void => {
            channel?.end();
            if (error?.message === "Unable to set environment") {
                reject(new Refused(`could not set environment variable ${JSON.stringify(key)}: ssh: setenv failed`));
            } else {
                resolve();
            }
        };
        const sftp = client.sftp.bind(client) as unknown as (env: object, callback: typeof answer) => void;
        sftp({ [key]: value }, answer);
    });
}
