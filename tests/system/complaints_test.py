"""What users of other host monitors complain of most, tried on real parts: queues that overflow in silence, events lost
while off line, agents that anyone can freeze, duplicate identities, watches that miss the start.

Run by ctest as system.complaints; by hand: python3 tests/system/complaints_test.py
"""
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.stolen_state import steal_state  # noqa: E402  the path above must come first

CHANGES = 40_000  # of addresses, in less than a second: many times what a socket's queue holds
PORTS = [f"port{n}" for n in range(12)]


class Complaints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kwcp-"), prefix=f"kwcp{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()

    def setUp(self):
        for name, start in (("server", self.site.start_server), ("agent", self.site.start_agent)):
            if name not in self.site.processes:
                start()
        self.site.calm(self.device, "system test")

    def tearDown(self):
        self.site.show_logs(self)

    def kiosk(self, *argv, **options):
        return subprocess.run(["ip", "netns", "exec", self.site.net.ns("kiosk"), *argv], capture_output=True, text=True,
                              timeout=60, check=True, **options)

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def waiting(self):
        """Events that are safe on the kiosk's disk and that the platform has not got."""
        said = subprocess.run([str(BUILD / "bin" / "kioskward-agent"), "status", "--config", str(self.site.root / "agent.toml")],
                              capture_output=True, text=True, timeout=10, check=True).stdout
        return json.loads(said).get("events_waiting")  # nothing: the link process is not there yet

    def pids(self):
        guard = self.site.processes["agent"].pid
        children = pathlib.Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
        link = next(int(c) for c in children if b"link-process" in pathlib.Path(f"/proc/{c}/cmdline").read_bytes())
        return guard, link

