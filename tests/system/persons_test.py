"""Somebody is forgotten on real parts: his name stands in the ledger as ciphertext, his key is destroyed, no file of the
platform holds it any more, and every proof, bundle and receipt from before and after is good (ADR 72).

Run by ctest as system.persons; by hand: python3 tests/system/persons_test.py
"""
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site  # noqa: E402  the path above must come first
from tests.support.console_client import Refused, wait_until  # noqa: E402  the path above must come first

KIOSKWARD = str(BUILD / "bin" / "kioskward")
CUSTODIAN, PHONE = "欧阳可忘", "13812345678"
OPERATOR, NUMBER = "诸葛可忘", "STAFF-40417"
MOST_READS = 6000  # of the audit, to fill a segment of 1 MiB: each is an entry


class Persons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kwp-"), prefix=f"kwp{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.custodian, cls.site.custodian_phone = CUSTODIAN, PHONE
        cls.site.server_extra = "\n[ledger]\nsegment_mib = 1\n"
        cls.site.start()
        cls.people = cls.site.activate()
        cls.system, cls.security, cls.audit = (cls.people[role] for role in ("system", "security", "audit"))
        cls.device = cls.site.enrol()

    def tearDown(self):
        self.site.show_logs(self)

    def refused(self, status, call, *args):
        with self.assertRaises(Refused) as caught:
            call(*args)
        self.assertEqual(caught.exception.status, status, caught.exception.body)
        return caught.exception

    def find(self, **known):
        return self.system.post("/persons/find", {**known, "reason": "request 17"})["items"]

    def entry(self, kind):
        return wait_until(lambda: self.audit.get(f"/audit?type={kind}&limit=1")["items"], 20, why=f"{kind} is in the ledger")[0]

    def rows(self, sql, *values):
        with sqlite3.connect(self.site.server_dir / "kioskward.db", timeout=20) as db:
            return db.execute(sql, values).fetchall()

    def wrapped(self, person):
        """The person's key as the database holds it."""
        (row,) = self.rows("SELECT wrapped FROM subject_keys WHERE subject = ?", bytes.fromhex(person))[0]
        self.assertGreater(len(row), 40)
        return row

    def holding(self, *values):
        """Files of the platform that hold one of these, journals and temporary files included."""
        return sorted(str(path.relative_to(self.site.server_dir)) for path in self.site.server_dir.rglob("*")
                      if path.is_file() and any(value in path.read_bytes() for value in values))

