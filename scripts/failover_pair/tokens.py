"""`alias-switch check-token` and `set-token`: a token replaces another one only if it works."""

from __future__ import annotations

import os
import sys

from failover_pair import runfiles
from failover_pair.api.client import new_api
from failover_pair.api.errors import ApiError
from failover_pair.api.token import GivenToken, Token, token_from_stdin
from failover_pair.journal import safe, scrub
from failover_pair.runfiles import write_atomically

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    import argparse

    from failover_pair.config import Config


def examine(config: Config, token: str) -> tuple[int, str]:
    """(exit code, sentence): 0 good, 1 not good, 2 cannot be told. The write permission is tried by giving this server
    the name that it has."""
    api = new_api(config, GivenToken(token))
    try:
        me = api.server(config.serverId)
        api.call("PUT", "/servers/%d" % config.serverId, {"name": me.name})
        if me.address != config.address:
            return 1, "this token is of another project: server %d has not %s" % (config.serverId, config.address)
        with_peer = "" if api.server_at(config.peerAddress) else "; there is no peer at %s" % config.peerAddress
        return 0, "the token is good: it reads and writes server %s%s" % (me.name, with_peer)
    except ApiError as error:
        reasons = {
            "token-refused": "the API refuses this token",
            "token-read-only": "this token may only read; make one with read and write permission",
            "not-found": "this token is of another project: it knows no server %d" % config.serverId,
        }
        if error.cause in reasons:
            return 1, "%s (%s)" % (reasons[error.cause], error)
        return 2, "the token could not be checked: %s" % error


def check_token(config: Config, options: argparse.Namespace) -> int:
    try:
        token = token_from_stdin() if options.stdin else Token(config.tokenFile).get()
    except (ValueError, ApiError) as error:
        print(error, file=sys.stderr)
        return 1
    code, text = examine(config, token)
    print(safe(scrub(text)), file=sys.stderr if code else sys.stdout)
    return code


def set_token(config: Config, _options: argparse.Namespace) -> int:
    """The old token stays unless the new one is known to work."""
    try:
        token = token_from_stdin()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    code, text = examine(config, token)
    if code:
        print(safe(scrub("%s; the token was not replaced" % text)), file=sys.stderr)
        return code
    os.makedirs(os.path.dirname(config.tokenFile), mode=0o755, exist_ok=True)
    write_atomically(config.tokenFile, token + "\n", 0o400, runfiles.owner(config.runDir))
    print(safe(scrub(text)))
    return 0