    def test_silent_queue_overflow(self):
        """The guard is held while the kernel tells more than the queue takes: that it overflowed is an alarm, and what it
        would have told is found by looking anew."""
        guard, before = self.pids()[0], len(self.entries("net.sensor.lost"))
        os.kill(guard, signal.SIGSTOP)
        try:
            batch = "".join(f"addr {word} 127.9.{n % 200}.9/32 dev lo\n" for n in range(CHANGES // 2) for word in ("add", "del"))
            self.kiosk("ip", "-batch", "-", input=batch)
            self.kiosk("ip", "link", "add", "unseen0", "type", "bridge")
            self.addCleanup(self.kiosk, "ip", "link", "del", "unseen0")
        finally:
            os.kill(guard, signal.SIGCONT)
        wait_until(lambda: len(self.entries("net.sensor.lost")) > before, 30, why="the overflow is told")
        wait_until(lambda: any(e["params"]["interface"] == "unseen0" for e in self.entries("net.interface.added")), 30,
                   why="what the queue lost is found all the same")
        self.assertTrue(any(a["type"] == "net.sensor.lost" for a in self.site.alarms(self.device)), "and is an alarm")

    def test_lost_events_while_offline(self):
        """No platform, and the agent killed in the middle: every event arrives, each once, in order."""
        self.site.end("server")
        for number, port in enumerate(PORTS):
            held = self.waiting()
            self.kiosk("ip", "link", "add", port, "type", "bridge")
            wait_until(lambda h=held: self.waiting() > h, 10, 0.05, f"{port} is on the kiosk's disk")
            self.kiosk("ip", "link", "del", port)
            if number == len(PORTS) // 2:
                self.site.end("agent")
                self.site.start_agent()
                wait_until(self.answers, 20, why="the agent is back")
        self.site.start_server()
        wait_until(lambda: {e["params"]["interface"] for e in self.entries("net.interface.added")} >= set(PORTS), 40,
                   why="all of them arrive")
        told = collections.Counter(e["params"]["interface"] for e in self.entries("net.interface.added"))
        self.assertEqual({p: told[p] for p in PORTS}, dict.fromkeys(PORTS, 1), "each once")
        order = [e["params"]["interface"] for e in reversed(self.entries("net.interface.added")) if e["params"]["interface"] in PORTS]
        self.assertEqual(order, PORTS)

    def answers(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.waiting() is not None
        return False

    def test_agents_that_anyone_can_freeze(self):
        """Users cannot touch it; the one account that can stop the link process, and root, are found out in 3 s."""
        guard, link = self.pids()
        for user, target, may in (("nobody", guard, False), ("nobody", link, False), ("daemon", guard, False)):
            for number in (signal.SIGSTOP, signal.SIGKILL):
                done = self.as_user(user, f"import os; os.kill({target}, {int(number)})")
                self.assertEqual(done.returncode == 0, may, f"{user} sends {number.name} to {target}")
        self.assertNotEqual(self.as_user("nobody", f"open('/proc/{guard}/mem', 'r+b')").returncode, 0)
        self.assertNotEqual(self.as_user("daemon", f"open('/proc/{link}/mem', 'r+b')").returncode, 0)
        for who, freeze, kind in (("daemon", lambda: self.as_user("daemon", f"import os; os.kill({link}, 19)"), "agent.twin.lost"),
                                  ("root", lambda: os.kill(guard, signal.SIGSTOP), "agent.guard.lost")):
            before, since = len(self.entries(kind)), time.monotonic()
            freeze()
            wait_until(lambda k=kind, b=before: len(self.entries(k)) > b, 15, 0.02, f"{kind}, by {who}")
            self.assertLess(time.monotonic() - since, 5, f"{kind}: 3 s to detect it and 2 to tell")
        os.kill(guard, signal.SIGCONT)

    @staticmethod
    def as_user(user, code):
        return subprocess.run(["setpriv", "--reuid", user, "--regid", user, "--clear-groups", sys.executable, "-c", code],
                              capture_output=True, text=True, timeout=20, check=False)

    def test_duplicate_identities(self):
        """A copy of the whole kiosk, forged hardware and all, is refused with its reason; the true one does not notice."""
        refused = re.compile(r"admission\.refused\.(wrong_ip|wrong_mac|wrong_digest|duplicate_session)")
        self.site.net.add_host("copy", "198.18.10.66/24", "02:4b:57:00:10:66")
        self.site.start_agent("copy", steal_state(self.site, "copy-state"), "copy-agent", self.site.machine_id("kiosk"))
        self.addCleanup(self.site.end, "copy-agent")
        wait_until(lambda: any(refused.match(e["type"]) for e in self.people["audit"].get("/audit?limit=500")["items"]), 30,
                   why="the copy is refused")
        self.assertEqual(self.site.device(self.device)["live"], "online")
        self.assertTrue(any(refused.match(a["type"]) for a in self.site.alarms()), "and it is an alarm")
        self.assertFalse([d for d in self.people["security"].get("/devices")["items"] if d["id"] != self.device], "nobody else is let in")

    def test_watches_that_miss_the_start(self):
        """What changed while nothing watched is found at the start: a port, an address, a rule that is gone."""
        self.site.end("agent")
        self.kiosk("ip", "link", "add", "early0", "type", "bridge")
        self.kiosk("ip", "addr", "add", "198.18.10.99/24", "dev", "eth0")
        self.kiosk("nft", "delete", "table", "inet", "kioskward")
        self.addCleanup(self.kiosk, "ip", "link", "del", "early0")
        self.addCleanup(self.kiosk, "ip", "addr", "del", "198.18.10.99/24", "dev", "eth0")
        self.site.start_agent()
        wait_until(lambda: any(e["params"]["interface"] == "early0" for e in self.entries("net.interface.added")), 30,
                   why="a port that was there before")
        wait_until(lambda: any("198.18.10.99" in e["params"]["observed"] for e in self.entries("net.address.changed")), 30,
                   why="an address that was there before")
        wait_until(lambda: "policy drop" in self.kiosk("nft", "list", "ruleset").stdout, 10, why="the rules are back")


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
