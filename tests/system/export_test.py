"""Audit export to a real syslog server over TLS: every record once, though the connection breaks and the platform is killed.

The platform, rsyslogd and a relay that cuts, all on loopback. Run by ctest as system.export; by hand:
python3 tests/system/export_test.py
"""
import collections
import json
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import BUILD, REPO  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, totp, wait_until  # noqa: E402  the path above must come first
from tests.support.rsyslog import Rsyslog  # noqa: E402  the path above must come first
from tests.support.tls_files import make_authority  # noqa: E402  the path above must come first

BATCH = 20
NAME = "log.test"
KIOSKWARD = str(BUILD / "bin" / "kioskward")


class Relay:
    """Passes octets on to a port; `cut_after` octets of a connection it hangs up on both sides, `cuts` times."""

    def __init__(self, port):
        self.to, self.cut_after, self.cuts, self.done = port, 0, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:  # the receiver is down, and so is this connection
                near.close()
                continue
            threading.Thread(target=self.pass_on, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(far, near, False), daemon=True).start()

    def pass_on(self, source, sink, counted):
        passed = 0
        try:
            while octets := source.recv(4096):
                passed += len(octets)
                if counted and self.cuts > 0 and passed > self.cut_after:
                    self.cuts -= 1
                    self.done += 1
                    break
                sink.sendall(octets)
        except OSError:  # the other direction has hung up
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:  # it was shut already
                pass

    def close(self):
        self.listener.close()


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="kw-export-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.rsyslog = Rsyslog(cls.root / "rsyslog", NAME)
        cls.addClassCleanup(cls.rsyslog.stop)
        cls.rsyslog.start()
        cls.relay = Relay(cls.rsyslog.port)
        cls.addClassCleanup(cls.relay.close)
        make_authority(cls.root, "stranger")
        profiles = cls.root / "export.d"
        profiles.mkdir()
        shipped = (REPO / "packaging" / "export" / "syslog-tls.toml").read_text()
        for name, ca, server in (("city", cls.root / "rsyslog" / "ca.pem", NAME), ("wrong-ca", cls.root / "stranger.pem", NAME),
                                 ("wrong-name", cls.root / "rsyslog" / "ca.pem", "other.test")):
            text = shipped
            for old, new in (('"syslog-tls"', f'"{name}"'), ("tls://log.example:6514", f"tls://127.0.0.1:{cls.relay.port}"),
                             ("/etc/kioskward/export/log-ca.pem", str(ca)), ('# server_name = "log.example"', f'server_name = "{server}"'),
                             ("batch = 500", f"batch = {BATCH}"), ("stalled_seconds = 300", "stalled_seconds = 2"),
                             ("most_seconds = 300", "most_seconds = 2")):
                assert old in text, old
                text = text.replace(old, new, 1)
            (profiles / f"{name}.toml").write_text(text)
        cls.config = cls.root / "server.toml"
        cls.config.write_text(f'data_dir = "{cls.root}/data"\n[console]\nlisten = "127.0.0.1:0"\n[link]\nlisten = "127.0.0.1:0"\n'
                              f'advertise = ["127.0.0.1:1"]\n[export]\ndirectory = "{profiles}"\n')
        cls.server = None
        cls.addClassCleanup(cls.kill)
        cls.start()
        cls.people = {}
        once = dict(line.split() for line in (cls.root / "data" / "first-credentials.txt").read_text().splitlines() if re.match(r"^\w+ +\S+$", line))
        for account in ("sysadmin", "secadmin", "auditadmin"):
            password = "Kw-" + secrets.token_urlsafe(12) + "-9a"
            cls.people[account] = (Console(cls.port).activate(account, once[account], password), password)

    @classmethod
    def start(cls):
        with open(cls.root / "server.log", "ab") as log:
            at = log.tell()
            cls.server = subprocess.Popen([str(BUILD / "bin" / "kioskward-server"), "--config", str(cls.config)], stdout=log, stderr=log)

        def port():
            if cls.server.poll() is not None:
                raise RuntimeError("the server ended: " + (cls.root / "server.log").read_text()[-800:])
            found = re.search(r"server\.started\S* .*?console=(\d+)", (cls.root / "server.log").read_text()[at:])
            return found and int(found.group(1))
        cls.port = wait_until(port, 30, why="the server answers")

    @classmethod
    def kill(cls):
        if cls.server and cls.server.poll() is None:
            cls.server.send_signal(signal.SIGKILL)
            cls.server.wait()

    def audit(self):
        console = self.people["auditadmin"][0]
        console.port = self.port
        return console

    def target(self, name="city"):
        return next(one for one in self.audit().get("/exports")["items"] if one["name"] == name)

    def happen(self, count):
        for _ in range(count):
            self.audit().get("/audit?limit=1")  # reading is recorded

    def numbers(self):
        """How often each number arrived at the syslog server."""
        return collections.Counter(re.search(r' num="(\d{18})"', m["sd"]).group(1) for m in self.rsyslog.messages())

    def wait_all(self):
        """Everything that the ledger has now is confirmed, and was written by the syslog server."""
        size = self.audit().get("/audit?limit=1")["items"][0]["index"] + 1
        done = wait_until(lambda: (t := self.target())["cursor"] >= size and t, 60, 0.1, "the target has everything")
        wait_until(lambda: len(self.numbers()) >= done["cursor"], 20, 0.1, "rsyslog has written it")
        return done["cursor"]

    def check_complete(self, end, doubles):
        numbers = self.numbers()
        tag = next(iter(numbers))[:6]
        for index in range(end):
            self.assertIn(f"{tag}{index:012d}", numbers)
        self.assertEqual({n[:6] for n in numbers}, {tag})
        twice = sum(1 for count in numbers.values() if count > 1)
        self.assertLessEqual(twice, doubles, "more than the batches that were cut came twice")

    def test_1_every_record_arrives_once(self):
        self.happen(60)
        self.check_complete(self.wait_all(), 0)

    def test_2_a_message_is_as_rfc_5424_says(self):
        first = self.rsyslog.messages()[0]
        self.assertEqual(int(first["pri"]) // 8, 13)
        self.assertEqual((first["host"], first["app"]), ("kioskward", "kioskward"))
        self.assertRegex(first["msgid"], r"^[a-z_.]+$")
        self.assertRegex(first["procid"], r"^[0-9a-f]{16}$")
        self.assertTrue(first["sd"].startswith("[kioskward@32473 "), first["sd"])
        self.assertTrue(first["msg"].lstrip().startswith("\ufeff"), first["msg"])
        reads = [m for m in self.rsyslog.messages() if m["msgid"] == "audit.read"]
        self.assertIn('query="limit=1"', reads[0]["sd"])
        self.assertIn('person="auditadmin"', reads[0]["sd"])

    def test_3_a_cut_in_the_middle_loses_nothing(self):
        self.relay.cut_after, self.relay.cuts = 6000, 3
        self.happen(120)
        end = self.wait_all()
        self.assertEqual(self.relay.done, 3, "the relay has not cut")
        self.check_complete(end, 3 * BATCH)

    def test_4_a_killed_platform_goes_on_where_it_was(self):
        before = sum(1 for count in self.numbers().values() if count > 1)
        self.rsyslog.stop()
        self.happen(50)
        wait_until(lambda: self.target()["attempts"] > 0, 20, 0.1, "the receiver is missed")
        self.kill()
        self.rsyslog.start()
        self.start()
        self.happen(5)
        self.check_complete(self.wait_all(), before + 2 * BATCH)

    def test_5_a_stall_is_told_and_ends(self):
        wait_until(lambda: self.target("wrong-ca")["stalled"], 30, 0.2, "the target stalls")
        types = [m["msgid"] for m in self.rsyslog.messages()]
        self.wait_all()
        types = [m["msgid"] for m in self.rsyslog.messages()]
        self.assertIn("export.stalled", types)
        self.assertIn("export.started", types)

    def test_6_a_certificate_that_is_not_good_gets_nothing(self):
        for name in ("wrong-ca", "wrong-name"):
            target = self.target(name)
            self.assertEqual((target["sent"], target["cursor"]), (0, 0))
            self.assertIn("untrusted", target["last_error"])

    def test_7_the_audit_administrator_alone(self):
        for account in ("sysadmin", "secadmin"):
            console = self.people[account][0]
            console.port = self.port
            for method, path in (("GET", "/exports"), ("POST", "/exports/city/pause"), ("POST", "/exports/city/test")):
                with self.assertRaises(Refused) as refused:
                    console.call(method, path, {"reason": "x"} if method == "POST" else None)
                self.assertEqual(refused.exception.status, 403)

    def test_8_from_the_shell(self):
        session = self.root / "audit.session"
        console, password = self.people["auditadmin"]

        def run(*words, given=None, code=0):
            done = subprocess.run([KIOSKWARD, *words, "--session", str(session)], input=given, capture_output=True, text=True,
                                  timeout=30, check=False)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return done.stdout
        code = totp(console.totp_secret, time.time() + 30)  # a code is good once, and this step's was used
        run("login", "--server", f"http://127.0.0.1:{self.port}", "--account", "auditadmin", given=f"{password}\n{code}\n")
        self.assertIn("city", run("exports", "list"))
        run("exports", "pause", "city", "--reason", "window")
        shown = json.loads(run("exports", "show", "city", "--json"))
        self.assertTrue(shown.get("paused", shown.get("items", [{}])[0].get("paused")))
        run("exports", "pause", "city", "--reason", "again", code=1)
        run("exports", "test", "city", "--reason", "trial")
        wait_until(lambda: '"success"' in run("exports", "show", "city", "--json"), 20, 0.2, "the test record is confirmed")
        run("exports", "resume", "city", "--reason", "over")
        self.assertIn("export.test", [m["msgid"] for m in self.rsyslog.messages()])

    def test_9_no_planted_value_is_anywhere(self):
        written = b"".join(p.read_bytes() for p in self.root.rglob("*") if p.is_file() and ("log" in p.name or "json" in p.name))
        self.assertGreater(len(written), 10_000)
        for account, (_, password) in self.people.items():
            self.assertNotIn(password.encode(), written, account)


if __name__ == "__main__":
    if not shutil.which("rsyslogd"):
        print("skipped: rsyslogd is not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
