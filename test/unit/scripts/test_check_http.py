"""check-http against servers that answer well, slowly, or not by HTTP."""

import io
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import redirect_stderr
from http.server import BaseHTTPRequestHandler, HTTPServer

import programs

check_http = programs.load("check-http")


class CheckHttp(unittest.TestCase):
    def setUp(self):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/slow":
                    threading.Event().wait(0.6)
                self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.base = "http://127.0.0.1:%d" % server.server_port

    def check(self, *arguments):
        with redirect_stderr(io.StringIO()):
            return check_http.main(list(arguments))

    def test_statuses(self):
        for status, code in ((200, 0), (302, 0), (399, 0), (404, 1), (503, 1)):
            self.assertEqual(self.check("%s/%d" % (self.base, status)), code, status)

    def test_time_out_and_nobody_there(self):
        self.assertEqual(self.check("--timeout", "0.2", self.base + "/slow"), 1)
        self.assertEqual(self.check("http://127.0.0.1:1/"), 1)

    def test_urls(self):
        self.assertEqual(check_http.parse("http://a"), (False, "a", 80, "/"))
        self.assertEqual(check_http.parse("https://[::1]:8443/x?y#z"), (True, "::1", 8443, "/x?y"))
        self.assertEqual(check_http.parse("http://[::1]?x#/y"), (False, "::1", 80, "/?x"))
        odd = ("http://a:", "http://a:x", "http://a:٣", "http://[::1", "http://[::1]8", "http://[x]", "http://[]", "http://:8")
        for url in ("ftp://a", "http://", "a", "", "http:/a", "http://u@h/", *odd):
            self.assertIsNone(check_http.parse(url), url)
        self.assertEqual(self.check("ftp://a"), 2)

    def test_an_answer_that_is_not_http(self):
        for answer in (b"", b"220 mail\r\n", b"HTTP/1.1 200", b"HTTP/1.1 2000\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 abc\r\n"):
            self.assertEqual(self.check("http://127.0.0.1:%d/" % self.answering(answer)), 1, answer)
        self.assertEqual(self.check("http://127.0.0.1:%d/" % self.answering(b"HTTP/1.0 204\r\n\r\n")), 0)

    def answering(self, answer):
        """The port of a server that sends this to its first client."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def serve():
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    def test_https_by_a_certificate_of_another_name(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key, certificate = (os.path.join(folder.name, name) for name in ("key", "certificate"))
        words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=other"
        subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        https = self.base.replace("http:", "https:")
        self.assertEqual(self.check(https + "/204"), 0)
        self.assertEqual(self.check(https + "/503"), 1)

    def test_a_check_by_http_loads_no_module_that_is_slow_to_load(self):
        program = os.path.join(programs.FOLDER, "check-http")
        words = [sys.executable, "-IS", "-X", "importtime", program, self.base + "/204"]
        told = subprocess.run(words, check=True, capture_output=True, text=True).stderr
        loaded = {line.rpartition("|")[2].strip() for line in told.splitlines()}
        self.assertIn("_socket", loaded)
        self.assertFalse(loaded & {"re", "enum", "socket", "ssl", "selectors"}, loaded)


if __name__ == "__main__":
    unittest.main()
