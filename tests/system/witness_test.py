"""Witnesses of the ledger on real parts: a kiosk and a named witness sign its heads together; somebody with root on the
platform and all its keys rewrites an entry and signs the new tree, and both refuse it: on the kiosk's screen, at the named
witness with evidence that convicts, on the console (clause 9.1).

Run by ctest as system.witness; by hand: python3 tests/system/witness_test.py
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

KIOSKWARD = str(BUILD / "bin" / "kioskward")
DESK = 8680


class Witnesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kww-"), prefix=f"kww{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.backup = cls.site.root / "backup"
        cls.site.agent_extra = f'\n[witness]\ntell = ["{Site.platform_address}:{DESK}"]\n'
        cls.site.start()
        cls.people = cls.site.activate()
        cls.ledger_key = cls.site.root / "ledger.pem"
        shutil.copy(cls.site.server_dir / "ledger.pem", cls.ledger_key)

    def tearDown(self):
        self.site.show_logs(self)

    def witness(self, *more):
        return [KIOSKWARD, "witness", "--server", "127.0.0.1:8661", "--key", str(self.ledger_key), "--state",
                str(self.backup), "--name", "backup", *more]

    def report(self):
        return self.people["audit"].get("/witnesses")

    def row(self, name):
        return next((w for w in self.report()["items"] if w["witness"] == name), {})

    def test_1_a_key_that_nobody_named_is_not_heard(self):
        said = self.site.run_in("platform", *self.witness("--once"), seconds=30)
        self.assertEqual(said.returncode, 1, said.stderr)
        self.assertIn("403", said.stderr)
        self.assertTrue((self.backup / "witness.pem").exists(), "its key is there all the same, to be configured")
        self.assertEqual((self.backup / "key.pem").stat().st_mode & 0o777, 0o600)

    def test_2_a_kiosk_and_a_named_witness_sign_together(self):
        self.site.end("server", signal.SIGTERM)
        type(self.site).server_extra = ('\n[witness]\nneeded = 2\n[[witness.named]]\nname = "backup"\nsite = "灾备中心"\n'
                                        f'key = "{self.backup / "witness.pem"}"\n')
        self.addClassCleanup(setattr, Site, "server_extra", "")
        self.site.start_server()
        policy = demo_policy()
        policy["allow_out"].append({"name": "witness", "address": Site.platform_address, "protocol": "tcp", "ports": [str(DESK)]})
        type(self).device = self.site.enrol()
        self.site.publish(policy)
        self.site.start_agent()
        self.site.wait_device(self.device, "the kiosk is on line and obeys", lambda d: d["policy_revision"] == d["policy_wanted"] > 0)
        self.site.spawn("witness", "platform", self.witness("--every", "1", "--listen", f"{Site.platform_address}:{DESK}"))
        report = wait_until(lambda: (r := self.report()) and r["quorum"] == "met" and r, 60, why="both have signed one head")
        self.assertEqual(sorted(report["by"]), sorted([self.device, "backup"]))
        self.assertEqual(report["needed"], 2)
        self.assertIn("signed: platform", self.site.log("witness"))
        self.assertEqual(self.row("backup")["site"], "灾备中心")

    def test_3_a_rewritten_ledger_with_all_keys_is_refused(self):
        marker = "secadmin"  # who did things: it shall have been somebody else
        seen = self.report()["witnessed"]["size"]
        wait_until(lambda: self.row(self.device)["size"] >= seen, 30, why="the kiosk has seen it")
        self.site.end("server", signal.SIGTERM)
        shutil.copytree(self.site.server_dir, self.site.root / "before")
        changed = subprocess.run([str(BUILD / "tests" / "rewrite_ledger"), str(self.site.server_dir), marker, "sysadmin"],
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assertGreater(int(changed.stdout), 0)
        verdict = subprocess.run([KIOSKWARD, "verify", "ledger", str(self.site.server_dir / "ledger"), "--key", str(self.ledger_key)],
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(verdict.returncode, 0, "by itself it looks whole: that is the point\n" + verdict.stdout)
        self.site.start_server()

        wait_until(lambda: "REFUSED: " in self.site.log("witness"), 60, why="the named witness refuses")
        wait_until(lambda: f"HEARD: {self.device} refuses the ledger" in self.site.log("witness"), 60, why="it hears the kiosk")
        heard = next(line for line in self.site.log("witness").splitlines() if "HEARD: " in line)
        self.assertIn("proves: forked", heard)
        refused = next(line for line in self.site.log("witness").splitlines() if "REFUSED: " in line)
        self.assertIn("proves: forked", refused)
        page = json.loads(self.site.run_in("kiosk", "curl", "-s", "http://127.0.0.1:8670/state").stdout)
        self.assertTrue(page.get("ledger_refused"), "on the kiosk's own screen")
        wait_until(lambda: self.row(self.device).get("refuses") == "forked", 30, why="the console names the kiosk")
        wait_until(lambda: self.row("backup").get("refuses") == "forked", 30, why="and the named witness")
        alarms = [a["type"] for a in self.people["security"].get("/alarms?limit=500")["items"]]
        self.assertIn("ledger.witness.refused", alarms)
        self.assertIn("ledger.refused", alarms)
        for name in (f"{self.device}.kwr", "backup.kwr"):
            self.assertTrue((self.site.server_dir / "refusals" / name).stat().st_size > 100, "evidence is kept")
        self.assertTrue((self.backup / "refusals" / f"{self.device}-forked.kwr").exists(), "and elsewhere")

    def test_4_a_platform_that_is_brought_back_whole_is_signed_again(self):
        self.site.end("server", signal.SIGTERM)
        shutil.rmtree(self.site.server_dir)
        os.rename(self.site.root / "before", self.site.server_dir)
        self.site.start_server()
        wait_until(lambda: self.row(self.device).get("refuses") == "" and self.row("backup").get("refuses") == "", 60,
                   why="nobody refuses any more")
        state = json.loads(self.site.run_in("kiosk", "curl", "-s", "http://127.0.0.1:8670/state").stdout)
        self.assertFalse(state.get("ledger_refused", False))


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
