"""Section hardware on real parts: the components are learnt, approved and held; a swapped disk isolates the kiosk, an
ordered swap does not (clause 5.5.1). The disk's serial number is swapped in the agent's own mount namespace."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

DISK = next((d for d in sorted(pathlib.Path("/sys/block").iterdir())
             if (d / "device").exists() and (d / "serial").exists()), None)


class Hardware(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-hw-"), prefix=f"kwh{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish(defence={"hardware": {"mode": "enforce"}})
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0)
        cls.serial = (DISK / "serial").read_text().strip()

    def in_agents_mounts(self, *argv):
        subprocess.run(["nsenter", "-t", str(self.site.processes["agent"].pid), "-m", *argv], check=True, timeout=10)

    def swap_disk(self, serial):
        file = self.site.root / f"serial-{serial}"
        file.write_text(serial + "\n")
        self.in_agents_mounts("mount", "--bind", str(file), str(DISK / "serial"))

    def baselines(self):
        return [b for b in self.people["security"].get(f"/devices/{self.device}/baselines")["items"] if b["section"] == "hardware"]

    def approve(self, number):
        waiting = wait_until(lambda: [b for b in self.baselines() if b["state"] == "proposed"], 60, why="the kiosk proposes")
        content = self.people["audit"].get(f"/baselines/{waiting[0]['id']}")["content"]
        self.people["security"].post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "seen on site"})
        wait_until(lambda: [b for b in self.baselines() if b.get("outcome") == "applied" and b["revision"] == number], 20,
                   why="the kiosk reports it in force")
        return {c["slot"]: c["serial"] for c in content["components"] if c["kind"] == "disk"}

    def order(self, **args):
        self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "hardware", "action": "replace", "args": args, "reason": "repair reported"})

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def live(self, state, why, seconds=40):
        self.site.wait_device(self.device, why, lambda d: d["live"] == state, seconds)

    def test_the_road_of_a_disk(self):
        self.assertEqual(self.approve(1)[DISK.name], self.serial)

        self.order(kind="disk", old=self.serial, new="ORDERED-2", hours="24")
        wait_until(lambda: any(f["key"] == "hardware.replacements" and f["value"] == "1" for f in
                               self.people["security"].get(f"/devices/{self.device}")["facts"]), 20, why="the order has arrived")
        self.swap_disk("ORDERED-2")
        self.assertEqual(self.approve(2)[DISK.name], "ORDERED-2")
        self.live("online", "an ordered swap does not isolate")
        self.assertTrue(self.entries("hardware.part.replaced"))
        self.assertFalse(self.entries("hardware.part.changed"))

        self.swap_disk("STOLEN-3")
        self.live("cut", "a swap that nobody ordered isolates")
        wait_until(lambda: self.entries("hardware.part.changed"), 20, why="and is told over the channel that stays")
        told = self.entries("hardware.part.changed")[0]
        self.assertEqual((told["result"], told["params"]["bound"], told["params"]["observed"]), ("blocked", "ORDERED-2", "STOLEN-3"))
        self.assertFalse(self.site.reaches_business())

        self.in_agents_mounts("umount", str(DISK / "serial"))  # the ordered disk is back in its place
        wait_until(lambda: self.entries("hardware.part.back"), 40, why="the approved disk is back")
        self.site.calm(self.device)


if __name__ == "__main__":
    reason = permitted() or (DISK is None and "no disk with a serial number here")
    if reason:
        print(f"skipped: network namespaces or a disk are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
