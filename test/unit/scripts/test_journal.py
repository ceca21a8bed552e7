"""What goes into the journal, to systemd and into the metrics: one line each, whatever others have said."""

import contextlib
import io
import os
import sys
import unittest
from unittest import mock

import socket
import machine
import programs  # noqa: F401
from failover_pair import journal
from failover_pair.api.token import checked_token
from failover_pair.metrics import metrics_text
from failover_pair.systemd import notify_systemd


EVIL = "a\nb\r\n<0>c\x00d\x1b[2J\x9b\x85e\u2028f\u2029g\u202eh\u2066i\u200bj\ufeffk\ud800l\x7f\t\U000e0001"


class Lines(unittest.TestCase):
    def line(self, text):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            journal.log(text, 4)
        self.assertTrue(said.getvalue().endswith("\n"))
        return said.getvalue()[:-1]

    def test_one_of_printable_characters(self):
        self.assertTrue(self.line(EVIL).isprintable())
        self.assertTrue(self.line(EVIL).startswith(r"<4>a\x0ab\x0d\x0a<0>c\x00d\x1b[2J\x9b\x85e\u2028"))
        self.assertEqual(self.line("nginx0 → nginx1, für"), "<4>nginx0 → nginx1, für")

    def test_every_character(self):
        for start in range(0, sys.maxunicode + 1, 4096):
            self.assertTrue(journal.safe("".join(map(chr, range(start, start + 4096))), 50_000).isprintable())

    def test_its_length(self):
        for text in ("x" * 10**6, "\x00" * 10**6):
            self.assertEqual(len(self.line(text)), 3 + journal.MOST)

    def test_no_token(self):
        checked_token("s3cr3t" * 8)
        self.addCleanup(journal.SECRETS.clear)
        self.assertEqual(self.line("x %s" % ("s3cr3t" * 8)), "<4>x <token>")

    def test_every_program_writes_by_it(self):
        for path, text in programs.source().items():
            if path != "failover_pair/journal.py":
                self.assertNotIn("stderr.write", text, path)


class Others(unittest.TestCase):
    def test_systemd_is_told_one_thing(self):
        sent = []
        channel = mock.MagicMock()
        channel.return_value.__enter__.return_value.sendto = lambda data, _: sent.append(data)
        with mock.patch.dict(os.environ, {"NOTIFY_SOCKET": "/x"}), mock.patch.object(socket, "socket", channel):
            notify_systemd("STATUS=MASTER, carried by x\nMAINPID=1")
        self.assertEqual(sent, [b"STATUS=MASTER, carried by x\\x0aMAINPID=1"])

    def test_a_label_has_the_three_escapes_that_it_knows(self):
        self.assertEqual(journal.label('a"b\\c\n'), '"a\\"b\\\\c\\\\x0a"')

    def test_metrics(self):
        one = machine.Machine(pair=EVIL, node='n"} 1\nfake 1').backup()
        lines = metrics_text(one.state, None, True, 0).splitlines()
        self.assertTrue(all(line.startswith(("# ", "failover_pair_")) and line.isprintable() for line in lines))


if __name__ == "__main__":
    unittest.main()
