"""No personal value and no secret ever appears in a log: distinctive values are planted wherever a person's data can enter, the
main roads are driven with real processes, and everything that the system wrote is searched (ADR 73).

Run by ctest as system.markers; by hand: python3 tests/system/markers_test.py
"""
import fnmatch
import gzip
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import HOSTS, permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, totp, wait_until  # noqa: E402  the path above must come first
from tests.support.markers import forms, id_number, search  # noqa: E402  the path above must come first
from tests.support.rsyslog import Rsyslog  # noqa: E402  the path above must come first
from tests.support.scene import HEIGHT, WIDTH, Scene  # noqa: E402  the path above must come first
from tests.support.screen import Clipboard, Screen  # noqa: E402  the path above must come first

KIOSKWARD, AGENT, SERVER = (str(BUILD / "bin" / name) for name in ("kioskward", "kioskward-agent", "kioskward-server"))
LOG_NAME = "log.test"

# Who somebody is, where it is asked for.
NAMES = {
    "custodian": "欧阳标甲", "custodian_phone": "13812345601", "second_custodian": "上官标乙", "second_phone": "13812345602",
    "display_name": "诸葛标丙", "staff_number": "STAFF-MK-40417", "wrong_login": "司马标丁", "searched_name": "夏侯标戊",
    "document_content": "皇甫标己", "clipboard_content": "尉迟标庚", "bad_input_name": "公孙标辛", "file_name": "慕容标壬",
}
# An identity card number for each way in that takes words: none may come through, or be kept.
WAYS = ("reason", "note", "purpose", "extract_purpose", "query", "path", "unknown_query", "json_member", "json_value", "header", "url",
        "dns", "argument", "document", "document_name", "clipboard", "login_account", "site_name", "token_name", "raw_http",
        "raw_link", "config_server", "config_agent", "cli", "held", "enrol_note", "alarm_note", "person_search")
NUMBERS = {f"number_in_{way}": id_number(100 + n) for n, way in enumerate(WAYS)}
PHONES = {"phone_in_reason": "13812345671", "phone_in_argument": "13812345672", "phone_in_url": "13812345673"}
CARDS = {"card_in_reason": "6222020200112230004", "card_in_argument": "4111111111111111"}

# Where a value may stand: mark, file below the site, why. Everything else that is found is a defect.
ALLOWED = [
    ("second_custodian", "server/kioskward.db*", "the register says who is responsible for a kiosk (9.3)"),
    ("second_phone", "server/kioskward.db*", "and how to reach him"),
    ("display_name", "server/kioskward.db*", "the account's name, for who approves and for the console's head"),
    ("display_name", "out/shell.txt", "whoever logs in is greeted by name, on his own terminal"),
    ("staff_number", "server/kioskward.db*", "the account's natural person: one role each (9.2)"),
    ("csrf_*", "server/kioskward.db*", "worth nothing without the session's cookie, of which the database has a hash"),
    ("cookie_shell", "shell.session", "the shell's own session file, mode 0600: it is the session"),
    ("file_name", "server/ledger/entries/*", "the evidence of 9.7-e names the file that was stopped; numbers in it are taken out"),
    ("file_name", "server/kioskward.db*", "the same file in its alarm"),
    ("file_name", "server/extracts/*", "the same evidence, taken out by the audit administrator"),
    ("file_name", "out/e*", "the same evidence as the audit administrator saved it"),
    ("file_name", "police/out/*", "the same evidence, exported"),
    ("file_name", "rsyslog/messages.json", "the same evidence, exported"),
]


class MarkedSite(Site):
    """The kiosk has a screen with a clipboard; its programs inherit nothing else."""
    browser_user, display = "nobody", ""

    def spawn(self, name, host, argv, machine_id=None):
        return super().spawn(name, host, ["env", f"DISPLAY={self.display}", *argv] if name == "agent" else argv, machine_id)


