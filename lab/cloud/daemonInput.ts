/** An open handle of the network that the daemon was started from: an image that has to be built comes through it, and nothing else. */
export const MACHINE_NETWORK_FD = 9;

/** What the daemon reads from its standard input. */
export interface DaemonInput {
    latencyMs: number;
    actionMs: number;
    date: string | null;
}
