import type * as pulumi from "@pulumi/pulumi";
import type { AliasFollows } from "./spec/aliasFollows";
import type { Timing } from "./spec/timing";

/** The arguments of a FailoverPair. Every problem in them is reported at once, before anything is made. */
export interface FailoverPairArgs {
    /**
     * The IPv4 addresses that survive a node, one to five (the cloud's limit of alias IPs a server). They lie in the
     * pair's subnet and belong to no server. Others may come and go while the pair serves, without an outage of those
     * that stay; the first one stays the first for ever: the pair is known by it, and other arguments' defaults follow.
     */
    virtualIps: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * The API token that the nodes move the virtual IPs with: 64 letters and digits, with write permission, of the
     * project the servers are in. It is kept secret, and stored on the nodes in one file that only root can read.
     */
    token: pulumi.Input<string>;

    /** The private SSH key, without a passphrase, that the nodes are set up with as root. Kept secret. */
    sshPrivateKey: pulumi.Input<string>;

    /**
     * The public part of `sshPrivateKey`, in the form of an authorized_keys line; the pair puts it into the cloud. A
     * project can hold a key only once: pairs that share a key are given it by `sshKeys`.
     */
    sshPublicKey?: pulumi.Input<string>;

    /** Ids or names of SSH keys that are in the cloud already. Only a new server gets them. Default: none. */
    sshKeys?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * Public keys, as authorized_keys lines, that may log in as root besides that of `sshPrivateKey` and `sshPublicKey`.
     * All of them are kept up to date on servers that are there; lines of somebody else stay. A new key needs two updates:
     * one that lets it in, and one that uses it. Default: none.
     */
    authorizedKeys?: pulumi.Input<pulumi.Input<string>[]>;

    /** CIDR ranges that may open SSH connections to the nodes, the program's own machine among them. Default: all. */
    sshSources?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * A jump host through which the nodes are reached, for a program whose machine `sshSources` does not let in.
     * Default: none.
     */
    sshProxy?: pulumi.Input<FailoverSshProxyArgs>;

    /**
     * Firewalls that the nodes get besides the pair's own, which lets in SSH and ICMP only. They concern the public
     * addresses: the cloud does not filter a private network. Default: none.
     */
    firewallIds?: pulumi.Input<pulumi.Input<string>[]>;

    /** An existing network. Default: the pair makes one. */
    networkId?: pulumi.Input<string>;

    /**
     * The range of the network, at least a /24 inside RFC 1918. Default: the /16 around the first virtual IP for a
     * network that the pair makes; of an existing network it is only used to check the addresses.
     */
    networkRange?: pulumi.Input<string>;

    /** An existing subnet of the network `networkId`. Default: the pair makes one. */
    subnetId?: pulumi.Input<string>;

    /**
     * The range of the subnet. Default: the /24 around the first virtual IP for a subnet that the pair makes; of an
     * existing subnet it is only used to check the addresses.
     */
    subnetRange?: pulumi.Input<string>;

    /**
     * An existing placement group of type spread for both nodes. Only a new server enters it: one that runs can neither
     * enter nor leave a group. Default: the pair makes one if the nodes' locations are given, or an argument is known only
     * later.
     */
    placementGroupId?: pulumi.Input<string>;

    /**
     * The two nodes. The first one has the higher VRRP priority, so it serves after both started at once; a node that
     * serves goes on serving when the other one comes back. Default: two with the defaults below.
     */
    nodes?: pulumi.Input<pulumi.Input<FailoverNodeArgs>[]>;

    /**
     * The server type of both nodes. Default: cx23, and ccx13 outside eu-central, where there is no cx23. A change powers
     * them off and on again, one after the other.
     */
    serverType?: pulumi.Input<string>;

    /**
     * The image of both nodes, by name: Debian 12–13 or Ubuntu 22.04–24.04. Default: debian-12. A change replaces the
     * servers, one after the other; what was on their disks is lost.
     */
    image?: pulumi.Input<string>;

    /**
     * Debian packages to install besides keepalived, if they are not there yet: NAME, NAME:ARCHITECTURE, or NAME=VERSION
     * for exactly that version; apt has to know the very name. Another one of keepalived restarts it, so the address moves when the node that serves gets it. Default: none.
     */
    packages?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * A bash script that sets the service up, run as root with `-eu` after the packages are there, and again whenever
     * it is changed, so it has to be repeatable. It runs on the second node first. Default: none.
     */
    installScript?: pulumi.Input<string>;

    /**
     * The systemd unit that the virtual IP stands for, such as nginx.service: when it stops, the other node takes over
     * at once. Default: none, then only `checks` and the death of a node count.
     */
    service?: pulumi.Input<string>;

    /** Further checks; a node with a failing one does not serve. Default: none. */
    checks?: pulumi.Input<pulumi.Input<FailoverCheckArgs>[]>;

    /** How fast a dead node is noticed. Default: balanced. */
    timing?: pulumi.Input<Timing>;

