/** The packages of a new server, as in a stock image: an init, SSH, cloud-init, and usual tools. */
export const INSTALLED = [
    "bash-completion",
    "ca-certificates",
    "cloud-init",
    "curl",
    "dbus",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "libpam-systemd",
    "netbase",
    "nftables",
    "openssh-server",
    "procps",
    "psmisc",
    "python3",
    "sudo",
    "systemd-sysv",
    "tzdata",
];

/**
 * The packages that `apt-get install` finds in a server, besides their dependencies. A suite offers those that it has.
 */
export const OFFERED = [
    "conntrack",
    "haproxy",
    "hcloud-cli",
    "iperf3",
    "jq",
    "keepalived",
    "nginx",
    "nginx-light",
    "tcpdump",
];
