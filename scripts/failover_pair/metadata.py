"""The server's metadata service: this node's aliases, without a token and without quota."""

from __future__ import annotations

from failover_pair import shapes, wire
from failover_pair.api import documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.config import Config


def metadata_aliases(config: Config) -> list[str] | None:
    """The aliases of this node's NIC by the metadata service: no token, no quota. None if it does not tell."""
    try:
        text = wire.get(config.metadata.rstrip("/") + "/private-networks", 1.0, 1 << 16)
        return None if text is None else parse_metadata(text.decode(), config)
    except (OSError, ValueError):
        return None


def parse_metadata(text: str, config: Config) -> list[str] | None:
    try:
        return aliases_by_metadata(text, config.networkId, config.address)
    except shapes.Odd:
        return None


def networks(text: str) -> list[dict[str, Any]]:
    """The metadata's YAML list of private networks as {name: text or list of texts}, as far as its known shape goes:
    scalars and lists of scalars, in either style. Raises Odd."""
    found: list[dict[str, Any]] = []
    key = ""
    for line in text.splitlines():
        if line.startswith("- ") and ":" in line:
            found.append({})
            line = "  " + line[2:]
        bare = line.strip()
        if not found or not bare:
            continue
        if bare.startswith("- "):
            entries = found[-1].setdefault(key, [])
            if not key or type(entries) is not list:
                raise shapes.Odd("a list without a name")
            entries.append(unquoted(bare[2:]))
            continue
        key, _, value = bare.partition(":")
        value = value.strip()
        if value.startswith("["):
            found[-1][key] = [unquoted(one) for one in value.strip("[]").split(",") if one.strip()]
        elif value:
            found[-1][key] = unquoted(value)
    return found


def unquoted(word: str) -> str:
    return word.strip().strip("\"'")


def aliases_by_metadata(text: str, network_id: int, address: str) -> list[str] | None:
    """The aliases of the NIC that is in this network or has this address; None if there is no such NIC. Raises Odd."""
    for network in networks(text):
        if network.get("network_id") == str(network_id) or network.get("ip") == address:
            return documents.addresses(network.get("alias_ips", []))
    return None
