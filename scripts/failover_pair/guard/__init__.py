"""The service `guard`: one table of nftables before keepalived, the tunnel and the agent."""