    def verifies(self, *words):
        done = subprocess.run([KIOSKWARD, "verify", *words, "--key", str(self.site.server_dir / "ledger.pem")],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def receipt(self, index, name):
        def look():
            return self.audit.exchange("GET", f"/audit/{index}/receipt")[0]
        file = self.site.root / name
        file.write_bytes(wait_until(look, 20, why="the checkpoint covers it"))
        return str(file)

    def test_1_the_ledger_holds_no_name(self):
        entry = self.entry("enrol.approved")
        self.assertEqual((entry["params"]["custodian"], entry["params"]["custodian_phone"]), ("欧**", "138****78"))
        shown = self.audit.post(f"/audit/{entry['index']}/personal")["params"]
        self.assertEqual(shown, {"custodian": CUSTODIAN, "custodian_phone": PHONE})
        self.refused(403, self.security.post, f"/audit/{entry['index']}/personal")
        files = self.holding(CUSTODIAN.encode(), PHONE.encode())
        self.assertEqual([name for name in files if not name.startswith("kioskward.db")], [], "the register alone")

    def test_2_who_is_in_office_stays(self):
        (person,) = self.find(name=CUSTODIAN)
        self.assertEqual([p["id"] for p in self.find(phone=PHONE)], [person["id"]])
        self.assertEqual(self.find(name=CUSTODIAN[:2]), [])
        detail = self.system.get(f"/persons/{person['id']}")
        self.assertEqual((detail["in_office"], detail["devices"]), ("custodian", [self.device]))
        self.assertEqual(detail["entries"], [self.entry("enrol.approved")["index"]])
        self.refused(409, self.system.post, f"/persons/{person['id']}/forget", {"reason": "he asks for it"})
        self.refused(403, self.audit.post, f"/persons/{person['id']}/forget", {"reason": "he asks for it"})

    def test_3_forgotten_by_two_persons_and_every_proof_stays(self):
        (person,) = self.find(name=CUSTODIAN)
        index = self.entry("enrol.approved")["index"]
        before = self.receipt(index, "before.pem")
        first = self.site.server_dir / "ledger" / "entries" / "00000001.seg"
        for n in range(MOST_READS):  # until the segment with the entry is closed
            if first.exists():
                break
            self.audit.get(f"/audit?limit=1&person=nobody{n:058d}&type=none.{n:059d}")
        segments = wait_until(lambda: [s for s in self.audit.get("/ledger/segments")["items"] if s["number"] == 0], 30,
                              why="the first segment is closed")
        self.assertGreater(segments[0]["end"], index)
        bundle = self.site.root / "0.kwbundle"
        bundle.write_bytes(self.audit.exchange("GET", "/ledger/segments/0/bundle?purpose=archive")[0])

        settings = self.system.get("/settings")
        keep = ("idle_minutes", "confirm_minutes", "password_length", "password_days", "password_history")
        asked = self.system.post("/settings", {"base_revision": settings["revision"], "two_persons": ["forgetPerson"],
                                               "reason": "as the data protection officer says", **{k: settings[k] for k in keep}})
        self.security.post(f"/requests/{asked['id']}/approve", {"reason": "agreed"})

        wrapped = self.wrapped(person["id"])
        self.assertTrue(self.holding(wrapped), "or the search below proves nothing")
        self.security.post(f"/devices/{self.device}/custodian", {"custodian": "李四", "custodian_phone": "0755-1", "reason": "moved away"})
        named = self.refused(422, self.system.post, f"/persons/{person['id']}/forget", {"reason": f"{CUSTODIAN} asks"})
        self.assertIn("names the person", named.body["detail"])
        self.refused(422, self.system.post, f"/persons/{person['id']}/forget", {"reason": f"asked by {PHONE}"})
        held = self.system.post(f"/persons/{person['id']}/forget", {"reason": "he asks for it"})
        self.refused(403, self.system.post, f"/requests/{held['id']}/approve", {"reason": "mine"})
        self.assertEqual(self.security.post(f"/requests/{held['id']}/approve", {"reason": "checked"})["outcome"], "done")

        self.assertEqual(self.holding(wrapped), [], "the key is in no file")
        self.assertEqual(self.holding(CUSTODIAN.encode(), PHONE.encode()), [], "nor is the name, nor the number")
        self.assertEqual(self.find(name=CUSTODIAN), [])
        self.assertEqual(self.audit.post(f"/audit/{index}/personal")["params"]["custodian"], "[forgotten]")
        self.assertEqual(self.entry("enrol.approved")["params"]["custodian"], "[forgotten]")
        self.assertEqual(self.entry("person.forgotten")["params"]["person"], person["pseudonym"])
        self.assertTrue(self.audit.get(f"/audit/{index}/proof")["verified"])

        after = self.receipt(index, "after.pem")
        for receipt in (before, after):
            self.verifies("receipt", receipt)
        self.verifies("bundle", str(bundle), "--ledger", str(self.site.server_dir / "ledger"))
        again = self.site.root / "again.kwbundle"
        again.write_bytes(self.audit.exchange("GET", "/ledger/segments/0/bundle?purpose=archive")[0])
        self.verifies("bundle", str(again))
        for file in (before, after, bundle, again):
            self.assertNotIn(CUSTODIAN.encode(), pathlib.Path(file).read_bytes())

    def test_4_a_reader_in_the_way_and_a_killed_platform_keep_nobody(self):
        once = self.system.invite(self.security, "operator.one", NUMBER, "operator", OPERATOR)
        self.assertTrue(once)
        (person,) = self.find(number=NUMBER)
        user = next(u for u in self.system.get("/users")["items"] if u["account"] == "operator.one")
        self.assertEqual(self.system.get(f"/persons/{person['id']}")["in_office"], "account")
        self.system.post(f"/users/{user['id']}/disable", {"reason": "left"})
        wrapped = self.wrapped(person["id"])
        reader = sqlite3.connect(self.site.server_dir / "kioskward.db", timeout=20, isolation_level=None)
        try:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM users").fetchone()
            held = self.system.post(f"/persons/{person['id']}/forget", {"reason": "left"})
            self.security.post(f"/requests/{held['id']}/approve", {"reason": "checked"})
            self.assertTrue(self.holding(wrapped), "the reader's state must stay readable")
            self.site.end("server", signal.SIGKILL)
        finally:
            reader.close()
        self.site.start_server()
        wait_until(lambda: not self.holding(wrapped, OPERATOR.encode(), NUMBER.encode()), 30, 0.2, "the platform does it when it can")
        for console in self.people.values():
            console.get("/session")
        user = next(u for u in self.system.get("/users")["items"] if u["account"] == "operator.one")
        self.assertEqual((user["display_name"], user["person"]), ("", person["pseudonym"]))
        self.assertEqual(self.find(number=NUMBER), [])
        self.assertEqual(self.rows("SELECT count(*) FROM subject_keys WHERE subject = ?", bytes.fromhex(person["id"])), [(0,)])
        self.assertEqual(self.system.get("/store/rows")["items"], [], "the platform's own doing is no tampering")

    def test_5_the_whole_ledger_verifies(self):
        self.site.end("server", signal.SIGTERM)
        self.verifies("ledger", str(self.site.server_dir / "ledger"))


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