class Markers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = MarkedSite(tempfile.mkdtemp(prefix="kwm-"), prefix=f"kwm{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.root, cls.secrets = cls.site.root, {}
        cls.uploads = pathlib.Path(tempfile.mkdtemp(prefix="kwm-up-"))  # what a user brings is not what the system writes
        cls.addClassCleanup(shutil.rmtree, cls.uploads, ignore_errors=True)
        cls.screen = Screen(640, 480)
        cls.addClassCleanup(cls.screen.close)
        cls.site.display = cls.screen.display
        cls.site.custodian, cls.site.custodian_phone = NAMES["custodian"], NAMES["custodian_phone"]
        cls.site.start()
        os.chmod(cls.root, 0o711)  # the camera process is nobody
        (cls.root / "out").mkdir()
        for account, password in cls.site.one_time_passwords().items():
            cls.secrets[f"one_time_{account}"] = password
        cls.people = cls.site.activate()
        cls.system, cls.security, cls.audit = (cls.people[role] for role in ("system", "security", "audit"))
        for role, console in cls.people.items():
            cls.keep(role, console)
        cls.device = cls.site.enrol()
        cls.scene = Scene(cls.root / "scene")
        cls.scene.__enter__()
        cls.addClassCleanup(cls.scene.__exit__)
        # A private way through the machine's tools: what marks are in command lines is this test's alone.
        cls.network = demo_policy()
        cls.site.publish(cls.network, defence={
            "egress": {"mode": "enforce", "folders": [str(cls.uploads)], "quarantine": True, "when_unreadable": "allow_unjudged", "clipboard": "clear_marked"},
            "camera": {"mode": "enforce", "source": "test_frames", "device": cls.scene.path, "width": WIDTH, "height": HEIGHT}})
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 40)

    @classmethod
    def keep(cls, name, console):
        """A session's secrets are markers too."""
        cls.secrets |= {f"password_{name}": console.password, f"totp_{name}": console.totp_secret,
                        f"cookie_{name}": console.cookie.split("=", 1)[1], f"csrf_{name}": console.csrf}

    def tearDown(self):
        self.site.show_logs(self)

    def refused(self, call, *args):
        with self.assertRaises(Refused) as caught:
            call(*args)
        return caught.exception

    def out(self, name, octets):
        (self.root / "out" / name).write_bytes(octets)

    def told(self, kind, seconds=30, **params):
        return wait_until(lambda: self.site.entries(self.device, kind, **params), seconds, why=f"{kind} {params} is told")

    # ---- the search itself ---------------------------------------------------------------------------------------
    def test_0_the_search_finds_every_form(self):
        for value in (NAMES["custodian"], NUMBERS["number_in_url"]):
            with tempfile.TemporaryDirectory() as place:
                for n, form in enumerate(sorted(forms(value))):
                    (pathlib.Path(place) / f"{n}").write_bytes(b"before " + form + b" behind")
                found, looked = search([place], {"it": value})
                self.assertEqual(len(found["it"]), looked, value)
        with tempfile.TemporaryDirectory() as place:
            (pathlib.Path(place) / "packed").write_bytes(gzip.compress(b"x" * 1000 + NAMES["file_name"].encode()))
            self.assertEqual(search([place], {"it": NAMES["file_name"]})[0], {"it": [f"{place}/packed"]})
            self.assertEqual(search([place], {"it": "nowhere-at-all"})[0], {})

    # ---- people --------------------------------------------------------------------------------------------------
    def test_1_people_and_their_secrets(self):
        once = self.system.invite(self.security, "operator.mk", NAMES["staff_number"], "operator", NAMES["display_name"])
        self.secrets["one_time_operator"] = once
        operator = Console(self.site.console_port)
        operator.password = "Kw-" + secrets.token_urlsafe(12) + "-9a"
        operator.activate("operator.mk", once, operator.password)
        self.keep("operator", operator)
        self.__class__.operator = operator
        asked = self.system.post("/users", {"account": "waits.mk", "display_name": NAMES["display_name"] + "二", "role": "inspector",
                                            "person": NAMES["staff_number"] + "-2"})
        self.security.post(f"/requests/{asked['id']}/reject", {"reason": "not known"})
        site = self.security.get("/sites")["items"][0]["id"]
        self.secrets["enrol_token"] = self.security.post("/enrol-tokens", {"site": site, "valid_minutes": 30, "note": "n"})["token"]
        made = self.system.post("/api-tokens", {"name": "monitor", "operations": ["listDevices"], "days": 1})
        self.secrets["api_token"] = made["text"]
        machine = Console(self.site.console_port)
        bearer = {"Authorization": f"Bearer {made['text']}"}
        self.assertTrue(json.loads(machine.exchange("GET", "/devices", headers=bearer)[0])["items"])
        self.assertEqual(self.refused(machine.exchange, "GET", "/users", None, bearer).status, 403)
        self.assertEqual(self.refused(machine.exchange, "GET", "/devices", None, {"Authorization": f"Bearer {made['text']}x"}).status, 401)
        self.security.post(f"/devices/{self.device}/custodian", {
            "custodian": NAMES["second_custodian"], "custodian_phone": NAMES["second_phone"], "reason": "moved"})
        self.assertEqual(self.system.post("/persons/find", {"name": NAMES["searched_name"], "reason": "request"})["items"], [])
        self.assertEqual(self.system.post("/persons/find", {"number": NUMBERS["number_in_person_search"], "reason": "request"})["items"], [])

    def test_2_logins_that_fail(self):
        self.secrets |= {"wrong_password": "Kw-" + secrets.token_urlsafe(12), "password_as_account": "kw-" + secrets.token_hex(8)}
        stranger = Console(self.site.console_port)
        for account, password in ((NAMES["wrong_login"], "x" * 12), (NUMBERS["number_in_login_account"], "x" * 12),
                                  (self.secrets["password_as_account"], "x" * 12), ("secadmin", self.secrets["wrong_password"])):
            self.assertIn(self.refused(stranger.post, "/session", {"account": account, "password": password, "code": "000000"}).status,
                          (401, 422), account)

    # ---- words of administrators -----------------------------------------------------------------------------------
    def test_3_words_with_numbers_are_refused(self):
        def no(console, path, body):
            problem = self.refused(console.post, path, body)
            self.assertEqual(problem.status, 422, (path, problem.body))
            self.assertIn("stay out", problem.body["detail"], path)
        number = NUMBERS
        for words in (number["number_in_reason"], PHONES["phone_in_reason"], CARDS["card_in_reason"]):
            no(self.security, f"/devices/{self.device}/cut", {"reason": f"asked by {words}"})
        no(self.security, "/policies", {"base_revision": 1, "network": self.network, "note": f"for {number['number_in_note']}"})
        no(self.audit, "/audit/extracts", {"purpose": f"case of {number['number_in_extract_purpose']}", "form": "csv", "valid_hours": 1})
        no(self.security, "/sites", {"name": f"site {number['number_in_site_name']}", "district": "d", "address": "a"})
        no(self.system, "/api-tokens", {"name": f"for {number['number_in_token_name']}", "operations": ["listDevices"], "days": 1})
        site = self.security.get("/sites")["items"][0]["id"]
        no(self.security, "/enrol-tokens", {"site": site, "valid_minutes": 5, "note": f"of {number['number_in_enrol_note']}"})
        user = next(u for u in self.system.get("/users")["items"] if u["account"] == "operator.mk")
        no(self.system, f"/users/{user['id']}/change", {"role": "inspector", "reason": f"as {number['number_in_held']} wishes"})

    def test_4_a_picture_is_looked_at_for_a_purpose(self):
        wait_until(lambda: self.site.facts(self.device).get("camera.recording") == "yes", 40, why="it records")
        asked = self.security.post(f"/devices/{self.device}/requests", {"section": "camera", "action": "snapshot", "args": {}, "reason": "queue"})
        row = wait_until(lambda: next((m for m in self.security.get(f"/devices/{self.device}/media")["items"]
                                       if m["id"] == asked["order"] and m["state"] == "complete"), None), 60, why="it is whole")
        path = f"/media/{row['id']}/content?purpose="
        problem = self.refused(self.security.exchange, "GET", path + NUMBERS["number_in_purpose"])
        self.assertEqual(problem.status, 422)
        picture = self.security.exchange("GET", path + "complaint")[0]
        self.assertEqual(picture[:3], b"\xff\xd8\xff")

    # ---- the kiosk -----------------------------------------------------------------------------------------------
    def test_5_illegal_outbound_with_numbers_in_it(self):
        target = HOSTS["internet"][0].split("/")[0]
        url = f"http://{target}/apply/{NUMBERS['number_in_url']}?tel={PHONES['phone_in_url']}"
        self.site.run_in("kiosk", "curl", "-s", "-m", "2", "-A", NUMBERS["number_in_argument"] + CARDS["card_in_argument"],
                         "-e", PHONES["phone_in_argument"], url)
        alarms = wait_until(lambda: [a for a in self.site.alarms(self.device) if a["type"] == "net.outbound.illegal" and a["state"] == "open"],
                            20, why="it is told")
        problem = self.refused(self.security.post, f"/alarms/{alarms[0]['id']}/acknowledge", {"reason": f"it was {NUMBERS['number_in_alarm_note']}"})
        self.assertEqual(problem.status, 422)
        self.security.post(f"/alarms/{alarms[0]['id']}/acknowledge", {"reason": "seen"})
        self.site.calm(self.device)
        question = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\x12" + NUMBERS["number_in_dns"].encode() + b"\7example\0\0\1\0\1"
        self.site.run_in("kiosk", sys.executable, "-c", "import socket,sys; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
                         f"s.sendto({question!r}, ('{target}', 53))")
        wait_until(lambda: self.site.device(self.device)["live"] == "cut", 20, why="it is cut")
        self.site.calm(self.device)

    def test_6_marked_documents_and_clipboard(self):
        wait_until(lambda: self.site.facts(self.device).get("egress.documents.gate") == "open", 40, why="the gate is open")
        path = self.uploads / f"{NAMES['file_name']}_{NUMBERS['number_in_document_name']}.txt"
        path.write_text(f"{NAMES['document_content']} {NUMBERS['number_in_document']} 机密★10年")
        try:
            path.read_bytes()
        except OSError:
            pass  # refused, or taken away already: that is what is wanted
        told = self.told("egress.document.quarantined")[0]
        self.assertTrue(told["params"]["path"].endswith(f"{NAMES['file_name']}_[id-number].txt"), told["params"])
        wait_until(lambda: self.site.facts(self.device).get("egress.clipboard") == "watched", 20, why="the clipboard is watched")
        clipboard = Clipboard(self.screen, "clipboard")
        self.addCleanup(clipboard.close)
        clipboard.copy(f"{NAMES['clipboard_content']} {NUMBERS['number_in_clipboard']} 机密★10年".encode())
        wait_until(lambda: not clipboard.paste(), 10, 0.01, "it is cleared")
        self.told("egress.clipboard.marked")

    # ---- what is wrong ---------------------------------------------------------------------------------------------
    def test_7_bad_input_of_all_kinds(self):
        name, number = NAMES["bad_input_name"], NUMBERS
        port = self.site.console_port

        def send(method, path, body=None, headers=None):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            link.request(method, path, body, headers or {})
            status = link.getresponse().status
            link.close()
            return status
        asks = {"Cookie": self.security.cookie, "X-Kw-Csrf": self.security.csrf, "Content-Type": "application/json"}
        self.assertGreaterEqual(send("GET", f"/api/v1/devices/{number['number_in_path']}", headers=asks), 400)
        self.assertGreaterEqual(send("GET", f"/{number['number_in_path']}.html"), 400)
        self.assertGreaterEqual(send("GET", f"/api/v1/alarms?{number['number_in_unknown_query']}=1", headers=asks), 400)
        self.assertGreaterEqual(send("GET", "/api/v1/alarms", headers={**asks, f"X-{number['number_in_header']}": number["number_in_header"],
                                                                       "Cookie": f"kw_session={number['number_in_header']}"}), 400)
        for body in (f'{{"reason": "{name} {number["number_in_json_value"]}', f'{{"{name}{number["number_in_json_member"]}": 1}}',
                     f'{{"reason": {{"{number["number_in_json_member"]}": "{name}"}}}}', json.dumps({"reason": name * 300})):
            self.assertGreaterEqual(send("POST", f"/api/v1/devices/{self.device}/cut", body.encode(), asks), 400, body[:60])
        self.assertEqual(self.refused(self.audit.get, f"/audit?person={number['number_in_query']}&from=never").status, 422)
        self.audit.get(f"/audit?person={number['number_in_query']}")
        for octets in (f"GET /{number['number_in_raw_http']} {name}\r\n\r\n", f"{name} {number['number_in_raw_http']}\r\n\r\n",
                       f"GET / HTTP/1.1\r\n{name}: {number['number_in_raw_http']}\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
                raw.sendall(octets.encode())
                raw.recv(4096)
        self.site.run_in("business", sys.executable, "-c", "import socket; s=socket.create_connection("
                         f"('{self.site.platform_address}', {self.site.link_port}), 5); s.sendall({(number['number_in_raw_link'] + name).encode()!r});"
                         "s.settimeout(3); s.recv(100)")
        for way, program in (("config_server", [SERVER]), ("config_agent", [AGENT, "run"])):
            file = self.root / f"{way}.toml"
            for text in (f'data_dir = {number["number_in_" + way]} {name}\n', f'"{number["number_in_" + way]}" = "{name}"\n',
                         f'data_dir = "/nowhere"\nserver = "{number["number_in_" + way]}"\n'):
                file.write_text(text)
                done = subprocess.run([*program, "--config", str(file)], capture_output=True, timeout=20, check=False)
                self.assertNotEqual(done.returncode, 0)
                with open(self.root / f"{way}.log", "ab") as log:
                    log.write(done.stdout + done.stderr)
            file.unlink()
        wrong = self.site.spawn("enrol-wrong", "business", [AGENT, "enrol", "--config", str(self.site.agent_config(self.root / "wrong", "wrong")),
                                                            "--token", self.secrets["enrol_token"] + "x", "--wait", "3"])
        self.assertNotEqual(wrong.wait(30), 0)

    def test_8_the_shell(self):
        session = self.root / "shell.session"
        console = self.operator
        wait_until(lambda: int(time.time() // 30) > console.used_step, 40, 0.2, "a code is good once")
        run = subprocess.run([KIOSKWARD, "login", "--server", self.site.url(), "--account", "operator.mk", "--session", str(session)],
                             input=f"{console.password}\n{totp(console.totp_secret)}\n", capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.secrets["cookie_shell"] = next(line.split()[1] for line in session.read_text().splitlines() if line.startswith("cookie "))
        said = run.stdout + run.stderr
        for words in (["devices", "list"], ["devices", "cut", self.device, "--reason", f"of {NUMBERS['number_in_cli']}"], ["devices", "show", "x"]):
            done = subprocess.run([KIOSKWARD, *words, "--session", str(session)], capture_output=True, text=True, timeout=30, check=False)
            if words[1] != "list":  # the list shows who looks after a kiosk: it is asked for
                said += done.stdout + done.stderr
        self.out("shell.txt", said.encode())

    # ---- what leaves -------------------------------------------------------------------------------------------------
    def test_9a_what_leaves(self):
        for form in ("csv", "jsonl"):
            made = self.audit.post("/audit/extracts", {"purpose": "case 7", "form": form, "valid_hours": 2})
            self.out(f"extract.{form}", self.audit.exchange("GET", f"/audit/extracts/{made['id']}/content")[0])
        approved = self.audit.get("/audit?type=enrol.approved")["items"][0]["index"]
        self.out("receipt.pem", wait_until(lambda: self.audit.exchange("GET", f"/audit/{approved}/receipt")[0], 20, why="the checkpoint covers it"))
        self.out("entries.json", self.audit.exchange("GET", "/audit?limit=500")[0])
        self.assertEqual(self.audit.post(f"/audit/{approved}/personal")["params"]["custodian"], NAMES["custodian"])

    def test_9b_export_to_a_syslog_server_and_to_files(self):
        self.site.end("server", signal.SIGTERM)
        rsyslog = None
        profiles = self.root / "export.d"
        profiles.mkdir()
        (self.root / "police").mkdir()
        gate = (REPO / "packaging" / "export" / "police-gate.toml").read_text()
        gate = gate.replace("file:///var/lib/kioskward/export/police", f"file://{self.root}/police").replace("batch = 500", "batch = 2000")
        (profiles / "police-gate.toml").write_text(gate)
        if shutil.which("rsyslogd"):
            # The relay into the platform's namespace is the console's; syslog goes by file where there is no rsyslogd.
            rsyslog = Rsyslog(self.root / "rsyslog", LOG_NAME)
            self.site.net.inside("platform", rsyslog.start)
            self.addCleanup(rsyslog.stop)
            text = (REPO / "packaging" / "export" / "syslog-tls.toml").read_text()
            for old, new in (("tls://log.example:6514", f"tls://127.0.0.1:{rsyslog.port}"), ('# server_name = "log.example"', f'server_name = "{LOG_NAME}"'),
                             ("/etc/kioskward/export/log-ca.pem", str(rsyslog.root / "ca.pem"))):
                self.assertIn(old, text)
                text = text.replace(old, new, 1)
            (profiles / "syslog.toml").write_text(text)
        self.site.server_extra = f'\n[export]\ndirectory = "{profiles}"\n'
        self.site.start_server()
        size = wait_until(lambda: self.audit.get("/audit?limit=1")["items"], 20, why="it answers")[0]["index"]
        wait_until(lambda: list((self.root / "police" / "out").glob("*.manifest")), 30, 0.1, "files for the gate are written")
        if rsyslog:
            wait_until(lambda: len(rsyslog.messages()) >= size, 60, 0.2, "the syslog server has everything")

    def test_9c_a_crash(self):
        for name in ("agent", "server"):
            self.site.end(name, signal.SIGSEGV)
        self.assertEqual([str(p) for place in (self.root, REPO) for p in place.glob("core*")], [], "no memory is dumped")
        self.site.start_server()
        self.site.start_agent()
        self.site.wait_device(self.device, "on line again", lambda d: d["live"] == "online", 40)

    def test_9d_nothing_is_found_but_where_it_may_stand(self):
        for name in list(self.site.processes):
            self.site.end(name, signal.SIGTERM)
        marks = {**NAMES, **NUMBERS, **PHONES, **CARDS, **self.secrets}
        self.assertEqual(len(set(marks.values())), len(marks), "each marker is one")
        for own in ("server.toml", *(p.name for p in self.root.glob("*.machine-id"))):
            (self.root / own).unlink(missing_ok=True)  # this test's own, not what the system wrote
        found, looked = search([self.root], marks)
        self.assertGreater(looked, 30)
        wrong, used = [], set()
        for mark, files in found.items():
            for file in files:
                name = os.path.relpath(file, self.root)
                rows = [row for row in ALLOWED if fnmatch.fnmatch(mark, row[0]) and fnmatch.fnmatch(name, row[1])]
                used.update(rows)
                if not rows:
                    wrong.append(f"{mark} ({marks[mark]}) in {name}")
        self.assertEqual(wrong, [], "\n".join(wrong))
        needless = [row for row in ALLOWED if row not in used and (shutil.which("rsyslogd") or not row[1].startswith("rsyslog"))]
        self.assertEqual(needless, [], "what nobody finds needs no permission")


if __name__ == "__main__":
    reason = permitted() or next((f"{name} is not built" for name in ("kioskward-camera", "kioskward-clipboard")
                                  if not (BUILD / "bin" / name).exists()), None) or (not shutil.which("Xvfb") and "Xvfb is missing")
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
