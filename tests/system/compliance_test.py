"""Compliance end to end: a kiosk gets verdicts from what it tells, a violation breaks a requirement and its release mends
it, a foreign interface does, and silence makes everything unknown that was measured.

The catalogue is the shipped one with an age of one minute in place of a day: what a day of silence does is seen in a
minute.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO, Site, demo_policy  # noqa: E402  the path above must come first
from demo.violations import OUTSIDE  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, wait_until  # noqa: E402  the path above must come first
from tests.support.contract import Contract  # noqa: E402  the path above must come first

# Others are told and left up: what the requirement sees then is what is there.
DEFENCE = {"interfaces": {"mode": "enforce", "others_down": False}, "outbound": {"mode": "enforce"}}
OTHER_DAY = "2030-01-01T00:00:00Z"


def hasty_catalogue(to):
    """The shipped requirements, whose measurements are too old after a minute."""
    shutil.copytree(REPO / "catalogue" / "compliance", to)
    for rule in to.glob("503.7/*/rule.toml"):
        rule.write_text(rule.read_text().replace('stale_after = "24h"', 'stale_after = "1m"'))
    return to


class Compliance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-comp-"), prefix=f"kwc{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.catalogue = pathlib.Path(tempfile.mkdtemp(prefix="kw-rules-")) / "compliance"
        cls.addClassCleanup(shutil.rmtree, cls.catalogue.parent, ignore_errors=True)
        cls.site.requirements = hasty_catalogue(cls.catalogue)
        cls.site.start()
        Console.contract = Contract()  # every answer is held against the description
        cls.addClassCleanup(setattr, Console, "contract", None)
        cls.site.activate()
        cls.device = cls.site.enrol()
        network = demo_policy()
        network["cut"]["on_interface_change"] = False
        cls.site.publish(network, defence=DEFENCE)
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "the kiosk is on line and obeys",
                             lambda d: d["policy_revision"] == d["policy_wanted"] > 0)

    def tearDown(self):
        self.site.show_logs(self)

    def ask(self, path, role="security"):
        return self.site.people[role].get(f"/compliance{path}")

    def requirement(self, name):
        return self.ask(f"/requirements/{name}?subject=device:{self.device}")

    def becomes(self, name, status, seconds=30):
        """Waits for a status, as it is judged when it is asked for and as it is stored."""
        def stored():
            rows = self.ask(f"/requirements?clause={name}")["items"]
            return self.requirement(name)["requirement"]["status"] == status and rows and rows[0]["counts"][status] == 1
        try:
            wait_until(stored, seconds, 0.2, f"{name} is {status}")
        except Exception:
            print("\n".join(f"{c['name']}: {c.get('reason')}" for c in self.requirement(name)["checks"]))
            raise

    def fault(self, name):
        return [f"{c['name']}: {c['reason']['why']}" for c in self.requirement(name)["checks"]
                if c["reason"]["outcome"] != "holds"]

    def changed(self, name, after):
        return [e for e in self.site.entries(self.device, "compliance.verdict.changed", requirement=name, after=after)]

    def test_1_what_a_kiosk_tells_is_judged(self):
        self.becomes("5.4-b.1", "met_measured")
        self.becomes("8.1.2", "met_measured")
        sums = self.ask("")
        self.assertTrue(sums["available"] and sums["platform"])
        self.assertEqual((sums["devices"], sums["sites"], sums["waiting"]), (1, 1, 0))
        self.assertGreater(sums["score"]["counts"]["met_measured"], 5)
        self.assertGreater(sums["score"]["counts"]["unknown"], 5, "nobody has attested anything")
        # 7.4.1.1: the embedded store is not distributed, and the platform says so of itself.
        row = self.ask("/requirements?subject=platform&clause=7.4.1.1")["items"][0]
        self.assertEqual(row["status"], "not_met")

    def test_2_a_violation_breaks_a_requirement_until_the_kiosk_is_released(self):
        self.becomes("8.1.2", "met_measured")
        self.site.run_in("kiosk", "curl", "-s", "-m", "1", f"http://{OUTSIDE}/")
        self.becomes("8.1.2", "not_met")
        self.assertIn("no-outreach: happened", self.fault("8.1.2"))
        self.site.calm(self.device)
        self.becomes("8.1.2", "met_measured")
        wait_until(lambda: self.changed("8.1.2", "not_met") and self.changed("8.1.2", "met_measured"), 10,
                   why="both changes are in the ledger")
        history = self.requirement("8.1.2")["history"]
        self.assertEqual([h["after"] for h in history[:2]], ["met_measured", "not_met"])

    def test_3_a_foreign_interface_breaks_5_4_b_until_it_is_gone(self):
        self.becomes("5.4-b.1", "met_measured")
        self.site.run_in("kiosk", "ip", "link", "add", "wlan0", "type", "veth", "peer", "name", "wlan0p")
        self.site.run_in("kiosk", "ip", "link", "set", "wlan0", "up")
        self.becomes("5.4-b.1", "not_met")
        self.assertIn("others-down: differs", self.fault("5.4-b.1"))
        self.site.run_in("kiosk", "ip", "link", "del", "wlan0")
        self.becomes("5.4-b.1", "met_measured")

    def test_4_records_are_filed_and_a_second_person_says_what_does_not_apply(self):
        security, system = self.site.people["security"], self.site.people["system"]
        record = {"subject": "platform", "record": "boundary", "reference": "B-2026-1", "issuer": "bureau",
                  "valid_from": "2026-01-01T00:00:00Z", "valid_until": OTHER_DAY, "file_name": "boundary.pdf",
                  "file_digest": "5c" * 32, "fields": {name: "x" for name in (
                      "terminal_type", "platform", "sites", "operating_unit", "approver")}}
        for name, value in (("record", "no-such"), ("reference", ""), ("valid_until", "soon"), ("file_digest", "5c")):
            security.rude = True
            with self.assertRaises(Refused) as refused:
                security.post("/compliance/records", {**record, name: value})
            security.rude = False
            self.assertEqual(refused.exception.status, 422, name)
        with self.assertRaises(Refused) as refused:
            self.site.people["audit"].post("/compliance/records", record)
        self.assertEqual(refused.exception.status, 403)
        filed = security.post("/compliance/records", record)
        status = lambda name, at: self.ask(f"/requirements/{name}?subject={at}")["requirement"]["status"]  # noqa: E731
        self.assertEqual(status("1", "platform"), "met_attested")
        security.post(f"/compliance/records/{filed['id']}/withdraw", {"reason": "test"})
        self.assertEqual(status("1", "platform"), "unknown")
        held = security.post("/compliance/statements", {"subject": f"device:{self.device}", "requirement": "5.5.3",
                                                        "reference": "S-1", "reason": "no parts", "valid_until": OTHER_DAY})
        self.assertNotEqual(status("5.5.3", f"device:{self.device}"), "not_applicable")
        done = system.post(f"/requests/{held['id']}/approve", {"reason": "seen"})
        self.assertEqual(done["outcome"], "done")
        self.assertEqual(status("5.5.3", f"device:{self.device}"), "not_applicable")
        said = self.ask(f"/records?subject=device:{self.device}")["items"][0]
        self.assertEqual((said["who"], said["second_who"]), (security.session["account"], system.session["account"]))

        for path in ("/raises", "/ending?days=3653", "/changes", "/subjects", "/records", "/requirements/5.4-b.1"):
            self.ask(path)

    def test_5_the_shell_explains_a_clause(self):
        said = subprocess.run([str(BUILD / "bin" / "kioskward"), "compliance", "explain", "5.4-b", "--catalogue",
                               str(self.catalogue), "--lang", "zh"], capture_output=True, text=True, timeout=20, check=True)
        self.assertIn("5.4-b.1", said.stdout)
        self.assertIn("5.4-b.4", said.stdout)

    def test_6_silence_makes_unknown_and_a_word_makes_known(self):
        self.becomes("5.4-b.1", "met_measured")
        before = self.ask(f"?subject=device:{self.device}")["score"]
        self.site.end("agent")
        self.becomes("5.4-b.1", "unknown", 120)
        self.assertTrue(all(word.endswith(": stale") for word in self.fault("5.4-b.1")), self.fault("5.4-b.1"))
        after = self.ask(f"?subject=device:{self.device}")["score"]
        self.assertLess(after["hundredths"], before["hundredths"])
        self.assertGreater(after["counts"]["unknown"], before["counts"]["unknown"])
        self.site.start_agent()
        self.becomes("5.4-b.1", "met_measured", 60)


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
