"""ask.py URL PER_SECOND LATE_MS [NODE...]: asks one URL at a fixed rate and says who answered, one JSON line a request.

Open-loop: a request is sent when its time has come, whether or not the ones before it were answered, so that an outage
cannot hide behind a client that waits. tcp://HOST:PORT only connects. Ends when stdin does. It is run on a server as
`python3 -c`, so that nothing is left there: Python 3.9 or newer, standard library only.
"""

import http.client
import json
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse

url, per_second, nodes = urllib.parse.urlsplit(sys.argv[1]), float(sys.argv[2]), sys.argv[4:]
TIMEOUT = float(sys.argv[3]) / 1000  # seconds after which an answer counts as lost
ended, printing = threading.Event(), threading.Lock()
asked = {}  # socket → when it is cut: an answer that trickles would hold its thread, and there are many


def who(body):
    """The one node whose name is in the answer; "answered" if that is none of them, or both."""
    found = [name for name in nodes if re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(name), body)]
    return found[0] if len(found) == 1 else "answered"


def fetch():
    address = url.hostname, url.port or (443 if url.scheme == "https" else 80)
    if url.scheme == "tcp":
        socket.create_connection(address, timeout=TIMEOUT).close()
        return "answered"
    if url.scheme == "https":
        # by an address, which no certificate names
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(*address, timeout=TIMEOUT, context=context)
    else:
        connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    connection.connect()
    connected = connection.sock  # the connection forgets it while the answer comes
    asked[connected] = time.monotonic() + 2 * TIMEOUT
    try:
        path = (url.path or "/") + ("?" + url.query if url.query else "")
        connection.request("GET", path, headers={"Connection": "close", "User-Agent": "failover-pair-drill"})
        response = connection.getresponse()
        body = response.read(65536).decode("utf-8", "replace")
        return who(body) if response.status < 400 else None
    finally:
        asked.pop(connected, None)
        connection.close()


def cut():
    for connected, late in list(asked.items()):
        if time.monotonic() > late:
            asked.pop(connected, None)
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended


def ask(seq):
    sent, began = time.time(), time.monotonic()
    try:
        answer = fetch()
    except Exception:  # whatever the other side sent: it was not an answer
        answer = None
    spent = time.monotonic() - began
    if spent > TIMEOUT:
        answer = None
    sample = {"seq": seq, "sentAt": round(sent * 1000, 1), "ms": None, "answer": answer}
    if answer is not None:
        sample["ms"] = round(spent * 1000, 1)
    with printing:
        print(json.dumps(sample), flush=True)


def wait_for_end():
    sys.stdin.read()
    ended.set()


threading.Thread(target=wait_for_end, daemon=True).start()
started, seq = time.monotonic(), 0
while not ended.wait(max(0.0, started + seq / per_second - time.monotonic())):
    threading.Thread(target=ask, args=(seq,), daemon=True).start()
    cut()
    seq += 1
