"""The requests of the API, and of what else answers: two servers in the time of one, refusals, a token that is
read-only, the peer in the tunnel and on its private address."""

import socket
import ssl
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import bridge_client, journey, nic, wire
from failover_pair.api import client
from failover_pair.api.client import Api
from failover_pair.api.errors import ApiError
from failover_pair.api.readings import Reading
from node import ME, OWN_ADDRESS, PEER, PEER_ADDRESS, TOKEN, VIP, Channel, OnANode


class Side(Channel):
    """The second connection: a request is sent and its answer read later."""

    def __init__(self, cloud):
        super().__init__(cloud)
        self.socket, self.sent, self.closed, self.lost = object(), [], False, None

    def begin(self, *request):
        self.sent.append(request)

    def end(self, _seconds):
        if self.lost:
            raise self.lost
        return self.request(*self.sent.pop())

    def close(self):
        self.closed = True


class WithAnApi(OnANode):
    def setUp(self):
        super().setUp()
        self.channel, self.side = Channel(self.cloud), Side(self.cloud)
        token = types.SimpleNamespace(get=lambda: TOKEN)
        self.api = Api(self.config(), token, self.channel, self.side)

    def cause(self, function, *arguments):
        with self.assertRaises(ApiError) as raised:
            function(*arguments)
        self.text = str(raised.exception)
        return raised.exception.cause


class Two(WithAnApi):
    def test_both_are_asked_at_once(self):
        order = []
        answer, begin = self.channel.request, self.side.begin
        self.channel.request = lambda *request: order.append("first") or answer(*request)
        self.side.begin = lambda *request: order.append("second") or begin(*request)
        one, other = self.api.two_servers(ME, PEER)
        self.assertEqual((one.server.id, other.server.id, order), (ME, PEER, ["second", "first"]))
        self.assertEqual(self.api.requests, 2)

    def test_without_a_second_connection_one_after_the_other(self):
        for side in (None, Side(self.cloud)):
            self.api.side = side
            if side:
                side.socket = None
            self.assertEqual([one.server.id for one in self.api.two_servers(ME, PEER)], [ME, PEER])

    def test_a_lost_second_answer_is_asked_for_again(self):
        self.side.lost = OSError("reset")
        self.assertEqual([one.server.id for one in self.api.two_servers(ME, PEER)], [ME, PEER])
        self.assertEqual(self.cloud.asked, ["GET /servers/2", "GET /servers/3"])

    def test_when_the_first_one_fails_the_second_answer_is_thrown_away(self):
        self.cloud.broken = OSError("reset")
        self.assertEqual(self.cause(self.api.two_servers, ME, PEER), "network")
        self.assertTrue(self.side.closed)

    def test_a_second_answer_that_refuses_is_a_refusal(self):
        self.side.request = lambda *_: (404, wire.Headers(), b"{}")
        self.assertEqual(self.cause(self.api.two_servers, ME, PEER), "not-found")


class Refused(WithAnApi):
    def test_each_way_to_fail_has_its_cause(self):
        certificate = ssl.SSLCertVerificationError("bad")
        certificate.verify_message = "self-signed"
        for broken, cause, words in (
            (certificate, "certificate", "certificate: self-signed"),
            (wire.Garbled("SSH"), "garbled", "SSH"),
            (OSError("it said %s" % TOKEN), "network", "it said <token>"),
            (TimeoutError(), "network", "TimeoutError"),
            (ValueError("no name"), "network", "no name"),
        ):
            self.cloud.broken = broken
            with mock.patch.object(client, "scrub", lambda text: text.replace(TOKEN, "<token>")):
                self.assertEqual(self.cause(self.api.server, ME), cause)
            self.assertIn(words, self.text)

    def test_an_answer_that_is_not_json(self):
        self.channel.request = lambda *_: (200, wire.Headers(), b"<html>")
        self.assertEqual(self.cause(self.api.server, ME), "garbled")
        self.channel.request = lambda *_: (502, wire.Headers(), b"<html>")
        self.assertEqual(self.cause(self.api.server, ME), "server-error")
        self.assertIn("without JSON", self.text)

    def test_a_quota_that_is_used_up_tells_until_when(self):
        reset = wire.Headers({"ratelimit-remaining": "0", "ratelimit-limit": "3600", "retry-after": "7"})
        self.channel.request = lambda *_: (429, reset, b"{}")
        self.assertEqual(self.cause(self.api.server, ME), "rate-limit")
        self.assertEqual((self.api.left, self.api.limit), (0, 3600))

    def test_a_loop_is_slowed_down(self):
        for _ in range(client.MOST_REQUESTS):
            self.api.server(ME)
        self.assertEqual(self.cause(self.api.server, ME), "rate-limit")
        self.assertIn("this agent has sent 400 requests within 20 s", self.text)
        self.time += client.RACE_SECONDS
        self.api.server(ME)


