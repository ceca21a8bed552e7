"""A round of the journey's questions on loopback: what is answered, refused or silent, and the agent's own echo."""

import errno
import os
import socket
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import carrying, journey
from failover_pair import sockets as socket_lists
from node import OnANode

HERE, THERE, VIP = "127.0.16.2", "127.0.16.3", "10.0.1.1"
SECONDS = 10  # far more than loopback needs: it ends a test that fails


class Round(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(journey, "stand_in", lambda _index: THERE)
        patch.start()
        self.addCleanup(patch.stop)
        self.sources = journey.Sources()

    def ask(self, *asked, vips=(VIP,)):
        one = journey.Round(HERE, list(vips), list(asked), self.sources.next(journey.PEACE_PORTS))
        self.addCleanup(one.close)
        return one

    def collected(self, one):
        while one.open:
            before = len(one.open)
            one.collect(journey.clock.now() + SECONDS)
            self.assertLess(len(one.open), before, "no answer came")
        return one.outcomes

    def test_a_service_that_listens_is_asked_once_for_each_virtual_ip(self):
        with socket.create_server((THERE, 0)) as server:
            port = server.getsockname()[1]
            # both have one source port, which loopback lets only one of them use
            one = self.ask((port, "tcp"), vips=[VIP, "10.0.1.4"])
            found = self.collected(one)
        self.assertEqual(found[VIP, port, "tcp"], journey.SERVED)
        self.assertEqual(set(found), {(VIP, port, "tcp"), ("10.0.1.4", port, "tcp")})

    def test_a_port_where_nothing_listens_refuses(self):
        with socket.create_server((THERE, 0)) as server:
            port = server.getsockname()[1]
        one = self.ask((port, "tcp"))
        self.assertEqual(self.collected(one), {(VIP, port, "tcp"): journey.REFUSED})
        self.assertEqual(one.failed(), [((VIP, port, "tcp"), journey.REFUSED)])

    def test_no_question_is_left_open(self):
        with socket.create_server((THERE, 0)) as server:
            one = self.ask((server.getsockname()[1], "tcp"))
            one.close()
        self.assertEqual(list(one.outcomes.values()), [journey.SILENT])

    def test_an_address_that_is_not_here_is_silent(self):
        one = journey.Round("192.0.2.1", [VIP], [(80, "tcp")], 24512)
        self.assertEqual((one.open, one.outcomes), ({}, {(VIP, 80, "tcp"): journey.SILENT}))

    def test_a_way_that_the_kernel_refuses_is_silent_at_once(self):
        with mock.patch.object(journey, "stand_in", lambda _index: "240.0.0.1"):
            one = self.ask((80, "tcp"))
        self.assertEqual((one.open, one.outcomes), ({}, {(VIP, 80, "tcp"): journey.SILENT}))

    def test_udp_needs_the_same_words_back(self):
        for words, outcome in ((None, journey.SERVED), (b"else", journey.SILENT)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
                server.bind((THERE, 0))
                server.settimeout(SECONDS)
                one = self.ask((server.getsockname()[1], "udp"))
                data, sender = server.recvfrom(64)
                server.sendto(words or data, sender)
                self.assertEqual(list(self.collected(one).values()), [outcome])

    def test_an_answer_that_cannot_be_read_is_none(self):
        def broken(*_):
            raise OSError(errno.EHOSTUNREACH, "no route")

        one = types.SimpleNamespace(recv=broken, getsockopt=broken)
        for protocol in ("udp", "tcp"):
            self.assertEqual(journey.outcome(one, (VIP, 80, protocol)), journey.SILENT)

    def test_without_an_answer_it_waits_no_longer_than_it_may(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((THERE, 0))
            one = self.ask((server.getsockname()[1], "udp"))
            one.collect(journey.clock.now() - 1)
            self.assertEqual(len(one.open), 1)


class Echo(unittest.TestCase):
    def test_only_the_peers_questions_are_answered(self):
        heard = [
            (b"one", (THERE, journey.PEACE_PORTS[0])),
            (b"two", (THERE, 9)),
            (b"three", ("127.0.16.9", journey.REAL_PORTS[0])),
            (b"four", (THERE, journey.REAL_PORTS[0])),
        ]
        sent, work = [], []

        def recvfrom(_most):
            if not heard:
                raise KeyboardInterrupt
            return heard.pop(0)

        channel = types.SimpleNamespace(
            setsockopt=lambda *_: None, bind=lambda _to: None, recvfrom=recvfrom, sendto=lambda *one: sent.append(one)
        )
        start = lambda target, daemon: types.SimpleNamespace(start=lambda: work.append(target))
        with mock.patch.object(carrying.socket, "socket", lambda *_: channel):
            with mock.patch.object(carrying, "threading", types.SimpleNamespace(Thread=start)):
                carrying.answers_echo(HERE, THERE)
        with self.assertRaises(KeyboardInterrupt):
            work[0]()
        self.assertEqual([data for data, _ in sent], [b"one", b"four"])


class Listening(OnANode):
    """What listens here, where the cgroup of the tests is not known: the kernel's list and the folder are given."""

    def setUp(self):
        super().setUp()
        self.sockets = {"tcp": [("0.0.0.0", 80, 7), ("127.0.0.1", 81, 7), (VIP, 82, 7), ("::", 83, 8)], "udp": []}
        self.patch(socket_lists, "open_sockets", lambda protocol: iter(self.sockets[protocol]))
        self.patch(socket_lists, "cgroups", lambda path: iter([7] if path else []))

    def test_only_of_the_cgroup_and_only_what_a_client_reaches(self):
        self.sockets["udp"] = [("::", 53, 7), (None, 54, 7)]
        self.assertEqual(socket_lists.listening("/nginx", [VIP]), ["53/udp", "80/tcp", "82/tcp"])
        self.assertEqual(socket_lists.listening("", [VIP]), [])

    def test_a_kernel_that_does_not_list_one_protocol(self):
        def fails(protocol):
            if protocol == "udp":
                raise OSError("no sock_diag")
            return iter(self.sockets[protocol])

        self.patch(socket_lists, "open_sockets", fails)
        self.assertEqual(socket_lists.listening("/nginx", [VIP]), ["80/tcp", "82/tcp"])


class Cgroups(OnANode):
    def test_the_ids_of_a_cgroup_and_of_all_below_it(self):
        below = os.path.join(self.folder, "below")
        os.mkdir(below)
        stat = os.stat
        walk = lambda root: os.walk(self.folder) if root == "/sys/fs/cgroup/nginx" else iter([])
        self.patch(socket_lists, "os", types.SimpleNamespace(walk=walk, stat=stat))
        self.assertTrue({stat(self.folder).st_ino, stat(below).st_ino} <= set(socket_lists.cgroups("/nginx")))
        self.assertEqual(list(socket_lists.cgroups("/")), [])


if __name__ == "__main__":
    unittest.main()
