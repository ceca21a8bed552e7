"""agent.json, which the agent leaves for `status` and for its own next start."""

from __future__ import annotations

from failover_pair import clock, readers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.config import Config


def saved_state(config: Config) -> dict[str, Any]:
    """agent.json by its fields, each of its kind or None."""
    saved = readers.read_fields(config.run("agent.json"), readers.SAVED)
    if saved["promotedAt"] is not None and saved["promotedAt"] > clock.now():
        saved["promotedAt"] = None  # of another boot
    return saved
