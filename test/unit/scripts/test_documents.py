"""The API's and the metadata service's answers: checked values, or `garbled`; never anything else, whatever they hold."""

import json
import random
import sys
import time
import types
import unittest
from unittest import mock

import mutations
import programs  # noqa: F401
from failover_pair import clock, shapes, wire
from failover_pair.api import client, documents
from failover_pair.api.client import Api, MOST_REQUESTS, RACE_SECONDS
from failover_pair.api.documents import Server
from failover_pair.api.errors import ApiError, PAUSES, retry_after
from failover_pair.claim import reason
from failover_pair.metadata import parse_metadata

documents, shapes, wire = documents, shapes, wire

NIC = {"network": 7, "ip": "10.0.1.2", "alias_ips": ["10.0.1.1"], "mac_address": "86:00:ff:2a:7d:e1"}
SERVER = {"id": 2, "name": "nginx0", "status": "running", "locked": False, "private_net": [NIC], "labels": {"a": "b"}}
PAGES = {"pagination": {"page": 1, "per_page": 50, "next_page": None, "last_page": 1, "total_entries": 1}}
MEMBER = {"type": "server", "id": 2, "ip": "10.0.1.2", "alias_ips": ["10.0.1.1"], "status": "ok"}
ACTION = {"id": 5, "status": "running", "progress": 50, "error": None, "resources": [{"id": 2, "type": "server"}]}
REFUSAL = {"error": {"code": "locked", "message": "server is locked", "details": None}}
HEADERS = {"ratelimit-limit": "3600", "ratelimit-remaining": "3599", "ratelimit-reset": "1700000000"}
YAML = "- ip: 10.9.0.2\n  alias_ips: [10.9.0.3]\n  network_id: 8\n- ip: 10.0.1.2\n  alias_ips:\n  - 10.0.1.1\n  network_id: 7\n"


class Answers:
    """An API whose next answer is given."""

    def __init__(self, status=200, data=b"{}", headers=HEADERS):
        channel = types.SimpleNamespace(url=types.SimpleNamespace(netloc="api"), request=self.request)
        config = types.SimpleNamespace(serverId=2, networkId=7, address="10.0.1.2", vips=["10.0.1.1"])
        self.api = Api(config, types.SimpleNamespace(get=lambda: "t" * 64), channel)
        self.status, self.data, self.headers, self.asked = status, data, headers, 0

    def request(self, *_):
        self.asked += 1
        data = self.data(self.asked) if callable(self.data) else self.data
        return self.status, wire.Headers(self.headers), data


def cause(function):
    """None, or the cause of the ApiError that it raises; any other error is the test's failure."""
    try:
        function()
        return None
    except ApiError as error:
        assert error.cause in PAUSES, error.cause
        assert str(error).isprintable() and len(str(error)) <= 600, error
        return error.cause


def dumped(document):
    return json.dumps(document).encode()


