/** What is on a server from the start, like on a stock image: an init, SSH, cloud-init, and what an administrator expects. */
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

/** What `apt-get install` finds in a server, besides all that these depend on. A suite that lacks one offers the others. */
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
