"""The way from the nodes' network namespace to the API and the metadata service, which run outside of it.

gate.py NAMESPACE NAME=LISTEN_PORT:TARGET_PORT:SOURCE_ADDRESS ...
Listens on 127.0.0.1 inside the namespace and passes connections on to 127.0.0.1 outside, from SOURCE_ADDRESS, so that
the target can tell the nodes apart. Orders on stdin: `NAME open`, `NAME refuse` (resets what there is and what comes),
`NAME silent` (accepts and swallows); each is answered with `done`. Ends with its stdin.
"""

import asyncio
import ctypes
import os
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    descriptor = os.open(path, os.O_RDONLY)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns %s" % path)
    os.close(descriptor)


class Gate:
    def __init__(self, spec):
        self.name, rest = spec.split("=")
        listen, target, self.source = rest.split(":")
        self.target, self.mode, self.connections = int(target), "open", set()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", int(listen)))

    def order(self, mode):
        self.mode = mode
        if mode == "refuse":
            for writer in list(self.connections):
                reset(writer)

    async def serve(self):
        await asyncio.start_server(self.accept, sock=self.socket)

    async def accept(self, reader, writer):
        if self.mode == "refuse":
            reset(writer)
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target, local_addr=(self.source, 0))
        except OSError:
            reset(writer)
            return
        self.connections |= {writer, there[1]}
        await asyncio.gather(self.pump(reader, there[1]), self.pump(there[0], writer))
        self.connections -= {writer, there[1]}

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                if self.mode != "silent":
                    writer.write(data)
            writer.close()
        except OSError:
            reset(writer)


def reset(writer):
    sock = writer.get_extra_info("socket")
    if sock and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def main():
    outside, gates = "/proc/self/ns/net", []
    back = os.open(outside, os.O_RDONLY)
    enter(sys.argv[1])
    for spec in sys.argv[2:]:
        gates.append(Gate(spec))
    libc.setns(back, CLONE_NEWNET)
    for gate in gates:
        await gate.serve()
    print("done", flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := (await orders.readline()).decode().split():
        next(gate for gate in gates if gate.name == line[0]).order(line[1])
        print("done", flush=True)


asyncio.run(main())
