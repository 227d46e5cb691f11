"""Sections of the defence on the whole road: published over the API, obeyed by a real agent, learnt from and approved.

What one section does on a kiosk is its own test's matter; here it is how any section gets there and back.
"""
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Refused, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

WATCHED = {"interfaces": {"mode": "watch", "others_down": True}}


class Defence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-defence-"), prefix=f"kwd{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish(defence=WATCHED)
        cls.site.start_agent()
        cls.obeys(lambda d: d["live"] in ("online", "degraded"))

    @classmethod
    def obeys(cls, test=lambda _: True):
        return cls.site.wait_device(cls.device, "on line and obeying the newest revision", lambda d: d["last_seen"]
                                    and d["policy_revision"] == d["policy_wanted"] > 0 and test(d))

    def tearDown(self):
        self.site.show_logs(self)

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def baselines(self, section="interfaces"):
        items = self.people["security"].get(f"/devices/{self.device}/baselines")["items"]
        return [b for b in items if b["section"] == section]

    def facts(self, prefix):
        return [f for f in self.people["security"].get(f"/devices/{self.device}")["facts"] if f["key"].startswith(prefix)]

    def test_1_a_section_is_published_kept_and_obeyed(self):
        revision = self.people["security"].get("/policies")["items"][0]["revision"]
        held = self.people["audit"].get(f"/policies/{revision}")
        self.assertEqual(held["defence"]["interfaces"]["mode"], "watch")
        wait_until(lambda: self.facts("interfaces."), 20, why="the section tells what it sees")
        self.site.publish(demo_policy(), note="the network part alone")
        self.obeys()
        kept = self.people["audit"].get(f"/policies/{revision + 1}")
        self.assertEqual(kept["defence"], held["defence"], "who knows the network part alone switches nothing off")
        self.assertEqual(kept["info"]["digest"], held["info"]["digest"])

    def test_2_a_section_that_this_agent_does_not_have_is_reported(self):
        """Nobody is left to believe that a section works which the kiosk knows nothing of."""
        forms = self.people["security"].get("/policies/sections")
        self.site.publish(defence={name: {"mode": "watch"} for name in forms} | {"camera": {"mode": "watch", "source": "test_picture"},
                                                                                         "shell": {"mode": "watch", "program": "/usr/bin/true"}}, note="all of them")
        self.obeys()

        def told():
            failed = [e for e in self.entries("agent.section.failed") if e["params"]["section"] == "peripherals"]
            return failed or self.facts("peripherals.")
        wait_until(told, 20, why="peripherals are obeyed, or reported as failed")
        self.site.publish(defence=WATCHED, note="as before")
        self.obeys()

    def test_3_what_does_not_pass_its_check_is_not_published(self):
        before = self.people["security"].get("/policies")["items"]
        for defence, path in (({"interfaces": {"mode": "loud"}}, "/interfaces/mode"), ({"weather": {}}, ""),
                              ({"interfaces": {"mode": "watch", "resolvers": ["nowhere"]}}, "/interfaces/resolvers/0")):
            with self.subTest(path), self.assertRaises(Refused) as refused:
                self.site.publish(defence=defence)
            self.assertEqual(refused.exception.status, 422)
            self.assertEqual(refused.exception.body["problems"][0]["path"], path)
        self.assertEqual(self.people["security"].get("/policies")["items"][0]["revision"], before[0]["revision"])

    def test_4_a_baseline_is_learnt_approved_and_outlives_both_ends(self):
        waiting = wait_until(lambda: [b for b in self.baselines() if b["state"] == "proposed"], 20, why="the kiosk proposes")
        shown = self.people["audit"].get(f"/baselines/{waiting[0]['id']}")
        self.assertTrue(shown["readable"])
        self.assertEqual(set(shown["content"]), {"path", "driver", "permanent_mac"})
        with self.assertRaises(Refused) as refused:
            self.people["audit"].post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "not mine to say"})
        self.assertEqual(refused.exception.status, 403)
        done = self.people["security"].post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "seen on site"})
        self.assertEqual((done["state"], done["revision"]), ("approved", 1))
        wait_until(lambda: self.baselines()[0]["outcome"] == "applied", 10, why="the kiosk reports it in force")
        file = self.site.agent_dir / "baseline-interfaces"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        wait_until(lambda: self.entries("baseline.proposed") and self.entries("baseline.approved")
                   and self.entries("baseline.applied"), 20, why="the ledger tells the whole road")

        self.site.end("agent", signal.SIGKILL)
        self.site.end("server", signal.SIGKILL)
        self.site.start_server()
        self.site.start_agent()
        wait_until(lambda: len(self.entries("agent.started")) >= 2, 20, why="both are back")
        self.obeys()
        self.assertEqual(len(self.baselines()), 1, "what is approved is not proposed again")
        self.assertEqual(len(self.entries("baseline.applied")), 1, "nor delivered again")

    def test_5_an_order_needs_an_action_that_the_section_has(self):
        with self.assertRaises(Refused) as refused:
            self.people["security"].post(f"/devices/{self.device}/actions",
                                         {"section": "interfaces", "action": "dance", "args": {}, "reason": "test"})
        self.assertEqual(refused.exception.status, 422)
        self.assertEqual(self.entries("device.action.ordered"), [])


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    unittest.main(verbosity=2)