class ReadOnly(WithAnApi):
    def test_it_is_asked_before_each_claim_whether_it_has_changed_its_mind(self):
        self.api.must_write()
        self.assertEqual(self.cloud.asked, [])
        self.cloud.refuse = 403, "token_readonly"
        self.assertEqual(self.cause(self.api.add_aliases, self.server(ME), [VIP]), "token-read-only")
        self.cloud.refuse = None
        self.api.server(ME)
        self.assertIs(self.api.token_valid, False)  # reading works with it
        self.api.must_write()
        self.assertEqual(self.cloud.asked[-1], "PUT /servers/2")
        self.assertIs(self.api.token_valid, True)

    def server(self, number):
        self.cloud.refuse, refuse = None, self.cloud.refuse
        found = Api(self.config(), self.api.token, self.channel).server(number)
        self.cloud.refuse = refuse
        return found


class Taking(WithAnApi):
    def test_only_what_was_read_is_taken_from(self):
        one, other = self.api.two_servers(ME, PEER)
        stranger = Reading(other.server._replace(id=9), self.time)
        self.assertEqual(self.cause(self.api.take_aliases, stranger.server, [VIP], one, other), "stale")
        self.api.take_aliases(other.server, [VIP], one, other)
        self.assertEqual(self.cloud.aliases[PEER], [])

    def test_an_action_by_another_number_is_garbled(self):
        self.assertEqual(self.api.action(5)["status"], "success")
        self.assertEqual(self.cause(self.api.action, 6), "garbled")

    def test_the_server_at_an_address(self):
        self.assertEqual(self.api.server_at(PEER_ADDRESS).id, PEER)
        self.assertIsNone(self.api.server_at("10.0.0.99"))


class Probes(unittest.TestCase):
    """Of the peer, on loopback."""

    CONFIG = types.SimpleNamespace(address=OWN_ADDRESS, peerAddress=PEER_ADDRESS, vips=[PEER_ADDRESS])

    def connecting(self, error, ports):
        class Probe(socket.socket):
            def connect(self, to):
                ports.append(to)
                if error:
                    raise error

        return mock.patch("socket.socket", Probe)

    def test_an_answer_or_a_refusal_shows_that_the_peer_is_there(self):
        for error, there in ((None, True), (ConnectionRefusedError(), True), (TimeoutError(), False), (OSError(), False)):
            ports = []
            with self.connecting(error, ports):
                self.assertIs(nic.answers(self.CONFIG), there, error)
            self.assertEqual(ports, [(PEER_ADDRESS, 22)])

    def test_only_a_refusal_in_the_tunnel_shows_that_the_peer_serves(self):
        with mock.patch.object(bridge_client, "read_text", lambda *_: None):
            one = bridge_client.BridgeClient(types.SimpleNamespace(**vars(self.CONFIG), bridge={}, run=str))
        one.own = OWN_ADDRESS
        for error, serves in ((ConnectionRefusedError(), True), (None, False), (TimeoutError(), False)):
            ports = []
            with self.connecting(error, ports):
                self.assertIs(one.peer_serves(), serves, error)
            self.assertEqual(ports, [(PEER_ADDRESS, journey.PAIR_PORT)])

    def test_both_agree_about_the_tunnels_ends(self):
        ends = []
        for own, peer in (("10.0.1.2", "10.0.1.10"), ("10.0.1.10", "10.0.1.2")):
            one = bridge_client.BridgeClient(types.SimpleNamespace(address=own, peerAddress=peer, bridge=None))
            ends.append((one.own, one.peer))
        self.assertEqual(ends, [("169.254.73.1", "169.254.73.2"), ("169.254.73.2", "169.254.73.1")])


class TheNic(unittest.TestCase):
    def test_a_nic_that_is_gone_meanwhile_has_no_name(self):
        self.assertEqual(nic.nic_text(1), "1 lo\n")
        for index in (None, 99999999):
            self.assertEqual(nic.nic_text(index), "0\n")


if __name__ == "__main__":
    unittest.main()
