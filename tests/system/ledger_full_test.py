"""Attack A49 on the real server: its disk, a small tmpfs in a mount namespace of its own, is filled; then a segment of the
ledger is exported and checked by two programs.

Run by ctest as system.ledger_full; by hand: python3 tests/system/ledger_full_test.py
"""
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))
from tests.support.console_client import Console, Refused, wait_until  # noqa: E402  the path above must come first

BUILD = pathlib.Path(os.environ.get("KW_BUILD", REPO / "build"))
ACCOUNTS = {"system": "sysadmin", "security": "secadmin", "audit": "auditadmin"}
CONFIG = """\
data_dir = "{data}"
[console]
listen = "127.0.0.1:0"
[link]
listen = "127.0.0.1:0"
[ledger]
reserve_mib = 4
segment_mib = 1
[administration]
two_persons_at_first = []
"""


class FullLedger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(os.environ["KW_SMALL_DISK"])
        cls.data, cls.log = cls.root / "data", cls.root.with_suffix(".log")
        cls.config = cls.root.with_suffix(".toml")
        cls.config.write_text(CONFIG.format(data=cls.data))
        cls.addClassCleanup(cls.config.unlink, missing_ok=True)
        cls.addClassCleanup(cls.log.unlink, missing_ok=True)
        cls.start()
        cls.addClassCleanup(lambda: cls.process.kill())
        text = (cls.data / "first-credentials.txt").read_text()
        cls.people = {}
        for role, account in ACCOUNTS.items():
            once = re.search(rf"{account}\s+(\S+)", text).group(1)
            console = Console(cls.port)
            console.password = "Kw-" + secrets.token_urlsafe(12) + "-9a"
            cls.people[role] = console.activate(account, once, console.password)

    @classmethod
    def start(cls):
        cls.log.write_text("")
        with open(cls.log, "ab") as log:
            cls.process = subprocess.Popen([BUILD / "bin" / "kioskward-server", "--config", cls.config], stdout=log,
                                           stderr=log, stdin=subprocess.DEVNULL)
        started = wait_until(lambda: re.search(r"server\.started.*?console\D+(\d+)", cls.log.read_text()), 60, why="the server starts")
        cls.port = int(started.group(1))
        for person in getattr(cls, "people", {}).values():
            person.port = cls.port

    def ledger(self):
        return self.people["system"].get("/overview")["ledger_room"]

    def alarms(self):
        return [alarm["type"] for alarm in self.people["audit"].get("/alarms?limit=500")["items"]]

    def fill(self, left):
        space = os.statvfs(self.root)
        free = space.f_bavail * space.f_frsize
        with open(self.root / "other", "ab") as file:
            os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, max(1, free - left))

    def create_site(self, name):
        return self.people["system"].post("/sites", {"name": name, "district": "d", "address": "a"})

    def test_10_a_full_disk_refuses_changes_and_loses_nothing(self):
        self.assertEqual(wait_until(self.ledger, why="room")["level"], "ample")
        self.create_site("before")
        self.fill(256 << 10)
        wait_until(lambda: self.ledger()["level"] == "full", why="the ledger is full")
        wait_until(lambda: "ledger.full" in self.alarms(), why="the alarm")
        with self.assertRaises(Refused) as refused:
            self.create_site("meanwhile")
        self.assertEqual((refused.exception.status, refused.exception.code), (503, "no_space"))
        newest = wait_until(lambda: [e for e in self.people["audit"].get("/audit?type=ledger.full")["items"]], why="its entry")
        self.assertEqual(newest[0]["severity"], "critical", "it went into the reserve")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()  # on a full disk
        self.assertFalse(self.ledger()["writable"])
        wait_until(lambda: len(self.people["audit"].get("/audit?type=ledger.full")["items"]) > 1, why="it is told again")
        (self.root / "other").unlink()
        wait_until(lambda: self.ledger()["writable"], why="there is room again")
        self.create_site("after")
        names = [site["name"] for site in self.people["system"].get("/sites")["items"]]
        self.assertEqual(sorted(names), ["after", "before"])
        for kind in ("site.created", "ledger.full", "ledger.room.restored", "server.started"):
            wait_until(lambda k=kind: self.people["audit"].get(f"/audit?type={k}")["items"], why=kind)

    def test_20_a_segment_leaves_and_two_programs_prove_it(self):
        audit = self.people["audit"]
        words = urllib.parse.quote("x" * 64)
        for _ in range(5000):
            audit.get(f"/audit?limit=1&type={words}&person={words}")
            if (self.data / "ledger" / "entries" / "00000001.seg").exists():
                break
        segment = wait_until(lambda: audit.get("/ledger/segments")["items"], 40, why="it is sealed")[0]
        self.assertEqual((segment["number"], segment["first"], segment["exported"]), (0, 0, ""))
        octets, headers = audit.exchange("GET", "/ledger/segments/0/bundle?purpose=archive")
        digest = headers["X-Kw-Digest"].removeprefix("sm3=")
        with tempfile.TemporaryDirectory() as scratch:
            bundle, receipt = pathlib.Path(scratch) / "bundle", pathlib.Path(scratch) / "receipt.pem"
            bundle.write_bytes(octets)
            receipt.write_bytes(audit.exchange("GET", "/audit/3/receipt")[0])
            self.judge("bundle", bundle, True)
            self.judge("receipt", receipt, True)
            bundle.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
            self.judge("bundle", bundle, False)
        with self.assertRaises(Refused) as refused:
            audit.post("/ledger/segments/0/confirm", {"digest": "0" * 64, "place": "vault"})
        self.assertEqual(refused.exception.status, 409)
        confirmed = audit.post("/ledger/segments/0/confirm", {"digest": digest, "place": "vault"})
        self.assertEqual((confirmed["confirmed_by"], confirmed["removed"]), (ACCOUNTS["audit"], ""))

    def judge(self, kind, path, good):
        key = self.data / "ledger.pem"
        ours = subprocess.run([BUILD / "bin" / "kioskward", "verify", kind, path, "--key", key, "--json"],
                              capture_output=True, text=True, check=False)
        oracle = subprocess.run([sys.executable, REPO / "tests" / "oracle" / "verify.py", kind, path, "--key", key],
                                capture_output=True, text=True, check=False)
        self.assertEqual(ours.returncode, 0 if good else 3, ours.stdout + ours.stderr)
        if oracle.returncode == 77:
            return  # this Python has no SM3
        self.assertEqual(oracle.returncode, ours.returncode, oracle.stdout + oracle.stderr)
        self.assertEqual(json.loads(oracle.stdout)["fault"], json.loads(ours.stdout)["fault"])


if __name__ == "__main__":
    if "KW_SMALL_DISK" in os.environ:
        unittest.main()
    with tempfile.TemporaryDirectory(prefix="kw-full-") as place:
        disk = pathlib.Path(place) / "disk"
        disk.mkdir()
        done = subprocess.run(["unshare", "-m", "sh", "-c",
                               'mount -t tmpfs -o size=48m none "$0" || exit 77; KW_SMALL_DISK="$0" exec "$@"', str(disk),
                               sys.executable, *sys.argv], check=False)
    if done.returncode == 77:
        print("no mount namespaces here: skipped")
    sys.exit(done.returncode)
