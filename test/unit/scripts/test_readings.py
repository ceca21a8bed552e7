"""alias-switch: no alias is taken from a server unless both servers of the pair are known to be changeable."""

import contextlib
import json
import re
import types
import unittest

import programs  # noqa: F401
from failover_pair import clock
from failover_pair.api.client import Api, READING_SECONDS
from failover_pair.api.readings import Reading
from failover_pair.api.documents import Server
from failover_pair.api.errors import ApiError, PAUSES
from failover_pair.claiming import Claim
from failover_pair.timing import Timing

VIP = "10.0.1.1"


def server(number, **changes):
    values = dict(id=number, name="nginx%d" % number, status="running", locked=False, address="10.0.1.%d" % number, aliases=[])
    return Server(**dict(values, **changes))


class Taking(unittest.TestCase):
    def setUp(self):
        self.clock = 1000.0
        self.addCleanup(setattr, clock, "now", clock.now)
        clock.now = lambda: self.clock
        self.sent = []
        self.api = Api(types.SimpleNamespace(networkId=7, vips=[VIP]), None, None)
        self.api.call = lambda *what: self.sent.append(what) or {"action": {"id": 1, "status": "running"}}
        self.holder = server(3, aliases=[VIP, "10.0.1.9"])

    def take(self, own=None, peer=None, age=0.1):
        at = self.clock - age
        readings = [Reading(own or server(2), at), Reading(peer or self.holder, at)]
        return self.api.take_aliases(self.holder, [VIP], *readings)

    def refused(self, cause, **how):
        with self.assertRaises(ApiError) as raised:
            self.take(**how)
        self.assertEqual((raised.exception.cause, self.sent), (cause, []))
        self.assertIn(cause, PAUSES)

    def test_takes_only_the_unwanted(self):
        self.take()
        (method, path, body), = self.sent
        self.assertEqual((method, path), ("POST", "/servers/3/actions/change_alias_ips"))
        self.assertEqual(body, {"network": 7, "alias_ips": ["10.0.1.9"]})

    def test_not_while_one_of_the_two_is_locked(self):
        self.refused("locked", own=server(2, locked=True))
        self.refused("locked", peer=self.holder._replace(locked=True))

    def test_not_on_an_old_word(self):
        self.refused("stale", age=READING_SECONDS + 0.01)

    def test_an_api_that_takes_long_for_each_answer_does_not_outdate_its_own_word(self):
        channel = types.SimpleNamespace(url=types.SimpleNamespace(netloc="api"), request=self.slowly)
        api = Api(self.api.config, types.SimpleNamespace(get=lambda: "t" * 64), channel)
        taken = None
        for _ in range(3):
            own, peer = api.two_servers(2, 3)
            with contextlib.suppress(ApiError):
                taken = api.take_aliases(peer.server, [VIP], own, peer)
                break
        self.assertEqual(taken, {"id": 1, "status": "running"})

    def slowly(self, _method, path, _body, _headers):
        self.clock += 3.0
        number = int(path.split("/")[2])
        nic = {"network": 7, "ip": "10.0.1.%d" % number, "alias_ips": [VIP] if number == 3 else []}
        document = {"id": number, "name": "n", "status": "running", "locked": False, "private_net": [nic]}
        return 200, {}, json.dumps({"server": document, "action": {"id": 1, "status": "running"}})

    def test_not_from_a_server_that_was_not_read(self):
        self.refused("stale", peer=server(4))

    def test_room(self):
        full = [Reading(server(2, aliases=["10.0.2.%d" % i for i in range(count)]), 0) for count in (4, 5)]
        full[0].must_have_room([VIP])
        with self.assertRaises(ApiError):
            full[1].must_have_room([VIP])
        with self.assertRaises(ApiError):
            full[0].must_have_room([VIP, "10.0.1.4"])

    def test_nothing_else_sends_a_list_of_aliases(self):
        source = "".join(programs.source().values())
        self.assertEqual(source.count("/actions/change_alias_ips"), 1)
        self.assertEqual(len(re.findall(r"\.change_aliases\(", source)), 2, "take_aliases and add_aliases")


