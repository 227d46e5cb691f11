"""A business database's own audit, read in: a real MariaDB with its server_audit plugin. What the platform's account does
under a trace that the ledger knows is the platform's; everything else on a protected table is an alarm that names who, and
holds nothing of what was written (clause 9.1).

Run by ctest as system.database; by hand: python3 tests/system/database_test.py
"""
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.mariadb import MariaDB  # noqa: E402  the path above must come first

MARKER = "Ouyang Xiaoming 440300199001011234"


class Database(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kwdb-"), prefix=f"kwdb{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        directory = pathlib.Path(tempfile.mkdtemp(prefix="kwmaria-"))
        directory.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.database = MariaDB(directory / "db").start()
        cls.addClassCleanup(cls.database.stop)
        cls.database.run("create database biz; create table biz.applicants(id int primary key, name varchar(80));"
                         "create table biz.news(id int); create user app@localhost identified by 'x'; grant all on biz.* to app@localhost")
        cls.site.server_extra = ('\n[[database]]\nname = "business"\naudit_log = "%s"\naccounts = ["app"]\ntables = ["biz.applicants"]\n'
                                 % cls.database.audit_log)
        cls.site.start()
        cls.people = cls.site.activate()

    def tearDown(self):
        self.site.show_logs(self)

    def entries(self, kind, **params):
        items = self.people["audit"].get(f"/audit?limit=500&type={kind}")["items"]
        return [e for e in items if all(e["params"].get(k) == v for k, v in params.items())]

    def some(self, kind, **params):
        return wait_until(lambda: self.entries(kind, **params), 20, why=f"{kind} {params}")

    def test_1_a_database_administrator_is_named(self):
        self.database.run(f"insert into biz.applicants values (1, '{MARKER}')")
        self.database.run("delete from biz.applicants where id = 1")
        self.some("database.foreign", account="root", verb="insert", table="biz.applicants")
        self.some("database.foreign", account="root", verb="delete", origin="foreign")
        alarms = [a["type"] for a in self.people["security"].get("/alarms?limit=500")["items"]]
        self.assertIn("database.foreign", alarms)

    def test_2_one_trace_leads_from_the_request_to_the_database(self):
        trace = wait_until(lambda: next((e["trace"] for e in self.people["audit"].get("/audit?limit=50")["items"] if e["trace"]), None), 20)
        self.database.run(f"insert /*kw:{trace}*/ into biz.applicants values (2, '{MARKER}')", "app", "x")
        done = self.some("database.operation", account="app", verb="insert")
        self.assertEqual(done[0]["trace"], trace)
        timeline = [e["type"] for e in self.people["audit"].get(f"/audit?limit=500&trace={trace}")["items"]]
        self.assertIn("database.operation", timeline)
        self.assertGreater(len(timeline), 1, "with the request that it belongs to")

    def test_3_the_platforms_account_without_a_known_trace_is_an_alarm(self):
        self.database.run("update biz.applicants set name = 'x'", "app", "x")
        self.some("database.foreign", account="app", origin="untraced", verb="update")
        self.database.run(f"delete /*kw:{'ab' * 16}*/ from biz.applicants", "app", "x")
        self.some("database.foreign", account="app", origin="untraced", verb="delete")
        self.database.run("insert into biz.news values (1)", "app", "x")
        self.assertNotEqual(self.database.run("select 1", "app", "wrong", check=False).returncode, 0)
        self.some("database.login.refused", account="app")
        self.assertEqual(self.entries("database.foreign", table="biz.news"), [], "not protected")

    def test_4_switching_the_audit_off_is_told(self):
        self.database.run("set global server_audit_logging = off")
        self.some("database.audit.touched", account="root", verb="set")

    def test_5_no_value_of_a_person_is_anywhere(self):
        for path in self.site.root.rglob("*"):
            if path.is_file():
                self.assertNotIn(MARKER.split()[1].encode(), path.read_bytes(), path)


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
