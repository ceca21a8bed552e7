"""What is known of a server since an answer of the API, and whether it can be changed."""

from __future__ import annotations

from failover_pair import clock
from failover_pair.api.errors import ApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from failover_pair.api.documents import Server
    from failover_pair.config import Config
else:
    from failover_pair.records import NamedTuple

MOST_ALIASES = 5  # a NIC, by the cloud's documentation of its networks
# how old the API's word may be that nothing hinders a change, but for an API that is as slow itself
READING_SECONDS = 1.0
LEAVING = ("off", "stopping", "deleting", "rebuilding")  # states of a server that is not to be given anything


class Reading(NamedTuple):
    """A server as the API has described it, and when that answer came."""

    server: Server
    at: float

    def must_be_changeable(self, most: float = READING_SECONDS) -> None:
        """Raises ApiError unless this server can be changed now, by an answer that is at most so many seconds old."""
        if clock.now() - self.at > most:
            raise ApiError("stale", "what is known of server %s is older than %.1f s" % (self.server.name, most))
        if self.server.locked:
            raise ApiError("locked", "server %s is locked: another action runs on it" % self.server.name)

    def must_have_room(self, vips: list[str]) -> None:
        others = [alias for alias in self.server.aliases if alias not in vips]
        if len(others) + len(vips) > MOST_ALIASES:
            text = "server %s has %d other aliases, and a NIC has room for %d: remove some of them"
            raise ApiError("no-room", text % (self.server.name, len(others), MOST_ALIASES))


def must_be_attached(config: Config, me: Server) -> None:
    if me.address != config.address:
        text = "server %s (%d) has %s in network %d and not %s: run `pulumi up`"
        values = (me.name, me.id, me.address or "no address", config.networkId, config.address)
        raise ApiError("not-attached", text % values)
