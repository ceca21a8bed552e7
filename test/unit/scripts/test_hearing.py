"""alias-switch: what an agent knows of the other one by its words. No socket, and a clock that only the test moves."""

import json
import unittest

import programs  # noqa: F401
from failover_pair.hearing import PROTOCOL, Hearing, Told, parse_told, plain, speaks_otherwise, stays_master


GOOD = {"v": 1, "sent": 5.0, "state": "MASTER", "master": True, "promotedAgo": 3.5, "holder": True, "hears": True}


def datagram(**changes):
    return json.dumps(dict(GOOD, **changes)).encode()


class Parsing(unittest.TestCase):
    def test_what_another_agent_says(self):
        sent, told = parse_told(datagram(journey={"ok": False, "where": "the tunnel"}))
        self.assertEqual((sent, told.state, told.master, told.promotedAgo), (5.0, "MASTER", True, 3.5))
        self.assertEqual(told.journey, {"ok": False, "where": "the tunnel"})

    def test_a_version_with_more_or_fewer_fields_is_understood(self):
        self.assertEqual(parse_told(b'{"v": 1, "sent": 5.0}'), (5.0, Told()))
        self.assertEqual(parse_told(datagram(colour="red"))[1].master, True)

    def test_a_later_form_is_ignored_and_known_as_such(self):
        self.assertTrue(speaks_otherwise(datagram(v=2)))
        for other in (datagram(), datagram(v="2"), datagram(v=True), b"fit", b"[]", b"\xff", b"[" * 1100):
            self.assertFalse(speaks_otherwise(other), other)

    def test_words_of_others_can_go_to_a_terminal(self):
        self.assertEqual(plain("a\x1b[2J\u2028\u00e4"), "a?[2J??")

    def test_everything_else_is_ignored(self):
        nested = b"[" * 1100
        wrong = [b"", b"fit", b"\xff", b"null", b"[]", b"{", nested, b'{"v":1,"sent":' + b"9" * 1000 + b"}"]
        changes = [{"v": 2}, {"v": "1"}, {"sent": None}, {"sent": 5}, {"sent": -1.0}, {"sent": float("nan")}]
        changes += [{"master": 1}, {"master": None}, {"state": "KING"}, {"state": 1}, {"promotedAgo": True}]
        changes += [{"promotedAgo": float("inf")}, {"promotedAgo": -0.1}, {"promotedAgo": 10**400}, {"stays": "yes"}]
        changes += [{"journey": []}, {"journey": {}}, {"journey": {"ok": 1}}, {"journey": {"ok": True, "where": 7}}]
        for data in wrong + [datagram(**change) for change in changes]:
            self.assertIsNone(parse_told(data), data)


class Heard(unittest.TestCase):
    def setUp(self):
        self.clock = 1000.0
        self.peer = Hearing(self.clock)

    def hear(self, after=1.0, **changes):
        self.clock += after
        self.peer.take(datagram(sent=self.clock, **changes), self.clock)

    def take(self, data, tunnelled=False):
        self.peer.take(data, self.clock, tunnelled)

    def now(self, *names):
        found = tuple(getattr(self.peer, name)(self.clock) for name in names)
        return found if len(names) > 1 else found[0]

    def test_a_master_is_one_while_it_says_so(self):
        for _ in range(4):
            self.hear()
        self.assertEqual(self.now("master", "master_for"), (True, 3.0))
        self.clock += 2.9
        self.assertTrue(self.now("master"))
        self.clock += 0.2
        self.assertEqual(self.now("master", "master_for"), (False, 0.0))
        self.hear()
        self.assertEqual(self.now("master_for"), 0.0, "it counts anew after a silence")
        self.hear(master=False)
        self.assertFalse(self.now("master"))

    def test_another_version_is_known_while_it_speaks(self):
        self.assertFalse(self.now("other_version"))
        self.hear()
        self.assertTrue(self.now("other_version"), "one from before there was a protocol number")
        self.hear(protocol=PROTOCOL)
        self.assertFalse(self.now("other_version"))
        self.hear(v=2)
        self.assertEqual((self.now("other_version"), self.peer.told.protocol), (True, PROTOCOL))
        self.clock += 4
        self.assertFalse(self.now("other_version"))

    def test_a_silence_says_nothing_at_first(self):
        self.assertTrue(self.now("listening"))
        self.hear()
        self.assertFalse(self.now("listening"))
        self.clock += 4
        self.assertEqual(self.now("listening", "fresh"), (False, False))

    def test_what_comes_twice_or_late_changes_nothing(self):
        self.hear()
        self.hear(master=False)
        self.take(datagram(sent=self.clock - 1))
        self.take(datagram(sent=self.clock))
        self.assertFalse(self.now("master"))

    def test_after_a_reboot_the_peers_clock_starts_anew(self):
        self.hear()
        self.clock += 10
        self.take(datagram(sent=0.5, master=False))
        self.assertEqual(self.now("fresh", "master"), (True, False))

    def test_fit_counts_without_a_break(self):
        for _ in range(3):
            self.hear(fit=True)
        self.assertEqual(self.now("fit_for"), 2.0)
        self.hear(fit=False)
        self.hear(fit=True)
        self.assertEqual(self.now("fit_for"), 0.0)

    def test_who_shuts_down_has_left_until_it_is_back(self):
        self.hear(leaving=True)
        self.clock += 50
        self.assertTrue(self.now("left"))
        self.take(datagram(sent=0.5))
        self.assertFalse(self.now("left"))

    def test_the_words_of_an_older_agent_count_in_the_tunnel_only(self):
        self.take(b"leaving")
        self.assertFalse(self.now("left"))
        self.take(b"leaving", tunnelled=True)
        self.take(b"fit", tunnelled=True)
        self.clock += 1
        self.take(b"fit", tunnelled=True)
        self.assertEqual(self.now("left", "fit_for", "fresh"), (True, 1.0, False))


class Settling(unittest.TestCase):
    """Which of two MASTERs stays."""

    @staticmethod
    def answers(ago, rounds=3, delay=0.05):
        """What both nodes find, each with what the other one has said lately, `delay` seconds ago."""
        stays = [None, None]
        for _ in range(rounds):
            heard = [Told(promotedAgo=ago[1 - i] and ago[1 - i] - delay, stays=stays[1 - i]) for i in (0, 1)]
            stays = [stays_master(ago[i], heard[i], i == 0) for i in (0, 1)]
        return stays

    def test_the_one_that_was_promoted_last(self):
        self.assertEqual(self.answers([100.0, 3.0]), [False, True])
        self.assertEqual(self.answers([3.0, 100.0]), [True, False])
        self.assertEqual(self.answers([None, 100.0]), [False, True])

    def test_two_that_were_promoted_at_the_same_time_agree_by_their_addresses(self):
        self.assertEqual(self.answers([5.0, 5.0]), [True, False])
        self.assertEqual(self.answers([None, None]), [True, False])

    def test_they_never_find_the_same(self):
        for hundredths in range(-150, 151):
            for delay in (0.0, 0.01, 0.1, 0.4):
                found = self.answers([50.0, 50.0 + hundredths / 100], delay=delay)
                self.assertNotEqual(found[0], found[1], (hundredths, delay))


if __name__ == "__main__":
    unittest.main()
