import pulumi
import pulumi_failover_pair as failover_pair

config = pulumi.Config()

pair = failover_pair.FailoverPair(
    "web",
    virtual_ips=["10.9.1.1"],
    token=config.require_secret("token"),
    ssh_public_key=config.require("sshPublicKey"),
    ssh_private_key=config.require_secret("sshPrivateKey"),
    packages=["nginx-light"],
    service="nginx.service",
    nodes=[{"location": "hel1"}, {"location": "hel1", "server_type": "cx33"}],
    checks=[{"name": "http", "http_url": "http://127.0.0.1/", "fall": 2}],
    timing=failover_pair.Timing.FAST,
)

pulumi.export("nodes", pair.nodes)
pulumi.export("statusCommand", pair.status_command)
