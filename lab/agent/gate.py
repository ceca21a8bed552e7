"""The way from the nodes' network namespace to the API and the metadata service, which run outside of it.

gate.py NAMESPACE NAME=LISTEN_ADDRESS,LISTEN_PORT,TARGET_PORT,SOURCE_ADDRESS ...
Listens inside the namespace and passes connections on to 127.0.0.1 outside, from SOURCE_ADDRESS, so that the target can
tell the nodes apart. Orders on stdin, each answered with `done`: `NAME open`, `NAME closed` (nothing listens, what is open
is reset), `NAME refuse` (resets what there is and what comes), `NAME silent` (accepts and swallows), `NAME PORT` (another
target from now on, what is open is reset). Ends with its stdin.
"""

import asyncio
import ctypes
import os
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Gate:
    def __init__(self, spec, inside, outside):
        self.name, rest = spec.split("=")
        self.listen, port, target, self.source = rest.split(",")
        self.port, self.target, self.inside, self.outside = int(port), int(target), inside, outside
        self.mode, self.connections, self.server = "open", set(), None

    async def serve(self):
        listener = socket.socket(socket.AF_INET6 if ":" in self.listen else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.listen, self.port))
        self.server = await asyncio.start_server(self.accept, sock=listener)

    async def open(self):
        enter(self.inside)
        try:
            await self.serve()
        finally:
            enter(self.outside)

    async def order(self, mode):
        if mode.isdigit():
            self.target, mode = int(mode), self.mode
            self.cut()
        if mode in ("refuse", "closed"):
            self.cut()
        if mode == "closed" and self.server:
            self.server.close()
            self.server = None
        elif mode != "closed" and not self.server:
            await self.open()
        self.mode = mode

    def cut(self):
        for writer in list(self.connections):
            reset(writer)

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
    outside, inside = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(sys.argv[1], os.O_RDONLY)
    gates = {gate.name: gate for gate in (Gate(spec, inside, outside) for spec in sys.argv[2:])}
    for gate in gates.values():
        await gate.open()
    print("done", flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := (await orders.readline()).decode().split():
        await gates[line[0]].order(line[1])
        print("done", flush=True)


asyncio.run(main())
