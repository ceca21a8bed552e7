import type * as pulumi from "@pulumi/pulumi";
import type { AliasFollows } from "./spec/aliasFollows";
import type { Timing } from "./spec/timing";

/** The arguments of a FailoverPair. All problems in them are reported together, before anything is created. */
export interface FailoverPairArgs {
    /**
     * The virtual IPs: one to five IPv4 addresses (the cloud's limit of alias IPs per server) in the pair's subnet that
     * belong to no server. The first address identifies the pair, sets the defaults of other arguments and must not
     * change. Others can be added and removed without an outage of the remaining ones.
     */
    virtualIps: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * The API token with which the nodes move the virtual IPs: 64 letters and digits, with write permission, from the
     * project of the servers. It is a secret, and is stored on the nodes in one file that only root can read.
     */
    token: pulumi.Input<string>;

    /** The private SSH key, without a passphrase, with which the program logs in to the nodes as root. A secret. */
    sshPrivateKey: pulumi.Input<string>;

    /**
     * The public part of `sshPrivateKey`, as an authorized_keys line; the pair adds it to the cloud project. A project
     * can have a key only once, so pairs that share a key name it in `sshKeys`.
     */
    sshPublicKey?: pulumi.Input<string>;

    /** Ids or names of SSH keys that exist in the cloud project. Only a new server gets them. Default: none. */
    sshKeys?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * Public keys, as authorized_keys lines, that can log in as root besides the keys of `sshPrivateKey` and
     * `sshPublicKey`. The pair keeps its keys up to date on existing servers and leaves other lines of the file alone.
     * Changing the key takes two updates: one that adds the new key, and one that uses it. Default: none.
     */
    authorizedKeys?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * CIDR ranges that can open SSH connections to the nodes; the program's own machine must be in one. Default: all.
     */
    sshSources?: pulumi.Input<pulumi.Input<string>[]>;

    /** A jump host through which the program reaches the nodes, for a machine outside `sshSources`. Default: none. */
    sshProxy?: pulumi.Input<FailoverSshProxyArgs>;

    /**
     * Ids of firewalls to add to the pair's own, which allows only SSH and ICMP. They filter the public addresses: the
     * cloud does not filter a private network. Default: none.
     */
    firewallIds?: pulumi.Input<pulumi.Input<string>[]>;

    /** The id of an existing network. Default: the pair creates one. */
    networkId?: pulumi.Input<string>;

    /**
     * The range of the network, at least a /24 inside RFC 1918. For an existing network it is only used to check the
     * addresses. Default: the /16 around the first virtual IP for a network that the pair creates.
     */
    networkRange?: pulumi.Input<string>;

    /** The id of an existing subnet of the network `networkId`. Default: the pair creates one. */
    subnetId?: pulumi.Input<string>;

    /**
     * The range of the subnet. For an existing subnet it is only used to check the addresses. Default: the /24 around
     * the first virtual IP for a subnet that the pair creates.
     */
    subnetRange?: pulumi.Input<string>;

    /**
     * The id of an existing placement group of type spread for both nodes. Only a new server joins it: a running server
     * can neither join nor leave a group. Default: the pair creates one if the nodes' locations are given, or an
     * argument is known only later.
     */
    placementGroupId?: pulumi.Input<string>;

    /**
     * The two nodes. The first one has the higher VRRP priority, so it serves when both start together. A serving node
     * keeps serving when the other one comes back. Default: two nodes with the defaults below.
     */
    nodes?: pulumi.Input<pulumi.Input<FailoverNodeArgs>[]>;

    /**
     * The server type of both nodes. A change powers the nodes off and on again, one after the other. Default: cx23 in
     * eu-central, ccx13 in other network zones, which do not offer cx23.
     */
    serverType?: pulumi.Input<string>;

    /**
     * The image of both nodes, by name: Debian 12–13 or Ubuntu 22.04–24.04. A change replaces the servers, one after
     * the other, and the data on their disks is lost. Default: debian-12.
     */
    image?: pulumi.Input<string>;

    /**
     * Debian packages to install besides keepalived, unless they are installed already: NAME, NAME:ARCHITECTURE, or
     * NAME=VERSION for exactly that version, under the name that apt knows. Another version of keepalived restarts it,
     * so the address moves when the serving node gets it. Default: none.
     */
    packages?: pulumi.Input<pulumi.Input<string>[]>;

    /**
     * A bash script that sets up the service. It runs as root with `-eu` after the packages are installed, on the
     * second node first, and again after each change of it, so it must be repeatable. Default: none.
     */
    installScript?: pulumi.Input<string>;

    /**
     * The systemd unit behind the virtual IP, such as nginx.service: when it stops, the other node takes over at once.
     * Default: none; then only failing `checks` or a dead node cause a failover.
     */
    service?: pulumi.Input<string>;

    /** Further checks. A node with a failing check does not serve. Default: none. */
    checks?: pulumi.Input<pulumi.Input<FailoverCheckArgs>[]>;

    /** How fast a dead node is detected. Default: balanced. */
    timing?: pulumi.Input<Timing>;

