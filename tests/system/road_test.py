"""The main road, walked whole on real parts: namespaces, nftables, processes, kill -9.

Each step asserts what the issue of the road promises. Run by ctest as system.road; by hand: python3 tests/system/road_test.py
"""
import functools
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, NOTICE_PORT, REPO, Site, demo_policy  # noqa: E402  the path above must come first
from demo.violations import BUSINESS, VIOLATIONS  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, wait_until  # noqa: E402  the path above must come first
from tests.support.stolen_state import steal_state  # noqa: E402  the path above must come first


def run_in(site, host, *argv, seconds=10):
    return site.run_in(host, *argv, seconds=seconds)


def reaches_business(site):
    return site.reaches_business()


def packets_outside(site):
    """Packets from the kiosk that the Internet host has seen, counted by a rule of its own."""
    listed = run_in(site, "internet", "nft", "list", "table", "ip", "seen").stdout
    return int(re.search(r"packets (\d+)", listed).group(1))


class Road(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-road-"), prefix=f"kwt{subprocess.os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        run_in(cls.site, "internet", "nft",
               "table ip seen { chain in { type filter hook input priority 0; ip saddr 198.18.10.0/24 counter; }; }")
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish()
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "admitted and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0)

    def audit_types(self, **query):
        words = "&".join(f"{k}={v}" for k, v in query.items())
        return [e["type"] for e in self.people["audit"].get(f"/audit?limit=500&{words}")["items"]]

    def release(self, reason="system test"):
        self.people["security"].post(f"/devices/{self.device}/release", {"reason": reason})

    def calm(self):
        self.site.calm(self.device, "system test")

    def tearDown(self):
        self.site.show_logs(self)

    # ---- enrol, admit, obey ------------------------------------------------------------------------------------
    def test_01_road_so_far_is_in_the_ledger(self):
        wanted = {"enrol.token.created", "enrol.requested", "enrol.approved", "certificate.issued", "admission.granted",
                  "policy.published", "policy.applied", "admin.activated", "admin.login"}
        wait_until(lambda: wanted <= set(self.audit_types()), why=f"the ledger holds {wanted}")

    def test_02_default_drop_lets_the_business_through(self):
        self.calm()
        rules = run_in(self.site, "kiosk", "nft", "list", "table", "inet", "kioskward").stdout
        for hook in ("input", "output", "forward"):
            self.assertRegex(rules, rf"hook {hook} .*\n?.*policy drop")

    def test_03_tokens_are_single_use(self):
        again = self.people["security"].get("/enrol-tokens")["items"]
        self.assertEqual([t["state"] for t in again], ["used"])
        refused = self.site.spawn("enrol-again", "business", [
            str(BUILD / "bin" / "kioskward-agent"), "enrol", "--config",
            str(self.site.agent_config(self.site.root / "again", "again")), "--token", "not-a-token", "--wait", "5"])
        self.assertNotEqual(refused.wait(30), 0)
        wait_until(lambda: "enrol.token.refused" in self.audit_types(), why="the refusal is recorded")

    def test_04_key_is_private_and_useless_elsewhere(self):
        keys = [p for p in self.site.agent_dir.rglob("*") if p.is_file() and "key" in p.name]
        self.assertTrue(keys)
        for key in keys:
            self.assertEqual(key.stat().st_mode & 0o777, 0o600, key)
        stolen = steal_state(self.site, "stolen")
        thief = self.site.start_agent("business", stolen, "thief", self.site.machine_id("thief"))
        self.assertNotEqual(thief.wait(30), 0)
        self.site.processes.pop("thief")
        self.assertRegex(self.site.log("thief"), r"hardware|sealed|decrypt_failed")

    # ---- watch and act -----------------------------------------------------------------------------------------
    def test_10_each_violation_cuts_alarms_and_is_released(self):
        live = self.people["security"].live()
        self.addCleanup(live.close)
        for violation in VIOLATIONS:
            with self.subTest(violation=violation.name):
                self.calm()
                before = packets_outside(self.site)
                arrives = functools.partial(live.wait, lambda m, v=violation: m["kind"] == "alarm"
                                            and (m["alarm"]["type"], m["alarm"]["device"], m["alarm"]["state"])
                                            == (v.event, self.device, "open"))
                violation.do(self.site.net)
                try:
                    wait_until(lambda: "kioskward_cut" in run_in(self.site, "kiosk", "nft", "list", "tables").stdout,
                               why="the cut table is in force")
                    self.assertFalse(reaches_business(self.site), "the cut leaves the platform only")
                    if not violation.offline:
                        arrives()
                        self.site.wait_device(self.device, "shown as cut", lambda d: d["live"] == "cut")
                    if violation.event == "net.outbound.illegal":
                        self.assertEqual(packets_outside(self.site), before, "no packet may arrive outside")
                finally:
                    violation.undo(self.site.net)
                if violation.offline:
                    arrives()
                self.calm()
                for alarm in self.site.alarms(self.device):
                    if alarm["state"] == "open":
                        self.people["security"].post(f"/alarms/{alarm['id']}/acknowledge", {"reason": "system test"})

    def test_11_illegal_outbound_names_the_process(self):
        self.calm()
        BY = {v.name: v for v in VIOLATIONS}
        BY["tcp"].do(self.site.net)
        alarm = wait_until(lambda: next((a for a in self.site.alarms(self.device)
                                         if a["type"] == "net.outbound.illegal" and a["state"] == "open"), None))
        self.assertEqual((alarm["params"]["destination"], alarm["params"]["port"], alarm["params"]["protocol"]),
                         ("203.0.113.9", "443", "tcp"))
        self.assertIn("python", alarm["params"].get("process", "") + alarm["params"].get("user", ""))
        self.calm()

    def test_12_release_while_still_violated_cuts_again(self):
        self.calm()
        second = {v.name: v for v in VIOLATIONS}["tun"]
        second.do(self.site.net)
        try:
            first = self.site.wait_device(self.device, "cut", lambda d: d["live"] == "cut")["case_id"]
            self.release()
            self.site.wait_device(self.device, "cut again under a new case",
                                  lambda d: d["live"] == "cut" and d["case_id"] not in ("", first))
        finally:
            second.undo(self.site.net)
        self.calm()

    def test_13_notice_tells_the_person_at_the_kiosk(self):
        self.calm()
        {v.name: v for v in VIOLATIONS}["udp"].do(self.site.net)
        self.site.wait_device(self.device, "cut", lambda d: d["live"] == "cut")
        page = run_in(self.site, "kiosk", "curl", "-s", f"http://127.0.0.1:{NOTICE_PORT}/state").stdout
        self.assertIn("cut", page)
        wait_until(lambda: "notice.shown" in self.audit_types(), 20, why="the notice is reported")
        self.calm()

    # ---- kill -9, reboot, replay, clone ------------------------------------------------------------------------
    def test_20_kill_agent_and_server_in_the_middle(self):
        self.calm()
        violations = {v.name: v for v in VIOLATIONS}
        self.site.end("server")  # kill -9
        violations["tcp"].do(self.site.net)
        wait_until(lambda: "kioskward_cut" in run_in(self.site, "kiosk", "nft", "list", "tables").stdout, why="cut without server")
        self.site.end("agent")  # kill -9 with events that nobody has acknowledged
        self.assertFalse(reaches_business(self.site), "the cut outlives the agent")
        run_in(self.site, "kiosk", "nft", "flush", "ruleset")  # a reboot leaves no rules
        self.site.start_server()
        self.site.start_agent()
        self.site.wait_device(self.device, "still cut after the reboot", lambda d: d["live"] == "cut", 40)
        self.assertFalse(reaches_business(self.site), "the cut outlives the reboot")
        entries = wait_until(lambda: [e for e in self.people["audit"].get(
            f"/audit?limit=500&device={self.device}")["items"] if e["type"] == "net.outbound.illegal"], why="reported later")
        ids = [e["id"] for e in self.people["audit"].get("/audit?limit=500")["items"]]
        self.assertEqual(len(ids), len(set(ids)), "nothing is stored twice")
        self.assertTrue(entries)
        self.calm()

    def test_21_replayed_bundle_is_refused(self):
        self.calm()
        wanted = self.site.device(self.device)["policy_revision"]
        self.site.publish(demo_policy(), "newer")
        self.site.wait_device(self.device, "newer policy", lambda d: d["policy_revision"] == wanted + 1)
        self.site.end("server")
        replay(self.site, self.device)
        self.site.start_server()
        wait_until(lambda: any(a["type"] == "policy.refused" and a["params"]["reason"] == "older_revision"
                               for a in self.site.alarms(self.device)), 40, why="the replay is refused and reported")
        self.assertTrue(reaches_business(self.site), "the last good policy stays in force")

    def test_22_cloned_certificate_on_another_host_is_refused(self):
        self.calm()
        self.site.net.add_host("clone", "198.18.10.66/24", "02:4b:57:00:10:66")
        clone = steal_state(self.site, "clone-state")
        # the thief even forges the hardware that the key is sealed to
        self.site.start_agent("clone", clone, "clone-agent", self.site.machine_id("kiosk"))
        wait_until(lambda: {"admission.refused.wrong_ip", "admission.refused.wrong_digest", "admission.refused.wrong_mac",
                            "admission.refused.duplicate_session"} & set(self.audit_types()), 30, why="the clone is refused")
        self.site.end("clone-agent")
        self.assertEqual(self.site.device(self.device)["live"], "online")

    # ---- remember, administer ----------------------------------------------------------------------------------
    def test_30_roles_exclude_each_other(self):
        for role, path, body in (("system", "/policies", {"base_revision": 0, "network": demo_policy(), "note": "x"}),
                                 ("audit", f"/devices/{self.device}/release", {"reason": "x"}),
                                 ("security", "/users", {"account": "mallory", "display_name": "m", "person": "1", "role": "audit"})):
            with self.assertRaises(Refused) as refused:
                self.people[role].post(path, body)
            self.assertEqual((refused.exception.status, refused.exception.code), (403, "forbidden"), role)
        with self.assertRaises(Refused) as refused:
            self.people["system"].get("/audit")
        self.assertEqual(refused.exception.status, 403)
        with self.assertRaises(Refused) as refused:
            Console(self.site.console_port).get("/devices")
        self.assertEqual(refused.exception.status, 401)

    def test_31_proofs_and_offline_verification(self):
        page = self.people["audit"].get("/audit?limit=5")
        for entry in page["items"]:
            proof = wait_until(lambda e=entry: self.people["audit"].get(f"/audit/{e['index']}/proof"), why="a proof")
            self.assertTrue(proof["verified"])
        argv = [str(BUILD / "bin" / "kioskward"), "verify", "ledger", "DIR", "--key", str(self.site.server_dir / "ledger.pem")]
        copied = self.site.root / "ledger-copy"
        self.site.end("server", signal.SIGTERM)
        shutil.copytree(self.site.server_dir / "ledger", copied)
        self.site.start_server()
        argv[3] = str(copied)
        good = subprocess.run(argv, capture_output=True, text=True, check=False)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        segment = max((copied / "entries").rglob("*"), key=lambda p: p.stat().st_size)
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 1
        segment.write_bytes(data)
        bad = subprocess.run(argv, capture_output=True, text=True, check=False)
        self.assertNotEqual(bad.returncode, 0)
        self.assertRegex(bad.stdout + bad.stderr, r"entry \d+")

    def test_40_bad_input_on_every_port(self):
        for host, address, port in (("business", "198.18.20.2", 8660), ("kiosk", "127.0.0.1", NOTICE_PORT), ("platform", "127.0.0.1", 8661)):
            for junk in (b"", b"\x00" * 64, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x03\x40\x00" + b"\xff" * 70000, bytes(range(256)) * 40):
                self.site.net.inside(host, lambda a=address, p=port, j=junk: throw(a, p, j))
        self.calm()
        for name in ("server", "agent"):
            self.assertIsNone(self.site.processes[name].poll(), f"{name} survived")


def throw(address, port, junk):
    import socket
    with socket.create_connection((address, port), timeout=5) as link:
        try:
            link.sendall(junk)
            link.shutdown(socket.SHUT_WR)
            link.settimeout(3)
            while link.recv(65536):
                pass
        except OSError:  # refused: what bad input deserves
            pass


def replay(site, device):
    """Someone with the platform's disk offers the first bundle of a device once more, as if it were its newest."""
    import sqlite3
    base = sqlite3.connect(site.server_dir / "kioskward.db")
    mine = bytes.fromhex(device)
    first, newest = base.execute("select min(revision), max(revision) from bundles where device_id = ?", (mine,)).fetchone()
    base.execute("update bundles set signed = (select signed from bundles where device_id = ? and revision = ?), "
                 "revision = revision + 1000 where device_id = ? and revision = ?", (mine, first, mine, newest))
    base.commit()
    base.close()


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    assert REPO
    unittest.main(verbosity=2, failfast=False)
