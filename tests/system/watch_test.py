"""`make run` where network namespaces are not permitted: it says so, this machine is the kiosk, it watches and changes nothing.

demo/run.py runs without the capabilities that namespaces need, which is the path of a machine that does not give them. Where
this test itself may make namespaces it does so in one of its own, so that nothing else moves in the network that it compares.
Run by ctest as system.watch; by hand: python3 tests/system/watch_test.py
"""
import contextlib
import ctypes
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import CLONE_NEWNET, permitted  # noqa: E402  the path above must come first
from demo.site import REPO  # noqa: E402  the path above must come first
from demo.watch_only import Place, choose  # noqa: E402  the path above must come first
from tests.support.console_client import Console, wait_until  # noqa: E402  the path above must come first

OWN = permitted() is None  # a network of this test's own
PASSWORD = "Kw-watch-test-9a"


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def own_network(*interface):
    """Moves this process into a new network namespace, with loopback and, where one is named, an interface."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run("ip", "link", "set", "lo", "up")
    for name, address, gateway in interface:
        pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
        run("ip", "link", "add", name, "address", "02:4b:57:00:30:10", "type", "bridge")
        run("ip", "addr", "add", address, "dev", name)
        run("ip", "link", "set", name, "up")
        run("ip", "route", "add", "default", "via", gateway)


def network_state():
    """Everything that a program could have changed of this network."""
    out = [run("ip", "-o", *words) for words in (["link"], ["address"], ["-4", "route", "show", "table", "all"], ["rule"])]
    out = [re.sub(r"valid_lft \S+ preferred_lft \S+| tentative", "", text) for text in out]  # leases run on their own
    return out + ([run("nft", "list", "ruleset")] if OWN else [])


def listening():
    with open("/proc/net/tcp", encoding="ascii") as table:
        return sorted(line.split()[1] for line in table if line.split()[3] == "0A")


class Demo:
    """demo/run.py in a session of its own, as in a terminal; its lines come through a queue."""

    def __init__(self, kept="-all"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kw-watch-"))
        less = ["setpriv", "--bounding-set", kept, "--inh-caps", "-all"] if OWN else []
        self.process = subprocess.Popen([*less, sys.executable, "demo/run.py", "--port", "0", "--dir", str(self.root / "demo")],
                                        cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.lines, self.text = queue.Queue(), ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, pattern, seconds=60):
        """Reads on until what was printed so far holds `pattern`; returns the match."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"{pattern!r} was not printed: {self.text}") from None
            if line is None:
                raise RuntimeError(f"ended with {self.process.wait()}: {self.text}{self.logs()}")
            self.text += line
        return found

    def logs(self):
        return "".join(f"---- {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in self.root.glob("demo/*.log"))

    def interrupt(self):
        """Ctrl-C: the terminal sends SIGINT to the whole group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)

    def left(self):
        """What is still there of it: processes of its session, files."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 0)
            return ["processes"]
        return [str(file) for file in self.root.rglob("*")]

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Watch(unittest.TestCase):
    def start(self, *interface, kept="-all"):
        if OWN:
            own_network(*interface)
        self.before, self.listeners = network_state(), listening()
        demo = Demo(kept)
        self.addCleanup(demo.close)
        demo.until(r"network namespaces are not permitted here \(.+\): platform and one kiosk in watch mode", 30)
        return demo

    def ended_without_a_trace(self, demo):
        self.assertEqual(demo.interrupt(), 0, demo.logs())
        self.assertEqual(demo.left(), [])
        self.assertEqual(network_state(), self.before)
        if OWN:
            self.assertEqual(listening(), self.listeners)

    def people(self, demo):
        console = int(demo.until(r"Console +http://127\.0\.0\.1:(\d+)").group(1))
        demo.until("Ctrl-C ends everything")
        once = dict(re.findall(r"(\w+)\.demo +one-time password (\S+)", demo.text))
        return {role: Console(console).activate(f"{role}.demo", once[role], PASSWORD) for role in ("security", "audit")}

    def the_kiosk_watches(self, demo):
        people = self.people(demo)
        device = people["security"].get("/devices")["items"]
        self.assertEqual(len(device), 1)
        path = f"/devices/{device[0]['id']}"

        def now():
            return people["security"].get(path)["device"]
        seen = wait_until(lambda: (d := now()) and d["live"] == "watching" and d["policy_revision"] == d["policy_wanted"] > 0 and d,
                          why="the kiosk is on line and watching")
        self.assertIn(f", {seen['address']})", demo.text)
        self.assertEqual(network_state(), self.before, "watching changes nothing")

        types = [e["type"] for e in people["audit"].get("/audit?limit=500")["items"]]
        self.assertIn("admission.granted", types)
        wait_until(lambda: any(a["type"] == "agent.enforcer.unavailable" for a in people["security"].get("/alarms")["items"]),
                   why="the platform is told that nothing is enforced")
        people["security"].post(f"{path}/cut", {"reason": "system test"})
        wait_until(lambda: any(a["type"] == "order.refused" and a["params"]["reason"] == "watching"
                               for a in people["security"].get("/alarms")["items"]), why="a cut is refused, not pretended")
        self.assertEqual(now()["live"], "watching")
        self.assertEqual(network_state(), self.before, "nothing was cut")
        return people, now

    def test_1_the_kiosk_is_this_machine_and_only_watches(self):
        demo = self.start(("eth0", "198.18.30.10/24", "198.18.30.1"))
        people, now = self.the_kiosk_watches(demo)
        if OWN:
            self.assertEqual((now()["address"], now()["mac"]), ("198.18.30.10/24", "02:4b:57:00:30:10"))
            run("ip", "link", "add", "usb0", "type", "bridge")
            alarm = wait_until(lambda: next((a for a in people["security"].get("/alarms")["items"]
                                             if a["type"] == "net.interface.added"), None), why="a new interface is told")
            self.assertEqual(alarm["params"]["interface"], "usb0")
            event = wait_until(lambda: next((e for e in people["audit"].get("/audit?type=net.interface.added")["items"]), None),
                               why="the ledger has it too")
            self.assertEqual(event["result"], "observed")
            self.assertEqual(now()["live"], "watching")
            run("ip", "link", "del", "usb0")
        self.ended_without_a_trace(demo)

    @unittest.skipUnless(OWN, "needs a network of its own: on a real machine it would have the right to change it")
    def test_2_the_right_to_change_the_network_is_not_used(self):
        demo = self.start(("eth0", "198.18.30.10/24", "198.18.30.1"), kept="-all,+net_admin")
        self.the_kiosk_watches(demo)
        self.ended_without_a_trace(demo)

    @unittest.skipUnless(OWN, "needs a machine with nothing but loopback")
    def test_3_without_an_interface_the_platform_stands_alone(self):
        demo = self.start()
        people = self.people(demo)
        self.assertIn("No kiosk", demo.text)
        self.assertEqual(people["security"].get("/devices")["items"], [])
        self.ended_without_a_trace(demo)

    def test_4_ctrl_c_while_it_starts(self):
        demo = self.start(("eth0", "198.18.30.10/24", "198.18.30.1"))
        wait_until(lambda: (demo.root / "demo" / "server.log").exists() or demo.process.poll() is not None, why="it is starting")
        self.ended_without_a_trace(demo)
        self.assertNotIn("Console", demo.text)

    def test_5_the_place_is_the_default_routes_interface(self):
        def link(name, local, **more):
            family = "inet6" if ":" in local else "inet"
            return {"ifname": name, "flags": ["UP"], "link_type": "ether", "address": f"02:00:00:00:00:{len(name):02d}",
                    "addr_info": [{"family": family, "local": local, "prefixlen": 24, "scope": "global"}], **more}
        lo = link("lo", "127.0.0.1", link_type="loopback", address="00:00:00:00:00:00")
        docker, wifi = link("docker0", "192.0.2.1"), link("wlan0", "198.51.100.7")
        routes = [{"dev": "docker0", "gateway": "192.0.2.9", "metric": 900}, {"dev": "wlan0", "gateway": "198.51.100.1", "metric": 600}]
        there = Place("wlan0", "198.51.100.7/24", "198.51.100.1", wifi["address"])
        self.assertEqual(choose([lo, docker, wifi], routes), there)
        self.assertEqual(choose([lo, wifi, docker], []), Place("wlan0", "198.51.100.7/24", "", wifi["address"]))
        tunnel = link("tun0", "203.0.113.5", link_type="none")
        self.assertEqual(choose([lo, tunnel, wifi], [{"dev": "tun0"}, *routes]), there, "a tunnel has no MAC to bind")
        for bad in (link("eth0", "198.51.100.7", flags=[]), link("eth0", "2001:db8::1"),
                    link("eth0", "198.51.100.7", address="00:00:00:00:00:00")):
            self.assertIsNone(choose([lo, bad], []), bad)
        self.assertIsNone(choose([], []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
