/** Where things are on a node; scripts/ knows the same paths. */
export const LIB = "/usr/local/lib/failover-pair";
export const ETC = "/etc/failover-pair";
export const RUN = "/run/failover-pair";

/**
 * The program that a check runs as. keepalived refuses one under a folder that others than root may write to, and on some
 * hosts a group may write to /usr/local.
 */
export function checkPath(name: string): string {
    return `${ETC}/checks/${name}`;
}
