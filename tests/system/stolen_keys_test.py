"""Somebody has everything that the platform has, its keys among it, and tries to command kiosks that count persons
(clauses 9.2, 9.7-d; ADR 81). Run by ctest as system.stolen_keys; by hand: python3 tests/system/stolen_keys_test.py
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site  # noqa: E402  the path above must come first
from demo.violations import VIOLATIONS  # noqa: E402  the path above must come first
from tests.support.console_client import Refused, wait_until  # noqa: E402  the path above must come first
from tests.support.person_key import PersonKey  # noqa: E402  the path above must come first

NEEDED = {"policy": 2, "baseline": 1, "release": 1, "action": 1, "cut": 0, "uninstall": 2, "rule": 2}


class StolenKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-stolen-"), prefix=f"kwx{subprocess.os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()
        cls.keys = {role: PersonKey(cls.site.root, role) for role in ("system", "security")}

    def tearDown(self):
        self.site.show_logs(self)

    def waiting(self, kind):
        found = [s for s in self.people["security"].get("/signings?state=waiting")["items"] if s["kind"] == kind]
        return found[0]["id"] if found else None

    def sign(self, kind, *roles):
        signing = wait_until(lambda: self.waiting(kind), 10, why=f"{kind} waits")
        for role in roles:
            done = self.keys[role].sign_waiting(self.people[role], signing)
        return done["info"]["state"]

    def thief(self, *words):
        subprocess.run([str(BUILD / "tests" / "platform_thief"), str(self.site.root / "server"), *words], check=True, timeout=60)

    def told(self, kind, seconds=20, **params):
        return wait_until(lambda: self.site.entries(self.device, kind, **params), seconds, why=f"{kind} {params}")[0]

    def cut(self):
        self.site.calm(self.device, "test") if self.site.device(self.device)["live"] != "online" else None
        VIOLATIONS[0].do(self.site.net)
        cut = self.site.wait_device(self.device, "the kiosk is cut", lambda d: d["live"] == "cut")
        VIOLATIONS[0].undo(self.site.net)
        return cut["case_id"]

    # ---- in order ---------------------------------------------------------------------------------------------------
    def test_1_two_persons_make_the_first_rule_and_the_kiosk_takes_it(self):
        for role, account in (("system", "sysadmin"), ("security", "secadmin")):
            self.keys[role].add(self.people[role], account)
        with self.assertRaises(Refused) as caught:  # a key of somebody else's making
            self.keys["system"].add(self.people["security"], "sysadmin")
        self.assertEqual(caught.exception.status, 403, caught.exception.body)
        ids = [k["id"] for k in self.people["security"].get("/signing-keys")["items"]]
        self.people["security"].post("/person-rule", {"keys": ids, "needed": NEEDED, "reason": "nobody commands alone"})
        self.assertEqual(self.sign("persons", "security"), "waiting")
        self.assertEqual(self.sign("persons", "system"), "complete")
        self.assertEqual(self.people["security"].get("/person-rule")["revision"], 1)
        self.told("persons.applied", revision=1)

    def test_2_the_policy_in_force_is_approved_again(self):
        """Kiosks that come new would refuse a policy that nobody has signed."""
        before = self.site.device(self.device)["policy_revision"]
        self.assertEqual(self.sign("policy", "security"), "waiting")
        self.assertEqual(self.site.device(self.device)["policy_revision"], before)
        self.assertEqual(self.sign("policy", "system"), "complete")
        self.site.wait_device(self.device, "the approved revision is in force", lambda d: d["policy_revision"] == before + 1)

    def test_3_a_release_waits_for_a_person(self):
        self.cut()
        order = self.people["security"].post(f"/devices/{self.device}/release", {"reason": "looked at"})
        self.assertEqual(order["state"], "unsigned")
        self.assertEqual(self.site.device(self.device)["live"], "cut")
        self.assertEqual(self.sign("order", "security"), "complete")
        self.site.wait_device(self.device, "released", lambda d: d["live"] == "online")

    def test_4_stolen_keys_release_nothing(self):
        case = self.cut()
        self.thief("release", self.device, case)
        self.told("command.unapproved", what="order")
        self.assertEqual(self.site.device(self.device)["live"], "cut")
        self.assertFalse(self.site.reaches_business())
        self.assertTrue([a for a in self.site.alarms(self.device) if a["type"] == "command.unapproved"], "it is an alarm")
        self.people["security"].post(f"/devices/{self.device}/release", {"reason": "after the thief"})
        self.sign("order", "security")
        self.site.wait_device(self.device, "an honest release works", lambda d: d["live"] == "online")

    def test_5_stolen_keys_command_no_section(self):
        self.thief("renew", self.device)
        wait_until(lambda: len(self.site.entries(self.device, "command.unapproved", what="order")) >= 2, 20, why="refused, told")

    def test_6_stolen_keys_publish_nothing(self):
        before = self.site.device(self.device)["policy_revision"]
        rules = self.site.run_in("kiosk", "nft", "list", "table", "inet", "kioskward").stdout
        self.thief("open", self.device)
        self.told("command.unapproved", what="policy", id=before + 1)
        self.told("policy.refused", reason="not_approved")
        self.assertEqual(self.site.device(self.device)["policy_revision"], before)
        self.assertIn("policy drop", rules)
        self.assertIn("policy drop", self.site.run_in("kiosk", "nft", "list", "table", "inet", "kioskward").stdout)

    def test_7_stolen_keys_name_no_other_persons(self):
        self.thief("persons")
        self.people["security"].post(f"/devices/{self.device}/cut", {"reason": "the kiosk hears of it with its next words"})
        self.site.wait_device(self.device, "a cut needs nobody", lambda d: d["live"] == "cut")
        self.site.end("agent")
        self.site.start_agent()
        self.told("persons.refused", 30, reason="not_approved", in_force=1)


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    unittest.main(verbosity=2, failfast=False)
