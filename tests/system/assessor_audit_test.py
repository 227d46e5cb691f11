"""An assessor's afternoon at the platform: who may not what, who is found out, and who is refused even with every key.

Each case prints a line; the table goes to build/artefacts/assessor_audit.md. Run by ctest as system.assessor_audit; by hand:
python3 tests/system/assessor_audit_test.py
"""
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import Refused, wait_until  # noqa: E402  the path above must come first

KIOSKWARD = str(BUILD / "bin" / "kioskward")
ROWS_LOOKED_AT = 60  # seconds between two looks of the platform at its own rows


class AssessorAudit(unittest.TestCase):
    rows = []

    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kwaa-"), prefix=f"kwaa{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.report)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.system, cls.security, cls.audit = (cls.people[role] for role in ("system", "security", "audit"))
        cls.device = cls.site.place_kiosk()

    @classmethod
    def report(cls):
        head = [("attempt", "what became of it", "seconds"), ("---",) * 3]
        table = "\n".join("| " + " | ".join(row) + " |" for row in head + cls.rows)
        (BUILD / "artefacts").mkdir(parents=True, exist_ok=True)
        (BUILD / "artefacts" / "assessor_audit.md").write_text(table + "\n")
        print(f"\n{table}\n", flush=True)

    def tearDown(self):
        self.site.show_logs(self)

    def came_of(self, attempt, outcome, since):
        self.rows.append((attempt, outcome, f"{time.monotonic() - since:.1f}"))

    def refused(self, status, call, *args):
        with self.assertRaises(Refused) as caught:
            call(*args)
        self.assertEqual(caught.exception.status, status, caught.exception.body)

    def entries(self, kind, **params):
        items = self.audit.get(f"/audit?type={kind}&limit=500")["items"]
        return [e for e in items if all(e["params"].get(key) == value for key, value in params.items())]

    def recorded(self, kind, seconds=20, **params):
        return wait_until(lambda: self.entries(kind, **params), seconds, why=f"{kind} {params} is in the ledger")

    def test_1_nobody_steps_out_of_his_role(self):
        since = time.monotonic()
        self.refused(403, self.system.get, "/audit")
        self.recorded("admin.refused", operation="listAudit")
        self.came_of("system administrator reads the audit", "403, recorded", since)
        since = time.monotonic()
        self.refused(403, self.audit.post, "/policies", {"base_revision": 1, "note": "n", "network": demo_policy()})
        self.recorded("admin.refused", operation="publishPolicy")
        self.came_of("audit administrator changes policy", "403, recorded", since)

    def test_2_nobody_takes_two_roles_or_makes_himself(self):
        since = time.monotonic()
        wanted = {"account": "twin", "display_name": "Twin", "role": "audit"}
        self.refused(409, self.system.post, "/users", {**wanted, "person": "first-security"})
        self.refused(403, self.system.post, "/users", {**wanted, "person": "first-system"})
        self.came_of("one person takes two roles", "409; for oneself 403", since)
        since = time.monotonic()
        asked = self.system.post("/users", {**wanted, "person": "77"})
        self.refused(403, self.system.post, f"/requests/{asked['id']}/approve", {"reason": "mine"})
        self.assertNotIn("twin", [u["account"] for u in self.system.get("/users")["items"]])
        self.came_of("one person makes an administrator", "waits for another; approving oneself 403", since)

    def test_3_a_database_administrator_is_found_and_the_rows_are_named(self):
        first = self.security.get("/sites")["items"][0]
        region = first.get("region")
        other = self.system.post("/sites", {"name": "要被删除的网点", "address": "", **({"region": region} if region else {"district": ""})})
        since = time.monotonic()
        with sqlite3.connect(self.site.server_dir / "kioskward.db", timeout=20) as db:
            with self.assertRaises(sqlite3.OperationalError):
                db.execute("UPDATE sites SET name = 'x'")  # the triggers call what this program has not
            for (trigger,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'seal_sites%'").fetchall():
                db.execute(f"DROP TRIGGER {trigger}")
            db.execute("UPDATE sites SET name = '假网点' WHERE id = ?", (bytes.fromhex(first["id"]),))
            db.execute("DELETE FROM sites WHERE id = ?", (bytes.fromhex(other["id"]),))
        db.close()
        self.recorded("store.row.tampered", ROWS_LOOKED_AT + 20, table="sites", key=first["id"], what="changed")
        self.recorded("store.row.tampered", table="sites", key=other["id"], what="deleted")
        found = {(f["key"], f["what"]) for f in self.system.get("/store/rows")["items"]}
        self.assertLessEqual({(first["id"], "changed"), (other["id"], "deleted")}, found)
        self.came_of("a DBA edits a row and deletes another", "both named; without the platform's triggers only", since)

    def test_4_root_with_every_key_rewrites_the_ledger(self):
        seen = self.audit.get("/witnesses")
        seen = wait_until(lambda: (w := self.audit.get("/witnesses")) and w["quorum"] == "met" and w, 60, why="the kiosk has signed a head")
        self.assertIn(self.device, seen["by"])
        self.site.end("server", signal.SIGTERM)
        since = time.monotonic()
        changed = subprocess.run([str(BUILD / "tests" / "rewrite_ledger"), str(self.site.server_dir), "secadmin", "sysadmin"],
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(changed.returncode, 0, changed.stderr)
        verdict = subprocess.run([KIOSKWARD, "verify", "ledger", str(self.site.server_dir / "ledger"), "--key",
                                  str(self.site.server_dir / "ledger.pem")], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(verdict.returncode, 0, "by itself it looks whole\n" + verdict.stdout)
        self.site.start_server()
        wait_until(lambda: any(w["witness"] == self.device and w["refuses"] == "forked" for w in self.audit.get("/witnesses")["items"]),
                   60, why="the kiosk refuses it")
        evidence = self.site.server_dir / "refusals" / f"{self.device}.kwr"
        judged = subprocess.run([KIOSKWARD, "verify", "refusal", str(evidence), "--key", str(self.site.server_dir / "ledger.pem")],
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("forked", judged.stdout, judged.stderr)
        self.came_of("root rewrites the ledger and signs it with its own key", "the kiosk refuses; its evidence convicts the ledger", since)


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
