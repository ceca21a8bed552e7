"""prober.py ADDRESS PORT PER_SECOND LATE_MS [COUNT]: requests http://ADDRESS:PORT/ at a fixed rate, one JSON line a request.

Open-loop: each request is sent at its time, even if the ones before have no answer, so that a waiting client cannot
hide an outage. Each has a connection of its own, for a kept one would measure the connection and not the address.

One thread, raw non-blocking connections, about eight system calls a request, so that the machine is free for what is
measured. Without COUNT it ends when stdin does.
"""

import collections
import json
import select
import socket
import struct
import sys
import time

address, period = (sys.argv[1], int(sys.argv[2])), 1 / float(sys.argv[3])
TIMEOUT = float(sys.argv[4]) / 1000  # seconds after which an answer counts as lost
COUNT = int(sys.argv[5]) if len(sys.argv) > 5 else None
REQUEST = b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % address[0].encode()
# closed by a reset: half a thousand connections a second in TIME_WAIT would use up the ports within a minute
NO_LINGER = struct.pack("ii", 1, 0)

epoll = select.epoll()
if COUNT is None:
    epoll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
waiting = {}  # by descriptor
oldest = collections.deque()
lines = []


class Probe:
    __slots__ = ("answer", "asked", "began", "sent_at", "seq", "sock")


def ask(seq):
    probe = Probe()
    probe.seq, probe.asked, probe.answer = seq, False, b""
    probe.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    probe.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    probe.sent_at, probe.began = time.time(), time.monotonic()
    fd = probe.sock.fileno()
    waiting[fd] = probe
    oldest.append(probe)
    probe.sock.connect_ex(address)
    # edge-triggered, once for both: "may be written" is told when the connection is there, "may be read" later
    epoll.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)


def end(probe, answer):
    sample = {"seq": probe.seq, "sentAt": round(probe.sent_at * 1000, 1), "ms": None, "answer": answer}
    if answer is not None:
        sample["ms"] = round((time.monotonic() - probe.began) * 1000, 1)
    del waiting[probe.sock.fileno()]
    probe.sock.close()
    probe.sock = None
    lines.append(json.dumps(sample))


def told(probe):
    """The whole answer's body if it was a good one."""
    head, _, body = probe.answer.partition(b"\r\n\r\n")
    return body.decode("utf-8", "replace").strip() if b" 200 " in head[:16] else None


def go_on(probe, events):
    try:
        if events & select.EPOLLOUT and not probe.asked:
            probe.sock.send(REQUEST)
            probe.asked = True
        while events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            piece = probe.sock.recv(4096)
            if not piece:
                return end(probe, told(probe))
            probe.answer += piece
    except BlockingIOError:
        pass
    except OSError:
        end(probe, None)


def flush():
    sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()
    lines.clear()


def main():
    seq, started, flushed = 0, time.monotonic(), 0
    while seq != COUNT or waiting:
        now = time.monotonic()
        while seq != COUNT and started + seq * period <= now:
            ask(seq)
            seq += 1
        while oldest and (oldest[0].sock is None or oldest[0].began + TIMEOUT <= now):
            probe = oldest.popleft()
            if probe.sock is not None:
                end(probe, None)
        if lines and now - flushed >= 0.02:
            flush()
            flushed = now
        due = started + seq * period if seq != COUNT else oldest[0].began + TIMEOUT if oldest else now
        for fd, events in epoll.poll(max(0, due - time.monotonic())):
            if fd == sys.stdin.fileno():
                return
            # another event of the same turn may have ended it
            if fd in waiting:
                go_on(waiting[fd], events)
    flush()


main()
