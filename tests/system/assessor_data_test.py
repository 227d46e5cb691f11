"""The assessor's attacks on data: in transit, at rest, in memory, by who has the database, and by who asks (clauses 7.1 to 7.5, 9.1).

    class            in transit                                    at rest
    authentication   the identity token of a session's beginning   an account's password
    business         a request to a back end                       a case's record
    audit            a batch of events                             an entry of the ledger
    configuration    a policy                                      a policy
    video            a recording's piece                           a recording
    personal         a case that is submitted                      an identity number

Real processes in their namespaces: platform, kiosk, camera, a stand-in back end, an identity authority. Run by ctest as
system.assessor_data; by hand: python3 tests/system/assessor_data_test.py
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.business import APP_PORT, MATTER, PORTAL, SERVICE, BusinessSite  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site  # noqa: E402  the path above must come first
from tests.support import sealed_cells  # noqa: E402  the path above must come first
from tests.support.app_client import AppClient, Refused  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused as ApiRefused, wait_until  # noqa: E402  the path above must come first
from tests.support.disk import Disk  # noqa: E402  the path above must come first
from tests.support.flip_relay import FlipRelay  # noqa: E402  the path above must come first
from tests.support.identity_authority import IdentityAuthority  # noqa: E402  the path above must come first
from tests.support.markers import id_number, search  # noqa: E402  the path above must come first
from tests.support.process_memory import search as search_memory  # noqa: E402  the path above must come first
from tests.support.scene import HEIGHT, WIDTH, site_with_scene  # noqa: E402  the path above must come first

NAME, ADDRESS = "欧阳予倩", "广东省深圳市南山区深南大道九千九百九十九号"
VALUES = {"holder_name": NAME, "id_number": id_number(777), "phone": "13912345678", "address": ADDRESS, "sex": "女", "ground": "连续就读"}
CONSENT = {"purpose": "entry", "consent": "C-2026-1"}
ROWS_LOOKED_AT = 70  # seconds: the platform looks at its own rows each minute
"""What only a person knows: none of it may be found anywhere."""
MARKS = {"name": NAME, "number": VALUES["id_number"], "phone": VALUES["phone"], "address": ADDRESS}


class TestSite(BusinessSite):
    idle_seconds = 60

    def surround(self):
        self.authority = IdentityAuthority(self.root / "identity")
        self.server_extra += f'\n[real_name]\nauthorities = "{self.authority.directory}"\n'
        super().surround()
        self.flips = FlipRelay(self.net, self.link_port)
        (self.root / "medium").mkdir()
        self.disk = Disk(self.root / "medium" / "kiosk", self.agent_dir)

    def stop(self):
        if getattr(self, "flips", None):
            self.flips.close()
        super().stop()
        if hasattr(self, "disk"):
            self.disk.close()


class DataAttacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = TestSite(tempfile.mkdtemp(prefix="kwdata-"), prefix=f"kwdata{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()
        cls.people["operator"] = cls.operator()

    @classmethod
    def operator(cls):
        """Somebody at a counter: invited by one administrator, approved by another."""
        once = cls.people["system"].invite(cls.people["security"], "counter", "P-9", "operator", "柜台")
        console = Console(cls.site.console_port)
        console.password = "Kw-Zx81-Qv54-Lm27"
        return console.activate("counter", once, console.password)

    def setUp(self):
        self.open = []

    def tearDown(self):
        for kiosk in self.open:
            kiosk.close()
        self.site.show_logs(self)

    # ---- what a person, an official and a database's owner can do ---------------------------------------------------
    def page(self):
        kiosk = self.site.net.inside("kiosk", lambda: AppClient(APP_PORT, self.site.token(), origin=PORTAL))
        self.open.append(kiosk)
        return kiosk

    def begun(self, who=None):
        """A session; of a person whom the authority knows, or of nobody."""
        kiosk = self.page()

        def try_it():
            try:
                token = self.site.authority.token(kiosk.challenge(), who) if who else None
                return kiosk.begin(MATTER, token)
            except Refused as refused:
                if refused.code in ("busy", "no_link", "link_lost"):
                    return None
                raise
        wait_until(try_it, 30, 0.3, "a session begins")
        return kiosk

    def tell(self, kiosk, kind, **more):
        return kiosk.ask({"type": kind, "handle": kiosk.handle, **more})

    def filed(self, who=NAME, values=None):
        """A case, filed at the kiosk: (page, its ID)."""
        kiosk = self.begun(who)
        for field, value in (values or VALUES).items():
            self.tell(kiosk, "put", field=field, value=value)
        case = self.tell(kiosk, "submit", **CONSENT, number="A-1", status="accepted")["case"]
        return kiosk, case

    def call(self, role, path, **body):
        return self.people[role].post(f"/vault/{MATTER}/{path}", {**CONSENT, **body})

    def put(self, **values):
        """A case, filed over the API: its ID."""
        site = self.people["security"].get("/sites")["items"][0]["id"]
        return self.call("operator", "cases", site=site, cases=[{"number": "A-2", "status": "accepted", "values": values}])["items"][0]["id"]

    def get(self, case, role="operator"):
        return self.call(role, "get", ids=[case])["items"][0]

    def sql(self, text, *values):
        with sqlite3.connect(self.site.server_dir / "kioskward.db", timeout=20) as db:
            return db.execute(text, values).fetchall()

    def untriggered(self, table):
        """The triggers of sealed tables call what nobody else's connection has: they go first."""
        for (trigger,) in self.sql("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE ?", f"seal_{table}%"):
            self.sql(f"DROP TRIGGER {trigger}")

    def cells(self, case):
        return self.sql("SELECT cells FROM vault_cases WHERE id = ?", bytes.fromhex(case))[0][0]

    def write_cells(self, case, octets):
        self.sql("UPDATE vault_cases SET cells = ? WHERE id = ?", octets, bytes.fromhex(case))

    def restart(self, sig=signal.SIGTERM):
        self.site.end("server", sig)
        self.site.start_server()
        self.site.wait_device(self.device, "the kiosk is back", lambda d: d["live"] == "online", 40)

    def recorded(self, kind, seconds=20, **params):
        def look():
            items = self.people["audit"].get(f"/audit?type={kind}&limit=100")["items"]
            return next((i for i in items if all(i["params"].get(k) == v for k, v in params.items())), None)
        return wait_until(look, seconds, 0.3, f"{kind} {params} is in the ledger")

    def corrupt(self, case, role="operator"):
        with self.assertRaises(ApiRefused) as caught:
            self.get(case, role)
        self.assertEqual(caught.exception.body["code"], "corrupt")

    # ---- at rest ------------------------------------------------------------------------------------------------
    def test_rest_business_and_personal(self):
        for kind, column in (("business", "record"), ("personal", "id_number")):
            with self.subTest(kind):
                case = self.put(**VALUES)
                good = self.cells(case)
                cells = sealed_cells.read(good)
                sealed = bytearray(cells[column][0])
                sealed[-1] ^= 1
                cells[column][0] = bytes(sealed)
                self.write_cells(case, sealed_cells.write(cells))
                self.corrupt(case)
                self.restart()
                self.recorded("vault.rows.differ", what="changed", case=case)
                self.write_cells(case, good)
                self.assertEqual(self.get(case)["number"], "A-2")

    def test_rest_authentication_and_configuration(self):
        """Whoever puts another password, or another policy, into the database is told of, by name."""
        for kind, table, key, column in (("authentication", "users", "id", "password_hash"), ("configuration", "policies", "revision", "template")):
            with self.subTest(kind):
                row, good = self.sql(f"SELECT {key}, {column} FROM {table} ORDER BY 1 DESC LIMIT 1")[0]
                bad = (good[:-1] + ("A" if good[-1] != "A" else "B")) if isinstance(good, str) else good[:-1] + bytes([good[-1] ^ 1])
                self.untriggered(table)
                self.sql(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", bad, row)
                self.restart()
                self.recorded("store.row.tampered", ROWS_LOOKED_AT, table=table, what="changed")
                self.untriggered(table)
                self.sql(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", good, row)

    def test_rest_audit(self):
        copy = self.site.root / "ledger-copy"
        shutil.copytree(self.site.server_dir / "ledger", copy)
        tool = [str(BUILD / "bin" / "kioskward"), "verify", "ledger", str(copy), "--key", str(self.site.server_dir / "ledger.pem")]
        self.assertEqual(subprocess.run(tool, capture_output=True, check=False).returncode, 0)
        segment = next(copy.rglob("*.seg"))
        octets = bytearray(segment.read_bytes())
        octets[len(octets.rstrip(b"\0")) // 2] ^= 1  # a segment is as long as it may become
        segment.write_bytes(octets)
        self.assertNotEqual(subprocess.run(tool, capture_output=True, check=False).returncode, 0)

    # ---- swaps and roll-backs --------------------------------------------------------------------------------------
    def test_swaps_between_rows_columns_and_tables(self):
        first, second = self.put(**VALUES), self.put(**{**VALUES, "phone": "13800138000"})
        a, b = self.cells(first), self.cells(second)
        one, other = sealed_cells.read(a), sealed_cells.read(b)
        one["phone"], other["phone"] = other["phone"], one["phone"]
        for case, cells in ((first, one), (second, other)):
            self.write_cells(case, sealed_cells.write(cells))
            self.corrupt(case)
        one = sealed_cells.read(a)
        one["phone"], one["address"] = one["address"], one["phone"]
        self.write_cells(first, sealed_cells.write(one))
        self.corrupt(first)
        self.write_cells(first, a)
        self.write_cells(second, b)
        self.assertEqual(self.get(first)["number"], "A-2")
        # Another table: the same row, as a case of another matter.
        self.sql("INSERT INTO vault_cases SELECT 'social-insurance-certificate', id, version, number, status, district, site, owner, "
                 "for_another, session, made, changed, ends, cells, seal FROM vault_cases WHERE id = ?", bytes.fromhex(first))
        with self.assertRaises(ApiRefused) as caught:
            self.people["operator"].post("/vault/social-insurance-certificate/get", {**CONSENT, "ids": [first]})
        self.assertEqual(caught.exception.body["code"], "corrupt")
        self.restart()
        self.recorded("vault.rows.differ", matter="social-insurance-certificate")
        self.sql("DELETE FROM vault_cases WHERE matter = 'social-insurance-certificate'")

    def test_a_row_that_was_rolled_back(self):
        case = self.put(**VALUES)
        names = "version, number, status, changed, ends, cells, seal"
        old = self.sql(f"SELECT {names} FROM vault_cases WHERE id = ?", bytes.fromhex(case))[0]
        site = self.people["security"].get("/sites")["items"][0]["id"]
        self.call("operator", "cases", site=site, cases=[
            {"id": case, "version": 1, "number": "A-2", "status": "closed", "values": {"phone": "13700137000"}}])
        new = self.sql(f"SELECT {names} FROM vault_cases WHERE id = ?", bytes.fromhex(case))[0]
        put_back = "UPDATE vault_cases SET " + ", ".join(f"{name} = ?" for name in names.split(", ")) + " WHERE id = ?"
        self.sql(put_back, *old, bytes.fromhex(case))
        self.assertEqual(self.get(case)["status"], "accepted", "by itself it is a good row")
        self.restart(signal.SIGKILL)
        self.recorded("vault.rows.differ", what="rows", matter=MATTER)
        self.sql(put_back, *new, bytes.fromhex(case))

    # ---- markers ---------------------------------------------------------------------------------------------------
    def test_nothing_is_found_in_the_database_or_on_the_network(self):
        with Capture(self.site.net, "kiosk") as wire:
            kiosk, case = self.filed()
            self.assertEqual({one["field"] for one in self.tell(kiosk, "case", case=case, purpose="listing", consent="C-1")["values"]},
                             set(VALUES))
            kiosk.end()
            self.get(case)
        self.assertGreater(wire.octets.count(b"\x17\x01\x01"), 4, "the session was seen at all: records of TLCP with data")
        (self.site.root / "wire").mkdir(exist_ok=True)
        (self.site.root / "wire" / "capture").write_bytes(wire.octets)
        found, looked = search([self.site.server_dir, self.site.agent_dir, self.site.root / "wire"], MARKS)
        self.assertEqual(found, {}, f"of {looked} files")
        self.assertGreater(looked, 10)
        for log in ("server", "agent"):
            for name, value in MARKS.items():
                self.assertNotIn(value, self.site.log(log), f"{name} in the log of {log}")

    # ---- who asks --------------------------------------------------------------------------------------------------
    def test_walking_upward_through_others(self):
        _, case = self.filed()
        self.open.pop().close()
        curious = self.begun("somebody else")
        words = []
        for step in range(6):
            number = f"{int(case, 16) + step:032x}"
            try:
                self.tell(curious, "case", case=number, purpose="listing", consent="C-1")
                words.append("answered")
            except Refused as refused:
                words.append(refused.code)
        self.assertEqual(words[:4], ["case_unknown"] * 4)
        self.assertTrue(set(words[4:]) <= {"locked", "no_session"}, words)
        self.assertEqual(words[4], "locked")
        walked = self.recorded("vault.walked")
        self.assertEqual(walked["device"], self.device)
        alarms = self.people["security"].get("/alarms?limit=100")["items"]
        self.assertTrue(any(alarm["type"] == "vault.walked" for alarm in alarms))

    def test_a_token_at_another_kiosk(self):
        kiosk = self.page()
        elsewhere = self.site.authority.token("A" * 43, NAME)  # what the authority gave at another kiosk
        kiosk.challenge()
        with self.assertRaises(Refused) as caught:
            wait_until(lambda: self.begin_or_none(kiosk, elsewhere), 20, 0.3, "an answer")
        self.assertEqual(caught.exception.code, "identity_refused")
        self.recorded("business.session.started", why="wrong_nonce")

    def begin_or_none(self, kiosk, token):
        try:
            return kiosk.begin(MATTER, token)
        except Refused as refused:
            if refused.code in ("busy", "no_link"):
                return None
            raise

    # ---- memory ----------------------------------------------------------------------------------------------------
    def test_the_memory_of_the_agent_after_a_session(self):
        kiosk, _ = self.filed()
        kiosk.end()

        def left():
            return [(pid, name, place) for pid in self.agents() for name, value in MARKS.items() for place in search_memory(pid, value)]
        wait_until(lambda: not left() or None, 15, 0.5, "nothing of the session is in the agent's memory")
        self.assertTrue(any(search_memory(pid, "kioskward") for pid in self.agents()), "the search reads what is there")

    def agents(self):
        """The agent's processes: the guard, and whatever it has started."""
        out, todo = [], [self.site.processes["agent"].pid]
        while todo:
            pid = todo.pop()
            out.append(pid)
            todo += [int(child) for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
        return out

    def test_the_power_goes_in_the_middle(self):
        """The kiosk's state is on a block device of its own. What is there at the cut is searched raw, and again once it is
        mounted and its journal replayed; the kiosk starts from it."""
        kiosk = self.begun(NAME)
        for field, value in VALUES.items():
            self.tell(kiosk, "put", field=field, value=value)
        self.tell(kiosk, "get", field="phone")
        self.site.end("agent", signal.SIGKILL)
        raw = self.site.disk.cut()
        self.assertTrue(any(self.site.agent_dir.iterdir()), "what the agent had written is there")
        found, _ = search([raw.parent, self.site.agent_dir, self.site.root / "kiosk-app"], MARKS)
        self.assertEqual(found, {})
        self.site.start_agent()
        self.site.wait_device(self.device, "the kiosk is back", lambda d: d["live"] == "online", 40)

    # ---- in transit ------------------------------------------------------------------------------------------------
    def spoil(self, towards, least, act):
        """One bit of the next record of this size is changed on its way; the link it was on has to end, and to come back."""
        before = len(self.people["audit"].get("/audit?type=link.lost&limit=100")["items"])
        self.site.flips.flip_next(towards, least)
        outcome = None
        try:
            act()
        except Refused as refused:
            outcome = refused.code
        self.assertTrue(self.site.flips.flipped.wait(20), "a record was changed")
        wait_until(lambda: len(self.people["audit"].get("/audit?type=link.lost&limit=100")["items"]) > before, 30, 0.3, "the link ended")
        self.site.wait_device(self.device, "the kiosk is back", lambda d: d["live"] == "online", 40)
        return outcome

    def test_transit_authentication(self):
        kiosk = self.page()
        token = self.site.authority.token(kiosk.challenge(), NAME)
        wait_until(lambda: self.site.device(self.device)["live"] == "online", 20, why="the kiosk is on line")
        self.assertEqual(self.spoil("platform", len(token), lambda: kiosk.begin(MATTER, token)), "link_lost")

    def test_transit_business(self):
        kiosk = self.begun()
        heard = self.site.port_file.with_suffix(".heard")
        before = heard.read_text() if heard.exists() else ""
        body = json.dumps({"name": "x" * 900})
        self.assertEqual(self.spoil("platform", 900, lambda: kiosk.request(
            SERVICE, "POST", "/applications", body=body, content_type="application/json")), "link_lost")
        self.assertEqual(heard.read_text() if heard.exists() else "", before, "no back end was asked")
        kiosk.end()

    def test_transit_audit(self):
        kiosk = self.begun()
        trace = None
        self.spoil("platform", 200, lambda: [kiosk.step("form") for _ in range(3)])
        kiosk.end()
        session = wait_until(lambda: self.people["security"].get(f"/devices/{self.device}/sessions")["items"][0], 10)
        trace = session["trace"]
        steps = wait_until(lambda: (lambda items: items if len(items) >= 3 else None)(
            self.people["audit"].get(f"/audit?limit=100&trace={trace}&type=business.step")["items"]), 30, 0.3, "all three steps arrive")
        self.assertEqual(len(steps), 3, "each once")

    def test_transit_configuration(self):
        revision = self.site.device(self.device)["policy_revision"]
        self.spoil("kiosk", 400, lambda: self.site.publish(note="spoilt on its way"))
        now = self.site.wait_device(self.device, "the policy as it was published", lambda d: d["policy_revision"] == d["policy_wanted"], 40)
        self.assertGreater(now["policy_revision"], revision)

    def test_transit_personal(self):
        kiosk = self.begun(NAME)
        for field, value in VALUES.items():
            self.tell(kiosk, "put", field=field, value=value)
        count = len(self.sql("SELECT id FROM vault_cases"))
        outcome = self.spoil("platform", 300, lambda: self.tell(kiosk, "submit", **CONSENT, number="A-3", status="accepted"))
        self.assertEqual(outcome, "link_lost")
        self.assertEqual(len(self.sql("SELECT id FROM vault_cases")), count, "nothing half-done")
        wait_until(lambda: self.site.device(self.device)["live"] == "online", 20)
        self.assertTrue(self.tell(kiosk, "submit", **CONSENT, number="A-3", status="accepted")["case"], "again, as it was")
        kiosk.end()


class VideoAttacks(unittest.TestCase):
    """A recording: changed on its way, it never becomes whole by that road; changed at rest, nobody is shown it."""

    class Site(Site):
        def surround(self):
            super().surround()
            self.flips = FlipRelay(self.net, self.link_port)

        def stop(self):
            if getattr(self, "flips", None):
                self.flips.close()
            super().stop()

    @classmethod
    def setUpClass(cls):
        site_with_scene(cls, cls.Site, "data")
        cls.site.publish(defence={"camera": {"mode": "enforce", "source": "test_frames", "device": cls.scene.path, "width": WIDTH, "height": HEIGHT}})
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 30)
        wait_until(lambda: cls.site.facts(cls.device).get("camera.recording") == "yes", 30, why="it records")

    def tearDown(self):
        self.site.show_logs(self)

    def clip(self, seconds=6):
        since = time.time()
        wait_until(lambda: time.time() - since > seconds + 2, seconds + 10, why="something was filmed")
        utc = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))  # noqa: E731  one line, used below
        asked = self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "camera", "action": "clip", "args": {"from": utc(since), "until": utc(since + seconds)}, "reason": "complaint"})
        return asked.get("order") or asked["id"]

    def media(self):
        return self.people["security"].get(f"/devices/{self.device}/media")["items"]

    def test_transit_and_rest(self):
        self.site.flips.flip_next("platform", 4000)  # a piece of a recording is the only record of this size
        self.clip()
        self.assertTrue(self.site.flips.flipped.wait(40), "a piece was changed")
        whole = wait_until(lambda: next((m for m in self.media() if m["state"] == "complete"), None), 90, 0.5, "sent again, and whole")
        lost = self.people["audit"].get("/audit?type=link.lost&limit=100")["items"]
        self.assertTrue(lost, "the link ended by it")
        film, _ = self.people["security"].exchange("GET", f"/media/{whole['id']}/content?purpose=complaint")
        self.assertEqual(hashlib.new("sm3", film).hexdigest(), whole["digest"])
        file = next(self.site.server_dir.rglob(f"{whole['id']}.sealed"))
        octets = bytearray(file.read_bytes())
        octets[len(octets) // 2] ^= 1
        file.write_bytes(octets)
        with self.assertRaises(ApiRefused) as caught:
            self.people["security"].get(f"/media/{whole['id']}/content?purpose=complaint")
        self.assertEqual(caught.exception.body["code"], "corrupt")
        wait_until(lambda: self.people["audit"].get("/audit?type=media.damaged&limit=10")["items"], 20, 0.3, "the ledger says so")


class Capture:
    """Everything that crosses a host's network, as octets."""

    def __init__(self, network, host):
        self.link = network.inside(host, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self.link.settimeout(0.2)
        self.octets, self.ending = bytearray(), False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.ending:
            try:
                octets, address = self.link.recvfrom(65536)
            except TimeoutError:
                continue
            if address[0] != "lo":  # what a page says to its own agent is no network
                self.octets += octets

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        self.link.close()


if __name__ == "__main__":
    if why := permitted():
        print(f"skipped: {why}")
        sys.exit(77)
    unittest.main(verbosity=2)
