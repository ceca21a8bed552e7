"""`alias-switch check-token` and `set-token`: what is said of a token, and that only a good one replaces another."""

import io
import os
import stat
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import tokens
from failover_pair.journal import SECRETS
from node import PEER, OnANode, TOKEN

NEW = "n" * 64


class WithTokens(OnANode):
    def setUp(self):
        super().setUp()
        self.addCleanup(SECRETS.difference_update, {NEW, TOKEN})

    def set_token(self, text=NEW + "\n"):
        with mock.patch("sys.stdin", io.StringIO(text)):
            return self.said(tokens.set_token, self.config(), None)

    def check(self, text=None):
        with mock.patch("sys.stdin", io.StringIO(text)):
            return self.said(tokens.check_token, self.config(), types.SimpleNamespace(stdin=text is not None))


class Checks(WithTokens):
    def test_a_good_one_reads_and_writes(self):
        code, out, _ = self.check()
        self.assertEqual((code, out), (0, "the token is good: it reads and writes server a\n"))
        self.assertIn("PUT /servers/2", self.cloud.asked)

    def test_a_pair_without_the_other_server(self):
        del self.cloud.addresses[PEER]
        self.assertIn("; there is no peer at 127.0.15.3", self.check()[1])

    def test_what_is_wrong_with_it(self):
        for refuse, code, words in (
            ((401, "unauthorized"), 1, "the API refuses this token"),
            ((403, "token_readonly"), 1, "this token may only read"),
            ((404, "not_found"), 1, "it knows no server 2"),
            ((503, "unavailable"), 2, "the token could not be checked"),
        ):
            self.cloud.refuse = refuse
            found, out, errors = self.check()
            self.assertEqual((found, out), (code, ""), refuse)
            self.assertIn(words, errors)

    def test_another_server_by_the_same_number(self):
        self.cloud.addresses[2] = "10.0.0.9"
        code, _, errors = self.check()
        self.assertEqual(code, 1)
        self.assertIn("server 2 has not 127.0.15.2", errors)

    def test_the_one_from_standard_input(self):
        os.unlink(os.path.join(self.folder, "token"))
        self.assertEqual(self.check(NEW)[0], 0)
        code, _, errors = self.check("short")
        self.assertEqual(code, 1)
        self.assertIn("this is not an API token", errors)
        self.assertIn("no token: ", self.check()[2])


class Sets(WithTokens):
    def test_a_good_one_replaces_the_old_one_and_only_its_user_reads_it(self):
        self.assertEqual(self.set_token()[0], 0)
        self.assertEqual(self.read("token"), NEW + "\n")
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, "token")).st_mode), 0o400)

    def test_the_old_one_stays_when_the_new_one_fails(self):
        for refuse, code in (((401, "unauthorized"), 1), ((503, "unavailable"), 2)):
            self.cloud.refuse = refuse
            found, _, errors = self.set_token()
            self.assertEqual((found, self.read("token")), (code, TOKEN))
            self.assertIn("; the token was not replaced", errors)

    def test_what_is_not_a_token_is_not_sent(self):
        code, _, errors = self.set_token("a b\n")
        self.assertEqual((code, self.cloud.asked), (1, []))
        self.assertNotIn("a b", errors)

    def test_no_token_is_in_a_message(self):
        self.cloud.broken = OSError("the proxy said %s" % NEW)
        errors = self.set_token()[2]
        self.assertIn("the proxy said <token>", errors)


if __name__ == "__main__":
    unittest.main()