class Fuzzed(unittest.TestCase):
    """Thousands of good answers that were made odd. What is taken is of the right types."""

    def setUp(self):
        self.random = random.Random(13)
        self.addCleanup(setattr, client, "MOST_REQUESTS", client.MOST_REQUESTS)
        client.MOST_REQUESTS = 10**6

    def fuzz(self, document, ask, check, rounds=2500):
        found = {}
        for number in range(rounds):
            answers = Answers(data=mutations.text(document, self.random))
            with self.subTest(number=number, data=answers.data[:300]):
                result = []
                why = cause(lambda: result.append(ask(answers.api)))
                self.assertIn(why, (None, "garbled"))
                if why is None:
                    check(result[0])
                found[why] = found.get(why, 0) + 1
        self.assertGreater(found[None], 100)
        self.assertGreater(found["garbled"], 500)

    def is_server(self, found):
        self.assertIs(type(found.id), int)
        self.assertIs(type(found.locked), bool)
        for text in (found.name, found.status):
            self.assertIs(type(text), str)
            self.assertLessEqual(len(text), 512)
        for address in [found.address or "10.0.0.1", *found.aliases]:
            self.assertEqual(address, shapes.ipv4(address))

    def is_action(self, found):
        self.assertIs(type(found["id"]), int)
        self.assertIn(found["status"], ("running", "success", "error"))
        reason(found).encode("ascii", "strict")

    def test_a_server(self):
        self.fuzz({"server": SERVER}, lambda api: api.server(2), self.is_server)

    def test_members(self):
        check = lambda found: [self.is_server(Server(one.id, one.type, "", False, one.address, one.aliases)) for one in found]
        self.fuzz({"members": [MEMBER], "meta": PAGES}, lambda api: api.members(), check)

    def test_all_servers(self):
        def members(api):
            api.no_members = True
            return api.members()

        check = lambda found: [self.is_server(one.server) for one in found]
        self.fuzz({"servers": [SERVER, SERVER], "meta": PAGES}, members, check)

    def test_an_action(self):
        self.fuzz({"action": ACTION}, lambda api: api.action(5), self.is_action)
        self.fuzz({"action": ACTION}, lambda api: api.change_aliases(2, []), self.is_action)

    def test_a_refusal(self):
        for number in range(2500):
            status = self.random.choice([301, 400, 401, 403, 404, 409, 422, 423, 429, 500, 503])
            answers = Answers(status, mutations.text(REFUSAL, self.random), self.odd_headers())
            with self.subTest(number=number, data=answers.data[:300], headers=answers.headers):
                self.assertIsNotNone(cause(lambda: answers.api.server(2)))
                self.assertIn(type(answers.api.left), (int, type(None)))

    def odd_headers(self):
        values = ("²", "٣", "-1", "1e3", "", " 5 ", "9" * 30, "5, 5", "NaN", "0x10", "5")
        return {name: self.random.choice(values) for name in HEADERS}

    def test_metadata(self):
        config, taken = types.SimpleNamespace(networkId=7, address="10.0.1.2"), 0
        for number in range(4000):
            text = mutations.spoilt(YAML.encode(), self.random).decode("utf-8", "replace")
            with self.subTest(number=number, text=text):
                found = parse_metadata(text, config)
                for address in found or []:
                    self.assertEqual(address, shapes.ipv4(address))
                taken += found == ["10.0.1.1"]
        self.assertGreater(taken, 300)


