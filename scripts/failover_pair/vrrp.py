"""keepalived's notifications, and what its configuration says about adverts."""

from __future__ import annotations

import contextlib
import os
import re

from failover_pair.journal import log
from failover_pair.readers import read_text
from failover_pair.runfiles import make_fifo

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.config import Config


class Fifo:
    """keepalived's vrrp_notify_fifo. Opened for writing as well, so that it has no end when keepalived closes it."""

    def __init__(self, path: str) -> None:
        self.path, self.fd, self.rest, self.broken = path, -1, b"", False
        self.reopen_if_replaced()

    def reopen_if_replaced(self) -> None:
        """keepalived unlinks a FIFO that it made itself when it stops: never read on from the old one. Where there can
        be none, as on a full disk, the NIC tells everything."""
        try:
            with contextlib.suppress(FileNotFoundError):
                if self.fd >= 0 and os.path.samestat(os.stat(self.path), os.fstat(self.fd)):
                    return
            self.close()
            make_fifo(self.path)
            self.fd, self.rest = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW), b""
            self.broken = False
        except OSError as error:
            if not self.broken:
                log("no notifications of keepalived: %s" % error, 4)
            self.broken = True

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def lines(self) -> list[str]:
        data = b""
        with contextlib.suppress(BlockingIOError):
            while len(data) < 1 << 20:
                data += os.read(self.fd, 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.rest = self.rest[-4096:]
        return [line.decode("ascii", "replace") for line in lines]


STATES = ("MASTER", "BACKUP", "FAULT", "STOP")


def vrrp_event(line: str) -> str | None:
    """'INSTANCE "web" MASTER 250' → 'MASTER'; 'CLAIM' is the operator's; None for what is of no interest."""
    words = line.split('"')
    if line == "CLAIM":
        return line
    if len(words) != 3 or words[0].strip() != "INSTANCE" or not words[2].split():
        return None
    event = words[2].split()[0]
    return event if event in (*STATES, "MASTER_RX_LOWER_PRI") else None


def advert_interval(config: Config) -> float:
    """keepalived's advert_int, in seconds. The longest that the pair is offered where the file cannot be read."""
    conf = read_text(config.keepalivedConf, links=True) or ""
    found = re.search(r"^\s*advert_int\s+([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*$", conf, re.M)
    return float(found[1]) if found else 1.0


LISTENS_SECONDS = 3.1  # vrrp_startup_delay in keepalived.conf, for which keepalived only listens after its start
