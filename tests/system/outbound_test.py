"""Ten ways out of a kiosk, each over IPv4 and, where it exists, IPv6: none gets a packet through, each is told, and the
network is cut (clause 9.5). Attacks A04, A22, A24 of the list among them."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site, demo_policy  # noqa: E402  the path above must come first
from demo.violations import BUSINESS, DNS_QUERY, OUTSIDE  # noqa: E402  the path above must come first
from tests.support.arrivals import Arrivals  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

OUTSIDE6, BUSINESS6 = "2001:db8:71::9", "2001:db8:10::20"
DEFENCE = {
    "interfaces": {"mode": "enforce", "others_down": True, "bring_back": True, "refuse_autoconfiguration": True},
    "outbound": {"mode": "enforce", "end_connections": True, "guard_frames": True, "cut_on_frames": True},
}
ILLEGAL = ("net.outbound.illegal",)
PORT = ("net.interface.added", "interface.refused")


def tcp(address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as link:
        link.settimeout(0.2)
        try:
            link.connect((address, port))
        except OSError:  # dropped, as it should be
            pass


def udp(address, port, data=b"kioskward test"):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as box:
        try:
            box.sendto(data, (address, port))
        except OSError:  # the kernel refused it at once
            pass


def frame(mac, ethertype, payload):
    """A whole frame past every inet hook: what only a packet socket can send."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind(("eth0", 0))
        try:
            raw.send(b"\xff" * 6 + bytes.fromhex(mac.replace(":", "")) + ethertype.to_bytes(2, "big") + payload)
        except OSError:  # no buffer space: the egress hook dropped it
            pass


def raw_ip(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_RAW, 253) as raw:  # RFC 3692: for experiments
        try:
            raw.sendto(b"kioskward test", (address, 0))
        except OSError:
            pass


class WaysOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-out-"), prefix=f"kwo{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        for host, device, address in (("kiosk", "eth0", "2001:db8:10::10/64"), ("business", "eth0", f"{BUSINESS6}/64"),
                                      ("business", "eth0", f"{OUTSIDE6}/64")):
            cls.site.run_in(host, "sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=0")
            cls.site.run_in(host, "ip", "-6", "addr", "add", address, "dev", device, "nodad")
        cls.site.run_in("kiosk", "ip", "-6", "route", "add", "2001:db8:71::/64", "dev", "eth0")
        cls.arrivals = Arrivals(cls.site)
        cls.site.activate()
        cls.device = cls.site.enrol()
        network = demo_policy()
        network["cut"].update(on_identity_change=False)  # its IPv6 address is this test's own doing
        cls.site.publish(network, defence=DEFENCE)
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0)

    def kiosk(self, work):
        self.site.net.inside("kiosk", work)

    def ip(self, *words):
        self.site.run_in("kiosk", "ip", *words)

    def arrived(self):
        return self.arrivals.count()

    def goes_nowhere(self, name, way, told, undo=None):
        with self.subTest(name):
            self.site.calm(self.device)
            seen, before = {a["id"]: a["count"] for a in self.site.alarms(self.device)}, self.arrived()
            way()
            try:
                wait_until(lambda: "kioskward_cut" in self.site.run_in("kiosk", "nft", "list", "tables").stdout, 5, 0.02,
                           f"{name}: the network is cut")
                wait_until(lambda: any(a["type"] in told and seen.get(a["id"], 0) < a["count"] for a in self.site.alarms(self.device)),
                           10, why=f"{name}: one of {told} is told")
                self.assertEqual(self.arrived(), before, f"{name}: nothing arrives")
            finally:
                if undo:
                    undo()

    def both(self, name, way, told, four, six):
        self.goes_nowhere(f"{name}, IPv4", lambda: self.kiosk(lambda: way(four)), told)
        self.goes_nowhere(f"{name}, IPv6", lambda: self.kiosk(lambda: way(six)), told)

    def test_00_the_counter_sees_what_arrives(self):
        before = self.arrived()
        self.kiosk(lambda: udp(BUSINESS, 9000))  # the policy allows it
        wait_until(lambda: self.arrived() > before, why="an allowed datagram is counted")

    def test_01_other_address(self):
        self.both("other address", lambda a: tcp(a, 443), ILLEGAL, OUTSIDE, OUTSIDE6)

    def test_02_other_port(self):
        self.both("other port", lambda a: tcp(a, 22), ILLEGAL, BUSINESS, BUSINESS6)

    def test_03_udp(self):
        self.both("UDP", lambda a: udp(a, 9000), ILLEGAL, OUTSIDE, OUTSIDE6)

    def test_04_icmp(self):
        for name, argv in {"IPv4": ("ping", "-c1", "-W1", OUTSIDE), "IPv6": ("ping", "-6", "-c1", "-W1", OUTSIDE6)}.items():
            self.goes_nowhere(f"ICMP, {name}", lambda argv=argv: self.site.run_in("kiosk", *argv), ILLEGAL)

    def test_05_dns(self):
        self.both("DNS", lambda a: udp(a, 53, DNS_QUERY), ILLEGAL, OUTSIDE, OUTSIDE6)

    def test_06_proxy_on_an_allowed_host(self):
        self.both("proxy", lambda a: tcp(a, 1080), ILLEGAL, BUSINESS, BUSINESS6)

    def test_07_tunnel(self):
        self.goes_nowhere("tunnel", lambda: (self.ip("tuntap", "add", "dev", "tun0", "mode", "tun"), self.ip("link", "set", "tun0", "up")),
                          PORT, lambda: self.ip("link", "del", "tun0"))

    def test_08_second_interface(self):
        self.goes_nowhere("second interface", lambda: (self.ip("link", "add", "usb0", "type", "veth", "peer", "name", "usb0p"),
                                                       self.ip("addr", "add", "192.168.42.2/24", "dev", "usb0"),
                                                       self.ip("link", "set", "usb0", "up")),
                          PORT, lambda: self.ip("link", "del", "usb0"))

    def test_09_raw_sockets(self):
        mac = self.site.net.mac("kiosk")
        self.both("raw IP", raw_ip, ILLEGAL, OUTSIDE, OUTSIDE6)
        self.goes_nowhere("raw frame, IPv4", lambda: self.kiosk(lambda: frame(mac, 0x0800, b"\x45" + b"\0" * 59)), ("outbound.frames.refused",))
        self.goes_nowhere("raw frame, IPv6", lambda: self.kiosk(lambda: frame(mac, 0x86dd, b"\x60" + b"\0" * 59)), ("outbound.frames.refused",))
        self.goes_nowhere("raw frame, unknown type", lambda: self.kiosk(lambda: frame(mac, 0x88b5, b"\0" * 60)), ("outbound.frames.refused",))

    def test_10_another_namespace_with_a_moved_interface(self):
        thief = subprocess.Popen(["unshare", "-n", "tail", "-f", "/dev/null"])
        try:
            wait_until(lambda: os.readlink(f"/proc/{thief.pid}/ns/net") != os.readlink("/proc/self/ns/net"), why="the thief is in")
            before = self.arrived()
            self.site.calm(self.device)
            self.ip("link", "add", "link", "eth0", "name", "mv0", "type", "macvlan", "mode", "bridge")
            self.ip("link", "set", "mv0", "netns", str(thief.pid))
            wait_until(lambda: "kioskward_cut" in self.site.run_in("kiosk", "nft", "list", "tables").stdout, 5, 0.02, "cut")
            wait_until(lambda: any(a["type"] in PORT for a in self.site.alarms(self.device)), 10, why="the new port is told")
            self.assertEqual(self.arrived(), before)
        finally:
            thief.kill()
            thief.wait()
        self.site.calm(self.device)

    def test_11_open_connections_end_with_the_cut(self):
        self.site.calm(self.device)

        def hold_while_cut():
            with socket.create_connection((BUSINESS, 8080), timeout=5) as link:
                tcp(OUTSIDE, 443)
                link.settimeout(5)
                try:
                    return link.recv(1)
                except ConnectionAbortedError:
                    return "aborted"
        self.assertEqual(self.site.net.inside("kiosk", hold_while_cut), "aborted")
        self.site.calm(self.device)


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