class Odd(unittest.TestCase):
    """What was found by hand."""

    def garbled(self, data, ask=lambda api: api.server(2)):
        self.assertEqual(cause(lambda: ask(Answers(data=data).api)), "garbled")

    def test_json(self):
        for data in (
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"server": %s}' % (b"9" * 1_000_000),
            b'{"server": {"id": NaN}}',
            b'{"server": {"id": Infinity}}',
            b'{"server": 1e999}',
            b'{"server": {}, "server": {}}',
            b"\xff\xfe",
            b"<html>",
            b"[]",
            b"null",
            b'"x"',
        ):
            began = time.monotonic()
            self.garbled(data)
            self.assertLess(time.monotonic() - began, 1)

    def test_a_byte_order_mark_and_other_encodings_of_unicode_are_no_fault(self):
        text = json.dumps({"server": SERVER})
        for encoding in ("utf-8-sig", "utf-16", "utf-32"):
            self.assertEqual(Answers(data=text.encode(encoding)).api.server(2).name, "nginx0")

    def test_values(self):
        for changes in (
            {"id": "2"}, {"id": 2.0}, {"id": True}, {"id": None}, {"id": -2}, {"id": 2**60}, {"name": 5}, {"name": None}, {"status": ["off"]},
            {"locked": "false"}, {"locked": 0}, {"private_net": None}, {"private_net": 5}, {"private_net": [5]}, {"private_net": {}},
            {"private_net": [{**NIC, "alias_ips": "10.0.1.1"}]}, {"private_net": [{**NIC, "alias_ips": None}]},
            {"private_net": [{**NIC, "alias_ips": [5]}]}, {"private_net": [{**NIC, "ip": "::1"}]}, {"private_net": [{**NIC, "ip": "10.0.1.²"}]},
            {"private_net": [{**NIC, "network": "7"}]}, {"name": "x" * 100_000},
        ):
            self.garbled(dumped({"server": {**SERVER, **changes}}))
        self.garbled(dumped({"servers": 5, "meta": PAGES}), lambda api: api.pages("/servers", "servers", documents.member))

    def test_the_answer_to_another_question(self):
        self.garbled(dumped({"server": {**SERVER, "id": 3}}))
        self.garbled(dumped({"action": {**ACTION, "id": 6}}), lambda api: api.action(5))

    def test_an_action_of_a_state_that_is_not_known(self):
        self.garbled(dumped({"action": {**ACTION, "status": "paused"}}), lambda api: api.action(5))

    def test_what_a_captive_portal_says_is_not_the_api_taking_the_token(self):
        answers = Answers(data=b"<html>please log in</html>")
        self.assertEqual(cause(lambda: answers.api.server(2)), "garbled")
        self.assertIsNone(answers.api.token_valid)

    def test_an_error_in_other_forms(self):
        for error in ("text", ["a"], 5, None, {"code": ["locked"], "message": {"a": 1}}):
            self.assertEqual(cause(lambda: Answers(423, dumped({"error": error})).api.server(2)), "locked")

    def test_an_error_whose_words_would_forge_a_line(self):
        with self.assertRaises(ApiError) as raised:
            Answers(423, dumped({"error": {"code": "x\n<2>", "message": "a\x00b\x1b[2J\u202e\r"}})).api.server(2)
        self.assertIn(r"423 a\x00b\x1b[2J\u202e\x0d (x\x0a<2>)", str(raised.exception))

    def test_quota(self):
        answers = Answers(data=dumped({"server": SERVER}), headers={"ratelimit-remaining": "²", "ratelimit-limit": "9" * 5000})
        answers.api.server(2)
        self.assertEqual((answers.api.left, answers.api.limit), (None, None))
        self.assertEqual(retry_after({"RateLimit-Reset": "²"}), 1.0)


class Pages(unittest.TestCase):
    def listing(self, following, entries=lambda number: [MEMBER]):
        page = lambda number: dumped({"members": entries(number), "meta": {"pagination": {"next_page": following(number)}}})
        answers = Answers(data=page)
        return cause(lambda: self.found.extend(answers.api.members())), answers.asked

    def setUp(self):
        self.found = []

    def test_several(self):
        self.assertEqual(self.listing(lambda number: number + 1 if number < 5 else None), (None, 5))
        self.assertEqual(len(self.found), 5)

    def test_they_end(self):
        self.assertEqual(self.listing(lambda number: number + 1), ("garbled", documents.MOST_PAGES))
        for following in (1, 0, -1, 3, True, "2", 2.0, 10**9):
            self.assertEqual(self.listing(lambda number, following=following: following), ("garbled", 1), following)
        self.assertEqual(self.listing(lambda number: number + 1, lambda number: [MEMBER] if number == 1 else []), ("garbled", 2))

    def test_a_list_has_a_deadline(self):
        times = iter(range(0, 10**6, 4))
        with mock.patch.object(clock, "now", lambda: next(times)):
            why, asked = self.listing(lambda number: number + 1)
        self.assertEqual(why, "network")
        self.assertLess(asked, 5)


class Rate(unittest.TestCase):
    def test_no_loop_uses_up_the_quota(self):
        answers, time = Answers(data=dumped({"server": SERVER})), [1000.0]
        with mock.patch.object(clock, "now", lambda: time[0]), mock.patch.object(client, "notify_systemd") as fed:
            causes = [cause(lambda: answers.api.server(2)) for _ in range(MOST_REQUESTS * 3)]
            self.assertEqual(causes.count(None), MOST_REQUESTS)
            self.assertEqual(set(causes[MOST_REQUESTS :]), {"rate-limit"})
            self.assertEqual(fed.call_count, MOST_REQUESTS, "nor keeps the watchdog quiet")
            time[0] += RACE_SECONDS
            self.assertIsNone(cause(lambda: answers.api.server(2)))


if __name__ == "__main__":
    unittest.main()
