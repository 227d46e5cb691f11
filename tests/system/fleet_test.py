"""A simulated fleet on a real platform: twenty kiosks enrol with real tokens, are approved, come on line and obey; one is cut
and released, one goes off line and comes back, one comes with other hardware, all bring their past.

Run by ctest as system.fleet; by hand: python3 tests/system/fleet_test.py
"""
import datetime
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.city import City  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

SITES, KIOSKS = 4, 5
DEEDS = {"198.18.64.11": 'what = "illegal_outbound", at = 1', "198.18.65.11": 'what = "offline", at = 2, lasts = 3',
         "198.18.66.11": 'what = "hardware_changed", at = 2, lasts = 4', "198.18.67.11": 'what = "camera_covered", at = 1, lasts = 1'}
HEAD = "version = 1\nseed = 5\n[rates]\nevents_per_hour = 360\nhistory_days = 14\nhistory_events = 6\n"


def scenario():
    out = HEAD
    for site in range(SITES):
        out += f'[[site]]\nname = "大厅 {site}"\ndistrict = "区 {site % 2}"\naddress = "路"\ncustodian = "管理员"\ncustodian_phone = "1"\n'
        for number in range(KIOSKS):
            address = f"198.18.{64 + site}.{11 + number}"
            out += f'[[site.kiosk]]\nname = "终端 {site}-{number}"\naddress = "{address}"\n'
            if address in DEEDS:
                out += f"deed = [{{ {DEEDS[address]} }}]\n"
    return out


def instant(text):
    return datetime.datetime.fromisoformat(text[:19] + "+00:00")


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kwf-"), prefix=f"kwf{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.site.publish()
        file = cls.site.root / "city.toml"
        file.write_text(scenario())
        cls.city = City(cls.site, file)
        cls.city.settle()

    def tearDown(self):
        self.site.show_logs(self)

    def live(self):
        return [one["live"] for one in self.people["security"].get("/devices?limit=100")["items"]]

    def device(self, address):
        return self.city.devices[address]

    def test_1_everybody_is_there_and_obeys(self):
        self.assertEqual(len(self.people["security"].get("/sites")["items"]), SITES)
        self.assertEqual(len(self.live()), SITES * KIOSKS)
        for address, device in self.city.devices.items():
            now = self.site.wait_device(device, address, lambda d: d["policy_revision"] == d["policy_wanted"] > 0)
            self.assertEqual(now["address"].split("/")[0], address)

    def test_2_an_illegal_connection_is_an_alarm_and_a_cut_until_the_release(self):
        device = self.device("198.18.64.11")
        wait_until(lambda: [a for a in self.site.alarms(device) if a["type"] == "net.outbound.illegal" and a["state"] == "open"], 20,
                   why="the alarm")
        cut = self.site.wait_device(device, "cut", lambda d: d["live"] == "cut")
        self.people["security"].post(f"/devices/{device}/release", {"reason": "test"})
        self.site.wait_device(device, "released", lambda d: d["live"] == "online")
        wait_until(lambda: any(one["case_id"] == cut["case_id"] for one in self.site.entries(device, "net.released")), 20,
                   why="this case's release is in the ledger")

    def test_3_who_goes_off_line_is_seen_to_and_comes_back(self):
        device = self.device("198.18.65.11")
        wait_until(lambda: self.site.entries(device, "link.lost"), 20, why="the link is lost")
        wait_until(lambda: len(self.site.entries(device, "admission.granted")) > 1, 20, why="it is admitted again")
        self.site.wait_device(device, "back", lambda d: d["live"] == "online")

    def test_4_other_hardware_is_kept_out(self):
        device = self.device("198.18.66.11")
        entry = wait_until(lambda: self.site.entries(device, "admission.refused.wrong_digest"), 30, why="it is refused")[0]
        self.assertIn("disk.sda.serial", entry["params"]["changed"])
        wait_until(lambda: self.site.entries(device, "hardware.part.changed"), 30, why="it tells so when it is back")
        self.site.wait_device(device, "back", lambda d: d["live"] == "online", 30)

    def test_5_a_policy_reaches_all_of_them(self):
        revision = self.site.publish(demo_policy("watch"), "fleet")["revision"]
        self.city.wait_fleet(lambda f: f["revision"] == revision and f["in_policy"] == SITES * KIOSKS, 20, "all report it")
        wait_until(lambda: all(d["policy_revision"] == revision for d in self.people["security"].get("/devices?limit=100")["items"]), 20,
                   why="the platform knows that all do")

    def test_6_the_past_is_told_with_the_kiosks_time_and_received_now(self):
        items = self.people["audit"].get("/audit?limit=500&type=system.session.purged")["items"]
        late = [e for e in items if instant(e["received"]) - instant(e["time"]) > datetime.timedelta(days=1)]
        self.assertGreater(len(late), SITES * KIOSKS / 2)
        for entry in late:
            self.assertLess(datetime.datetime.now(datetime.timezone.utc) - instant(entry["received"]), datetime.timedelta(minutes=5))
        figures = self.city.figures()
        self.assertEqual((figures["dropped"], figures["ledger_refused"]), (0, 0))
        self.assertEqual(self.site.entries(self.device("198.18.64.12"), "agent.fake"), [], "its liveness statements hold")

    def test_7_it_ends_clean(self):
        self.assertEqual(self.city.end_fleet(), 0)
        wait_until(lambda: set(self.live()) == {"offline"}, 20, why="the platform sees them go")


if __name__ == "__main__":
    refused = permitted()
    if refused:
        print(f"skipped: {refused}")
        sys.exit(77)
    unittest.main(verbosity=2)
