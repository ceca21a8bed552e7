"""The API's and the metadata service's documents as checked values.

Each function takes whatever an answer held and returns what the agent works with, or raises: `shapes.Odd` for a document of
another shape, which a request makes `ApiError("garbled")`. Pure. Python 3.9 or newer, standard library only.
"""

import collections
import contextlib

import shapes
from journal import safe

MOST_PAGES = 40  # of 50 entries: 2,000 servers, where a network has room for 100
NUMBERED = ("running", "success", "error")  # the states of an action

Server = collections.namedtuple("Server", "id name status locked address aliases")
Member = collections.namedtuple("Member", "type id address aliases server")  # server: None if its details are not known


class ApiError(Exception):
    """`cause` decides how it is retried: see PAUSES."""

    def __init__(self, cause, text, retry_after=None):
        super().__init__(safe(text, 600))
        self.cause, self.retry_after = cause, retry_after


def is_locked(value):
    return value is not None and shapes.boolean(value)


addresses = shapes.list_of(shapes.ipv4, 1000)


def server(document, network_id):
    """A server, with its address and its aliases in this network; None and none if it is not in it."""
    found = shapes.fields(document, {"id": shapes.whole, "name": shapes.text, "status": shapes.text, "locked": is_locked})
    address, aliases = None, []
    for net in shapes.field(document, "private_net", shapes.list_of(shapes.mapping, 1000)):
        if shapes.field(net, "network", shapes.whole) == network_id:
            address, aliases = shapes.field(net, "ip", shapes.optional(shapes.ipv4)), shapes.field(net, "alias_ips", addresses)
            break
    return Server(*found.values(), address, aliases)


def member(document):
    """What is attached to a network: a server, a load balancer or something that is newer than this program."""
    kinds = {"type": shapes.text, "id": shapes.whole, "ip": shapes.optional(shapes.ipv4), "alias_ips": addresses}
    return Member(*shapes.fields(document, kinds).values(), None)


def page(document, name, number):
    """(the entries of a list's page, the number of the next page or None). Pages come to an end: their numbers grow, and only the
    last one may be empty."""
    entries = shapes.field(document, name, shapes.list_of(shapes.mapping, 1000))
    pagination = shapes.field(shapes.field(document, "meta", shapes.mapping), "pagination", shapes.mapping)
    following = shapes.field(pagination, "next_page", shapes.optional(shapes.whole))
    if following is not None and (following != number + 1 or not entries or following > MOST_PAGES):
        raise shapes.Odd("page %d of %s leads to page %d" % (number, name, following))
    return entries, following


def action(document):
    """{"id", "status"}, with "progress" and "error" as far as they are told."""
    told = shapes.field(document, "action", shapes.mapping)
    found = shapes.fields(told, {"id": shapes.whole, "status": shapes.one_of(*NUMBERED)})
    with contextlib.suppress(shapes.Odd):
        found["progress"] = shapes.field(told, "progress", shapes.whole)
    if found["status"] == "error":
        found["error"] = refusal(told)
    return found


def refusal(document):
    """The `error` of a document as {"code", "message"}: words for people, None for what is not told in words."""
    told = document.get("error") if type(document) is dict else None
    told = told if type(told) is dict else {}
    return {name: safe(told[name], 300) if type(told.get(name)) is str else None for name in ("code", "message")}


# ---- the metadata service --------------------------------------------------------------------------------------------


def networks(text):
    """The metadata's YAML list of private networks as {name: text or list of texts}, as far as its known shape goes: scalars and
    lists of scalars, in either style. Raises Odd."""
    found, key = [], None
    for line in text.splitlines():
        if line.startswith("- ") and ":" in line:
            found.append({})
            line = "  " + line[2:]
        bare = line.strip()
        if not found or not bare:
            continue
        if bare.startswith("- "):
            entries = found[-1].setdefault(key, [])
            if key is None or type(entries) is not list:
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


def unquoted(word):
    return word.strip().strip("\"'")


def aliases_by_metadata(text, network_id, address):
    """The aliases of the NIC that is in this network or has this address; None if there is no such NIC. Raises Odd."""
    for network in networks(text):
        if network.get("network_id") == str(network_id) or network.get("ip") == address:
            return addresses(network.get("alias_ips", []))
    return None
