/** Where things are on a node; scripts/node/ knows the same paths. */
export const LIB = "/usr/local/lib/failover-pair";
export const ETC = "/etc/failover-pair";
export const RUN = "/run/failover-pair";

/** The program that a check runs as. */
export function checkPath(name: string): string {
    return `${LIB}/checks/${name}`;
}