    /**
     * Whether a node that has the alias but does not serve forwards the packets to the serving node, through a tunnel
     * between their private addresses (VXLAN on UDP port 24789). An outage then takes a tenth of a second instead of
     * two changes by the API when a service stops or a node is drained. With false, nothing of it is on the nodes.
     * Default: true.
     */
    bridge?: pulumi.Input<boolean>;

    /**
     * The ports at which clients reach the virtual IPs, such as "80/tcp" and "53/udp", at most 16. The pair relies on
     * the bridge only if it reaches each TCP port through it. Default: the ports on which the unit `service` listens,
     * and ports that the node's own rules publish, for a container for example.
     */
    ports?: pulumi.Input<pulumi.Input<string>[]>;

    /** When the alias moves to the serving node while the other node forwards its packets. Default: afterGrace. */
    aliasFollows?: pulumi.Input<AliasFollows>;

    /** How long `aliasFollows: afterGrace` waits, in whole seconds from 1 to 86400. Default: 30. */
    graceSeconds?: pulumi.Input<number>;

    /**
     * The VRRP router id, 1–255. A change interrupts the address for 1–3 s. Default: derived from the first virtual IP.
     */
    virtualRouterId?: pulumi.Input<number>;

    /**
     * Labels for everything that the pair creates in the cloud, besides the label `failover-pair` with the pair's name.
     * Default: none.
     */
    labels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;

    /**
     * Makes the cloud refuse every request to delete or rebuild the servers, so `up` cannot replace one either.
     * Pulumi's own option `protect` on the pair protects all of it from `destroy`. Default: false.
     */
    deletionProtection?: pulumi.Input<boolean>;

    /**
     * The URL at which the nodes reach the cloud's API: https, and ending in /v1. Default:
     * https://api.hetzner.cloud/v1.
     */
    apiEndpoint?: pulumi.Input<string>;

    /** Certificates (PEM) that the nodes trust for the API instead of the system's. Default: the system's. */
    apiCa?: pulumi.Input<string>;

    /** The HTTP proxy through which the nodes reach the API, as http://host:port. Default: none. */
    apiProxy?: pulumi.Input<string>;
}

/** One of the two nodes of a pair. */
export interface FailoverNodeArgs {
    /** The name of the server, and its host name. Default: the pair's name followed by 0 or 1. */
    name?: pulumi.Input<string>;

    /**
     * The location: nbg1, fsn1, hel1, ash, hil or sin. Both nodes must be in one network zone. Default: nbg1 for the
     * first node, fsn1 for the second.
     */
    location?: pulumi.Input<string>;

    /** The node's own address in the subnet. Default: the first two addresses after the first virtual IP. */
    address?: pulumi.Input<string>;

    /** The server type of this node only. */
    serverType?: pulumi.Input<string>;

    /** The image of this node only. */
    image?: pulumi.Input<string>;

    /**
     * The public SSH host key of this node's server: the line of its /etc/ssh/ssh_host_ed25519_key.pub. Set it for a
     * server that the pair did not create, and after a change of the host key. Default: none; then the pair trusts the
     * first key that an imported server shows and prints a warning. A server that the pair creates gets a known host
     * key at its first boot.
     */
    hostKey?: pulumi.Input<string>;
}

/** A jump host: an SSH server from which the nodes can be reached. */
export interface FailoverSshProxyArgs {
    /** The address or name of the jump host. */
    host: pulumi.Input<string>;

    /** The port of the jump host's SSH server. Default: 22. */
    port?: pulumi.Input<number>;

    /** The user that logs in to the jump host. Default: root. */
    user?: pulumi.Input<string>;

    /**
     * The private SSH key for the jump host, without a passphrase. A secret. Default: `sshPrivateKey`, unless there is
     * a password.
     */
    privateKey?: pulumi.Input<string>;

    /** The password for the jump host. A secret. Default: none. */
    password?: pulumi.Input<string>;

    /**
     * The jump host's public SSH host key. Default: any key is accepted; the nodes' own host keys are checked in any
     * case.
     */
    hostKey?: pulumi.Input<string>;
}

/** A check that runs on both nodes. It has exactly one of `command` and `httpUrl`. */
export interface FailoverCheckArgs {
    /** The check's name: letters, digits, - and _. It is unique in the pair. */
    name: pulumi.Input<string>;

    /** A bash command line that runs as root. Exit code 0 means success. */
    command?: pulumi.Input<string>;

    /** An http or https URL that must answer a GET with a status of 200–399, such as http://127.0.0.1/health. */
    httpUrl?: pulumi.Input<string>;

    /** The interval between two runs, in whole seconds. Default: 1. */
    interval?: pulumi.Input<number>;

    /**
     * The time after which a run counts as failed, in whole seconds: at most `interval`, or 60 divided by `fall`.
     * Default: 2.
     */
    timeout?: pulumi.Input<number>;

    /** How many successful runs in a row let a failed node serve again. Default: 2. */
    rise?: pulumi.Input<number>;

    /** How many failed runs in a row stop the node from serving. Default: 3. */
    fall?: pulumi.Input<number>;
}
