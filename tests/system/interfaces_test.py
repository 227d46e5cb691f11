"""Section interfaces on real parts: every other port goes down, and what a stranger changes of the pinned one is back
within a second. Attacks A04, A05, A07, A08, A10, A11 and A21 of the list, as far as a namespace can stage them."""
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site, demo_policy  # noqa: E402  the path above must come first
from demo.violations import BUSINESS  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

SECTION = {"mode": "enforce", "others_down": True, "bring_back": True, "restore_identity": True, "pin_gateway": True,
           "refuse_autoconfiguration": True}
WITHIN = 1.0  # seconds, clause 8.2 as the project reads it


class Interfaces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-ifs-"), prefix=f"kwi{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.mac = cls.site.net.mac("kiosk")
        cls.site.activate()
        cls.device = cls.site.enrol()
        network = demo_policy()
        # The section is what is looked at here: the network part alone would cut at the first change, and rightly when a
        # packet of the agent's own leaves in the moment in which the port has another name.
        network["cut"].update(on_interface_change=False, on_identity_change=False, on_illegal_outbound=False)
        cls.site.publish(network, defence={"interfaces": SECTION})
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0)

    def kiosk(self, *argv, check=True):
        return subprocess.run(["ip", "netns", "exec", self.site.net.ns("kiosk"), *argv], capture_output=True, text=True,
                              timeout=10, check=check).stdout

    def within(self, test, what):
        began = time.monotonic()
        wait_until(test, 5, 0.02, what)
        self.assertLess(time.monotonic() - began, WITHIN, what)

    def told(self, kind, result="blocked"):
        wait_until(lambda: any(a["type"] == kind for a in self.site.alarms(self.device)), 10, why=f"{kind} is reported")
        del result

    def is_down(self, name):
        return "state DOWN" in self.kiosk("ip", "-o", "link", "show", name, check=False)

    def tearDown(self):
        self.site.show_logs(self)

    def test_other_ports_go_down(self):
        for name, make in {
                "usb0": ("link", "add", "usb0", "type", "veth", "peer", "name", "usb0p"),
                "wlan0": ("link", "add", "wlan0", "type", "veth", "peer", "name", "wlan0p"),
                "eth1": ("link", "add", "eth1", "type", "bridge"),
                "ppp0": ("tuntap", "add", "dev", "ppp0", "mode", "tun")}.items():
            with self.subTest(name):
                self.kiosk("ip", *make)
                self.kiosk("ip", "link", "set", name, "up")
                self.within(functools.partial(self.is_down, name), f"{name} is down")
                self.kiosk("ip", "link", "del", name)
        self.told("interface.refused")

    def test_address_mac_route_and_name_are_put_back(self):
        def right():
            link = self.kiosk("ip", "-o", "link", "show", "eth0", check=False)
            return (f"link/ether {self.mac}" in link and "UP" in link
                    and self.kiosk("ip", "-o", "-4", "addr", "show", "eth0").split()[3:4] == ["198.18.10.10/24"]
                    and self.kiosk("ip", "route", "show", "default").startswith("default via 198.18.10.1 dev eth0"))
        right_now = right()
        self.assertTrue(right_now)
        for what, steps in {
                "address added": [("addr", "add", "198.18.10.99/24", "dev", "eth0")],
                "address changed": [("addr", "flush", "dev", "eth0"), ("addr", "add", "198.18.10.98/24", "dev", "eth0")],
                "mask": [("addr", "flush", "dev", "eth0"), ("addr", "add", "198.18.10.10/16", "dev", "eth0")],
                "MAC": [("link", "set", "eth0", "address", "02:66:66:66:66:66")],
                "route": [("route", "replace", "default", "via", BUSINESS, "dev", "eth0")],
                "half routes": [("route", "add", "0.0.0.0/1", "via", BUSINESS), ("route", "add", "128.0.0.0/1", "via", BUSINESS)],
                "name": [("link", "set", "eth0", "down"), ("link", "set", "eth0", "name", "wlan7")],
                "down": [("link", "set", "eth0", "down"), ("link", "set", "eth0", "up")]}.items():
            with self.subTest(what):
                for step in steps:
                    self.kiosk("ip", *step, check=False)
                self.within(right, f"{what} is put back")
                if "half" in what:
                    self.assertNotIn("0.0.0.0/1", self.kiosk("ip", "route"))
        self.told("interface.restored")
        self.site.wait_device(self.device, "on line again", lambda d: d["live"] == "online", 30)

    def test_a_port_moved_to_another_namespace_comes_back(self):
        thief = subprocess.Popen(["unshare", "-n", "tail", "-f", "/dev/null"])
        try:
            wait_until(lambda: os.readlink(f"/proc/{thief.pid}/ns/net") != os.readlink("/proc/self/ns/net"), why="the thief is in")
            self.kiosk("ip", "link", "set", "eth0", "netns", str(thief.pid))
            self.within(lambda: self.mac in self.kiosk("ip", "-o", "link", "show", "eth0", check=False), "eth0 is back")
            self.within(lambda: self.kiosk("ip", "route", "show", "default").startswith("default via 198.18.10.1"), "its route too")
        finally:
            thief.kill()
            thief.wait()
        self.told("interface.port.moved")

    def test_the_gateway_is_pinned(self):
        wait_until(lambda: "PERMANENT" in self.kiosk("ip", "neigh", "show", "198.18.10.1"), 10, why="the entry is permanent")
        right = self.kiosk("ip", "neigh", "show", "198.18.10.1").split()[4]
        self.kiosk("ip", "neigh", "replace", "198.18.10.1", "lladdr", "02:66:66:66:66:01", "dev", "eth0")
        self.within(lambda: right in self.kiosk("ip", "neigh", "show", "198.18.10.1"), "the gateway's MAC is back")

    def test_nobody_on_the_wire_configures_the_port(self):
        for switch in ("net.ipv6.conf.eth0.accept_ra", "net.ipv4.conf.eth0.accept_redirects"):
            self.kiosk("sysctl", "-qw", f"{switch}=1", check=False)
            wait_until(lambda s=switch: self.kiosk("sysctl", "-n", s).strip() == "0", 5, 0.1, f"{switch} is off again")


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
