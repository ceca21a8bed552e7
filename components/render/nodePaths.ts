/** Paths on a node. The programs of scripts/ use the same paths. */
export const LIB = "/usr/local/lib/failover-pair";
export const ETC = "/etc/failover-pair";
export const RUN = "/run/failover-pair";

/**
 * The program of a check. It is not under /usr/local, because on some hosts a group can write there, and keepalived
 * refuses programs in a folder that users besides root can write to.
 */
export function checkPath(name: string): string {
    return `${ETC}/checks/${name}`;
}
