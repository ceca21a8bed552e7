"""farewell: the advert that it sends, and when it sends one."""

import json
import os
import socket
import struct
import tempfile
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import farewell


CONF = """
vrrp_instance web {
    virtual_router_id 77
    advert_int 0.5
    virtual_ipaddress {
        10.0.1.1/32 dev ens10
    }
    virtual_ipaddress_excluded {
        10.0.1.9/32 dev ens10
    }
}
"""
PRESENT = "3: ens10    inet 10.0.1.2/32 scope global ens10\n3: ens10    inet %s/32 scope global ens10\n"


class Advert(unittest.TestCase):
    def test_is_a_last_one_of_version_3(self):
        packet = farewell.advert(CONF, "10.0.1.2", "10.0.1.3")
        self.assertEqual(packet[:6], bytes([0x31, 77, 0, 1, 0, 50]))
        self.assertEqual(packet[8:], socket.inet_aton("10.0.1.1"))
        # with its own checksum, everything sums up to nothing
        pseudo = socket.inet_aton("10.0.1.2") + socket.inet_aton("10.0.1.3") + struct.pack("!BBH", 0, 112, len(packet))
        self.assertEqual(sum(struct.unpack("!12H", pseudo + packet)) % 0xFFFF, 0)


class Ended(unittest.TestCase):
    """keepalived has ended: what is run, and what is sent."""

    def ended(self, result, present, bridge):
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, name) for name in ("config.json", "keepalived.conf")]
            config = {"address": "10.0.1.2", "peerAddress": "10.0.1.3", "bridge": bridge}
            for name, text in zip(names, (json.dumps(config), CONF)):
                with open(name, "w") as file:
                    file.write(text)
            ran = []

            def run(arguments, **_options):
                ran.append(" ".join(arguments))
                return types.SimpleNamespace(stdout=PRESENT % present)

            with mock.patch.multiple(farewell, CONFIG=names[0], KEEPALIVED=names[1]), mock.patch.dict(
                os.environ, {"SERVICE_RESULT": result}
            ), mock.patch.object(farewell.subprocess, "run", run), mock.patch.object(
                farewell.socket, "socket"
            ) as made, mock.patch("sys.stderr"):
                code = farewell.main([])
            self.assertEqual(code, 0)
            sent = [call.args for call in made.return_value.__enter__.return_value.sendto.call_args_list]
        return ran[1:], sent

    def test_as_master_by_a_signal(self):
        packet = farewell.advert(CONF, "10.0.1.2", "10.0.1.3")
        ran, sent = self.ended("signal", "10.0.1.1", {"follow": "afterGrace"})
        self.assertEqual(ran, ["ip address del 10.0.1.1/32 dev ens10"])
        self.assertEqual(sent, [(packet, ("10.0.1.3", 0))])

    def test_without_the_bridge_the_address_stays(self):
        ran, sent = self.ended("oom-kill", "10.0.1.1", None)
        self.assertEqual((ran, len(sent)), ([], 1))

    def test_as_backup(self):
        self.assertEqual(self.ended("signal", "10.0.1.11", None), ([], []))

    def test_on_purpose(self):
        self.assertEqual(self.ended("success", "10.0.1.1", None), ([], []))


if __name__ == "__main__":
    unittest.main()