class Claiming(unittest.TestCase):
    """What a claim has to know of this server before it clears the peer."""

    def clear(self, **own):
        config = types.SimpleNamespace(address="10.0.1.2", networkId=7, vips=[VIP])
        taken = []
        api = types.SimpleNamespace(must_write=lambda: None, take_aliases=lambda *what: taken.append(what) or {"id": 1}, latency=0)
        claim = Claim(config, api, Timing(), None, 3, lambda: None, lambda _: None)
        try:
            holder = Reading(server(3, aliases=[VIP]), clock.now())
            claim.perform(claim.sequence.clear(Reading(server(2, **own), clock.now()), holder))
        except ApiError as error:
            self.assertEqual((taken, claim.sequence.taken_from), ([], None))
            return error.cause
        return len(taken)

    def test_it_can_take_the_alias(self):
        self.assertEqual(self.clear(), 1)
        self.assertEqual(self.clear(status="starting"), 1)

    def test_it_cannot(self):
        self.assertEqual(self.clear(address=None), "not-attached")
        self.assertEqual(self.clear(address="10.0.1.7"), "not-attached")
        self.assertEqual(self.clear(aliases=["10.0.2.%d" % i for i in range(5)]), "no-room")
        for status in ("off", "stopping", "deleting", "rebuilding"):
            self.assertEqual(self.clear(status=status), "not-ready")


class Members(unittest.TestCase):
    """Who is in the network, by either way of asking."""

    NICS = [("server", 2, "10.0.1.2", []), ("server", 5, "10.0.1.3", ["10.0.1.9"]), ("server", 6, "10.0.1.50", [])]

    def setUp(self):
        self.asked, self.balancer, self.known = [], [], True
        config = types.SimpleNamespace(serverId=2, networkId=7, address="10.0.1.2", peerAddress="10.0.1.3", vips=[VIP])
        config.ours = lambda aliases: [one for one in config.vips if one in aliases]
        self.api = Api(config, None, None)
        self.api.call = self.call
        self.claim = Claim(config, self.api, Timing(), types.SimpleNamespace(tell=lambda holder: None), None, None, None)

    def call(self, method, path, body=None):
        self.asked.append(path)
        nics = self.NICS + self.balancer
        pages = {"meta": {"pagination": {"next_page": None}}}
        if path.startswith("/networks/7/members"):
            if not self.known:
                raise ApiError("not-found", path)
            fields = ("type", "id", "ip", "alias_ips")
            return dict(pages, members=[dict(zip(fields, nic), subnet="10.0.1.0/24", status="ok") for nic in nics])
        servers = [self.server(*nic[1:]) for nic in nics if nic[0] == "server"]
        if path.startswith("/servers?"):
            return dict(pages, servers=servers)
        return {"server": next(one for one in servers if path == "/servers/%d" % one["id"])}

    @staticmethod
    def server(number, ip, aliases):
        nic = {"network": 7, "ip": ip, "alias_ips": aliases}
        return {"id": number, "name": "n%d" % number, "status": "running", "locked": False, "private_net": [nic]}

    def test_one_request_finds_the_peer(self):
        own, peer = self.claim.perform(self.claim.sequence.read_all())
        self.assertEqual((own.server.id, peer.server.id, peer.server.aliases), (2, 5, ["10.0.1.9"]))
        self.assertEqual(self.asked, ["/networks/7/members?per_page=50&page=1", "/servers/2", "/servers/5"])
        self.assertEqual(self.api.server_at("10.0.1.50").id, 6)
        self.assertIsNone(self.api.server_at("10.0.1.51"))

    def test_where_it_is_not_there_the_servers_are_listed_and_it_is_not_asked_again(self):
        self.known = False
        for _ in range(2):
            own, peer = self.claim.perform(self.claim.sequence.read_all())
            self.assertEqual((own.server.id, peer.server.id), (2, 5))
        servers = "/servers?per_page=50&page=1"
        self.assertEqual(self.asked, ["/networks/7/members?per_page=50&page=1", servers, servers])

    def test_a_load_balancer_can_be_the_holder_as_well(self):
        self.balancer = [("load_balancer", 9, VIP, [])]
        with self.assertRaisesRegex(ApiError, "10.0.1.1 belongs to load balancer 9, which is not of this pair"):
            self.claim.perform(self.claim.sequence.read_all())

    def test_a_foreign_server_is_named(self):
        for self.known in (True, False):
            self.api.no_members = False
            self.balancer = [("server", 9, "10.0.1.60", [VIP])]
            with self.assertRaisesRegex(ApiError, r"belongs to server n9 \(9\)") as raised:
                self.claim.perform(self.claim.sequence.read_all())
            self.assertEqual(raised.exception.cause, "foreign-holder")

    def test_a_peer_that_is_gone(self):
        self.NICS = self.NICS[:1]
        own, peer = self.claim.perform(self.claim.sequence.read_all())
        self.assertEqual((own.server.id, peer, self.claim.sequence.peer_id), (2, None, None))


if __name__ == "__main__":
    unittest.main()