    /**
     * Whether a node that has the alias but does not serve carries the packets to the one that does, through a tunnel
     * between their private addresses (VXLAN on UDP port 24789). A service that stops and a node that is drained then cost
     * a tenth of a second instead of two changes by the API. Default: true; false leaves no trace of it on the nodes.
     */
    bridge?: pulumi.Input<boolean>;

    /**
     * The ports that clients reach the virtual IPs at, such as "80/tcp" and "53/udp", 16 at most. Before the pair relies on
     * the bridge, it makes sure that each TCP port can be reached that way. Default: what the unit `service` listens on and
     * what the node's own rules publish, of a container for example.
     */
    ports?: pulumi.Input<pulumi.Input<string>[]>;

    /** When the alias follows to the node that serves, while the other one carries. Default: afterGrace. */
    aliasFollows?: pulumi.Input<AliasFollows>;

    /** The whole seconds, 1 to 86400, that `aliasFollows: afterGrace` waits. Default: 30. */
    graceSeconds?: pulumi.Input<number>;

    /** The VRRP router id, 1–255. Default: derived from the first virtual IP. A change pauses the address for 1–3 s. */
    virtualRouterId?: pulumi.Input<number>;

    /** Labels for everything the pair makes in the cloud; `failover-pair` with the pair's name is always there. */
    labels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;

    /**
     * Makes the cloud refuse to delete or rebuild the servers, for anybody; `up` then refuses to replace one as well.
     * Pulumi's own option `protect` on the pair keeps `destroy` from all of it. Default: false.
     */
    deletionProtection?: pulumi.Input<boolean>;

    /** The cloud's API as the nodes reach it, https and ending in /v1. Default: https://api.hetzner.cloud/v1. */
    apiEndpoint?: pulumi.Input<string>;

    /** Certificates (PEM) that the nodes trust for the API, in place of the system's. Default: the system's. */
    apiCa?: pulumi.Input<string>;

    /** An HTTP proxy through which the nodes reach the API, http://host:port. Default: none. */
    apiProxy?: pulumi.Input<string>;
}

/** One of the two nodes of a pair. */
export interface FailoverNodeArgs {
    /** The server's name and its host name. Default: the pair's name followed by 0 or 1. */
    name?: pulumi.Input<string>;

    /** The location: nbg1, fsn1, hel1, ash, hil or sin, both in one network zone. Default: nbg1 for the first, fsn1. */
    location?: pulumi.Input<string>;

    /** The node's own address in the subnet. Default: the first two addresses behind the first virtual IP. */
    address?: pulumi.Input<string>;

    /** The server type of this node alone. */
    serverType?: pulumi.Input<string>;

    /** The image of this node alone. */
    image?: pulumi.Input<string>;

    /**
     * The public SSH host key that the server of this node shows: the line of its /etc/ssh/ssh_host_ed25519_key.pub. It is
     * for a server that the pair did not make, and for one whose host key was changed by others. Default: none, then a server
     * that is taken into the pair is believed at the first contact, and a warning says so. One that the pair makes gets a
     * host key with its first boot, and is known by it.
     */
    hostKey?: pulumi.Input<string>;
}

/** An SSH server from which the nodes can be reached. */
export interface FailoverSshProxyArgs {
    /** Its address or name. */
    host: pulumi.Input<string>;

    /** The port of its SSH server. Default: 22. */
    port?: pulumi.Input<number>;

    /** Who logs in there. Default: root. */
    user?: pulumi.Input<string>;

    /** The private SSH key, without a passphrase, that it lets in. Kept secret. Default: `sshPrivateKey`, unless there is a password. */
    privateKey?: pulumi.Input<string>;

    /** A password that it lets in. Kept secret. Default: none. */
    password?: pulumi.Input<string>;

    /** Its public SSH host key. Default: any is believed; the nodes are known by their own. */
    hostKey?: pulumi.Input<string>;
}

/** A check that runs on both nodes; it has either a `command` or an `httpUrl`. */
export interface FailoverCheckArgs {
    /** Letters, digits, - and _; unique in the pair. */
    name: pulumi.Input<string>;

    /** A bash command line, run as root; exit code 0 is good. */
    command?: pulumi.Input<string>;

    /** An http or https URL that has to answer a GET with a status of 200–399, such as http://127.0.0.1/health. */
    httpUrl?: pulumi.Input<string>;

    /** Whole seconds from one run to the next. Default: 1. */
    interval?: pulumi.Input<number>;

    /** Whole seconds after which a run counts as failed: at most `interval`, or 60 divided by `fall`. Default: 2. */
    timeout?: pulumi.Input<number>;

    /** Good runs in a row after which a failed node may serve again. Default: 2. */
    rise?: pulumi.Input<number>;

    /** Failed runs in a row after which the node stops serving. Default: 3. */
    fall?: pulumi.Input<number>;
}
