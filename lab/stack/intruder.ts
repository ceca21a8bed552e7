/**
 * The attacks of a third host and of a local user: packets in the tunnel's own format, to a port that listens on a
 * node.
 */

/**
 * The private port that the packets must not reach. A service of the node's own listens there, closed to other hosts.
 */
export const PRIVATE_PORT = 9999;

/** Counts the datagrams that arrive at the private port, at any address. */
export const LISTENER = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", ${PRIVATE_PORT}))
print("ready")
count = 0
while True:
    data, who = s.recvfrom(2048)
    print("got", data.decode(), "from", who[0])
`;

/**
 * FLOOD TO MAC [SOURCE_PORT]: sends VXLAN packets to a node's tunnel as fast as it can, with the peer's, its own and
 * other inner source addresses, to the node's private address, to its end of the tunnel and to the virtual IP.
 */
export const FLOOD = `
import socket, struct, sys, time
to, mac = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
def total(data):
    found = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while found >> 16: found = (found & 0xFFFF) + (found >> 16)
    return ~found & 0xFFFF
def inner(source, target, text):
    udp = struct.pack("!HHHH", 4000, ${PRIVATE_PORT}, 8 + len(text), 0) + text
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ends
    head = head[:10] + struct.pack("!H", total(head)) + head[12:]
    return b"\\x08\\0\\0\\0" + struct.pack("!I", 24789 << 8) + mac + b"\\x02\\x0a\\x0a\\0\\1\\2\\x08\\0" + head + udp
targets = [to, "10.0.1.1", "169.254.73.1", "169.254.73.2"]
sources = ["10.0.1.2", "10.0.1.3", "10.0.2.1", "10.0.1.1", "169.254.73.1", "169.254.73.2", "8.8.8.8"]
packets = [inner(s, t, b"%s-%s" % (s.encode(), t.encode())) for s in sources for t in targets if s != t]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 3: s.bind(("", int(sys.argv[3])))
s.connect((to, 24789))
print("ready")
began, sent = time.monotonic(), 0
while True:
    for packet in packets:
        try: s.send(packet)
        except OSError: pass
    sent += len(packets)
    if time.monotonic() - began > 1:
        print("rate %d" % (sent / (time.monotonic() - began)))
        began, sent = time.monotonic(), 0
    time.sleep(0.001)
`;
