"""The main road from a shell: what an operator does with `kioskward`, against the real platform and the demo site.

Run by ctest as system.cli; by hand: python3 tests/system/cli_test.py
"""
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import ACCOUNTS, BUILD, Site, demo_policy  # noqa: E402  the path above must come first
from demo.violations import BY_NAME  # noqa: E402  the path above must come first
from tests.support.console_client import totp, wait_until  # noqa: E402  the path above must come first
from tests.support.terminal import KIOSKWARD, Terminal  # noqa: E402  the path above must come first


class Shell:
    """One administrator with a session file of his own."""

    def __init__(self, site, role):
        self.site, self.account = site, ACCOUNTS[role]
        self.file = site.root / f"{role}.session"
        self.password, self.secret = "Kw-" + secrets.token_urlsafe(12) + "-9a", None

    def run(self, *words, code=0, shown=None):
        """Returns what it printed: of a failure the complaint, unless `shown` names the other stream."""
        done = subprocess.run([KIOSKWARD, *words, "--session", str(self.file)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
        if done.returncode != code:
            raise AssertionError(f"{words}: {done.returncode} instead of {code}\n{done.stdout}{done.stderr}")
        return getattr(done, shown or ("stderr" if code else "stdout"))

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def entrance(self, command):
        return [command, "--server", self.site.url(), "--account", self.account, "--session", str(self.file)]

    def activate(self, once):
        """As a script does it: secrets through a pipe, the code computed from what is printed."""
        process = subprocess.Popen([KIOSKWARD, *self.entrance("activate")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdin.write(f"{once}\n{self.password}\n")
        process.stdin.flush()
        self.secret = re.match(r"totp_secret +(\S+)", process.stdout.readline()).group(1)
        out, err = process.communicate(totp(self.secret) + "\n", timeout=20)
        if process.returncode:
            raise AssertionError(out + err)
        return out


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-cli-"), prefix=f"kwcli{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.system, cls.security, cls.audit = (Shell(cls.site, role) for role in ("system", "security", "audit"))
        cls.once = cls.site.one_time_passwords()
        cls.policy = cls.site.root / "policy.json"
        cls.policy.write_text(json.dumps(demo_policy()))

    def tearDown(self):
        self.site.show_logs(self)

    def device(self):
        return self.security.json("devices", "show", self.devices()[0]["id"])["device"]

    def devices(self):
        return self.security.json("devices", "list")["items"]

    def wait_live(self, state):
        return wait_until(lambda: (d := self.device())["live"] == state and d, 30, 0.2, f"the kiosk is {state}")

    def enrol(self, host, name):
        """Token, request: returns the waiting request and the process on the kiosk."""
        site = self.security.json("sites", "list")["items"][0]["id"]
        token = self.security.json("tokens", "create", "--site", site, "--minutes", "30", "--note", name)["token"]
        state = self.site.root / name
        process = self.site.spawn(name, host, [str(BUILD / "bin" / "kioskward-agent"), "enrol", "--config",
                                               str(self.site.agent_config(state if host != "kiosk" else None, name)),
                                               "--token", token, "--wait", "60"], self.site.machine_id(host))
        waiting = wait_until(lambda: self.security.json("enrolments", "list", "--state", "pending")["items"],
                             20, 0.2, "the request arrives")
        return waiting[0], process

    # ---- first login, login, logout ----------------------------------------------------------------------------
    def test_01_activation_through_a_pipe(self):
        for shell in (self.system, self.audit):
            self.assertIn(shell.account, shell.activate(self.once[shell.account]))
            self.assertEqual(shell.file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.audit.json("session")["role"], "audit")

    def test_02_activation_and_login_at_a_terminal(self):
        mine = self.security
        once = self.once[mine.account]
        screen = Terminal(mine.entrance("activate"))
        screen.answer("One-time password: ", once)
        screen.answer("New password (12 characters or more, three kinds): ", mine.password)
        screen.answer("New password again: ", mine.password)
        mine.secret = re.match(r"totp_secret +(\S+)", screen.process.stdout.readline()).group(1)
        self.assertIn("otpauth://totp/", screen.process.stdout.readline())
        screen.answer("Code of the new authenticator entry: ", "000000")
        screen.answer("Code of the new authenticator entry: ", totp(mine.secret))
        code, out, first = screen.end()
        self.assertEqual(code, 0, out + first)
        self.assertEqual(mine.json("session")["role"], "security")

        mine.run("logout")
        self.assertFalse(mine.file.exists())
        self.assertIn("unauthenticated", mine.run("devices", "list", code=1))

        screen = Terminal(mine.entrance("login"))
        screen.answer("Password: ", mine.password)
        screen.answer("One-time code: ", totp(mine.secret, time.time() + 30))  # each code is good once: the next one
        code, out, shown = screen.end()
        self.assertEqual(code, 0, out + shown)
        for secret in (once, mine.password):
            self.assertNotIn(secret, first + out + shown, "nothing of what is typed is shown")

    def test_03_wrong_ways_in(self):
        mine = self.system
        refused = subprocess.run([KIOSKWARD, *mine.entrance("login")], input="wrong\n000000\n", capture_output=True, text=True,
                                 check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"^kioskward: unauthenticated: .*\n$")
        self.assertEqual(mine.json("session")["role"], "system", "the session before it stays")
        mine.file.chmod(0o644)
        self.assertIn("not_permitted", mine.run("overview", code=1))
        mine.file.chmod(0o600)
        self.assertIn("proxy", mine.run("health", "--server", "https://platform.example", code=1))
        self.assertIn("unknown option", mine.run("overview", "--password", "x", code=2))

    # ---- enrol, approve, obey ----------------------------------------------------------------------------------
    def test_10_a_kiosk_joins(self):
        self.security.run("sites", "create", "--name", "市民中心", "--district", "福田区", "--address", "demo")
        waiting, process = self.enrol("kiosk", "enrol")
        self.assertRegex(self.security.run("enrolments", "show", waiting["id"]), r"hardware_digest +[0-9a-f]{64}")
        where = self.site.binding("kiosk")
        self.security.run("enrolments", "approve", waiting["id"], "--name", "一号终端", "--site", waiting["site"],
                          "--address", where["address"], "--gateway", where["gateway"], "--mac", where["mac"],
                          "--custodian", "张三", "--phone", "0755-00000000")
        self.assertEqual(process.wait(30), 0, self.site.log("enrol"))
        self.site.processes.pop("enrol")
        self.assertEqual(self.security.json("tokens", "list")["items"][0]["state"], "used")

    def test_11_another_is_turned_away(self):
        waiting, process = self.enrol("business", "stranger")
        self.security.run("enrolments", "reject", waiting["id"], "--reason", "nobody knows it")
        self.assertNotEqual(process.wait(30), 0)
        self.site.processes.pop("stranger")
        rejected = self.security.json("enrolments", "list", "--state", "rejected")["items"]
        self.assertEqual([e["reason"] for e in rejected], ["nobody knows it"])

    def test_12_policy(self):
        self.assertIn("table inet kioskward", self.security.run("policies", "check", str(self.policy)))
        broken = self.site.root / "broken.json"
        broken.write_text(json.dumps({**demo_policy(), "mode": "sometimes"}))
        self.security.run("policies", "check", str(broken), code=1)
        self.assertIn("path=/mode", self.security.run("policies", "publish", str(broken), "--base", "0", "--note", "x", code=1))
        publish = ("policies", "publish", str(self.policy), "--note", "from the shell", "--valid-days", "30", "--base")
        self.security.run(*publish, "0")
        self.assertIn("conflict", self.security.run(*publish, "0", code=1))
        again = self.site.root / "again.json"
        again.write_text(self.security.run("policies", "show", "1", "--json"))
        self.security.run("policies", "publish", str(again), "--base", "1", "--note", "the same once more")
        self.assertEqual([p["revision"] for p in self.security.json("policies", "list")["items"]], [2, 1])
        self.site.start_agent()
        self.wait_live("online")
        wait_until(lambda: (d := self.device())["policy_revision"] == d["policy_wanted"] == 2, 20, 0.2, "the policy is in force")

    def test_13_sections_of_the_defence(self):
        sections = self.security.json("policies", "sections")
        self.assertRegex(self.security.run("policies", "sections"), r"interfaces\n +clauses")
        self.assertIn("interfaces", sections)
        file = self.site.root / "sections.json"
        file.write_text(json.dumps({"interfaces": {"mode": "sometimes"}}))
        self.assertIn("/interfaces/mode", self.security.run("policies", "check-sections", str(file), code=1, shown="stdout"))
        file.write_text(json.dumps({"interfaces": {"mode": "watch"}}))
        self.assertRegex(self.security.run("policies", "check-sections", str(file)), r"ok +yes")
        self.assertIn("invalid", self.security.run("devices", "act", self.device()["id"], "interfaces", "dance", "a=b",
                                                   "--reason", "exercise", code=1))

    def test_14_baselines(self):
        self.assertEqual(self.security.json("baselines", "list", self.device()["id"])["items"], [])
        self.assertIn("not_found", self.security.run("baselines", "approve", "0" * 32, "--reason", "exercise", code=1))

    # ---- watch, act, release -----------------------------------------------------------------------------------
    def test_20_a_violation_from_first_line_to_release(self):
        live = subprocess.Popen([KIOSKWARD, "events", "--json", "--session", str(self.security.file)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        for clean in (live.stdout.close, live.stderr.close, live.wait, live.kill):  # run from the last to the first
            self.addCleanup(clean)
        self.assertIn("following", live.stderr.readline())
        violation = BY_NAME["tcp"]
        violation.do(self.site.net)
        try:
            alarm = next(m["alarm"] for m in map(json.loads, live.stdout) if m["kind"] == "alarm")
            self.assertEqual((alarm["type"], alarm["state"]), (violation.event, "open"))
            self.wait_live("cut")
        finally:
            violation.undo(self.site.net)
        self.assertIn(violation.event, self.security.run("alarms", "list", "--state", "open"))
        self.security.run("alarms", "acknowledge", alarm["id"], "--reason", "seen")
        device = self.device()["id"]
        self.assertRegex(self.security.run("devices", "release", device, "--reason", "cause ended"), r"kind +release")
        self.wait_live("online")
        self.security.run("devices", "cut", device, "--reason", "exercise")
        self.wait_live("cut")
        self.security.run("devices", "release", device, "--reason", "exercise over")
        self.wait_live("online")
        self.assertRegex(self.security.run("devices", "show", device), r"一号终端[\s\S]*certificates[\s\S]*orders")

    # ---- remember, administer ----------------------------------------------------------------------------------
    def test_30_audit_and_its_proofs(self):
        page = self.audit.json("audit", "list", "--type", "policy.published")
        index = str(page["items"][-1]["index"])
        self.assertRegex(self.audit.run("audit", "show", index), r"type +policy\.published")
        key = str(self.site.server_dir / "ledger.pem")
        proof = wait_until(lambda: self.proven(index, key), 20, 0.2, "a checkpoint covers the entry")
        self.assertRegex(proof, r"inclusion +good\nsignature +good")
        other = self.site.root / "other.pem"
        subprocess.run(f"openssl ecparam -name SM2 -genkey -noout | openssl pkey -pubout -out {other}", shell=True, check=True,
                       capture_output=True)
        self.assertIn("bad_signature", self.audit.run("audit", "prove", index, "--key", str(other), code=3))
        self.assertIn("forbidden", self.security.run("audit", "list", code=1))

    def proven(self, index, key):
        try:
            return self.audit.run("audit", "prove", index, "--key", key)
        except AssertionError:  # no checkpoint over it yet: the deadline decides
            return None

    def test_31_people(self):
        asked = self.system.json("users", "create", "--account", "li.si", "--name", "李四", "--person", "77", "--role", "audit")
        self.assertEqual(asked["state"], "waiting")
        self.assertIn("forbidden", self.system.run("requests", "approve", asked["id"], "--reason", "mine", code=1))
        self.assertEqual(self.security.json("requests", "approve", asked["id"], "--reason", "known")["outcome"], "done")
        self.assertRegex(self.system.run("users", "list"), r"li\.si +李四 +audit +invited")
        user = next(u for u in self.system.json("users", "list")["items"] if u["account"] == "li.si")
        self.assertTrue(self.system.json("users", "invite", user["id"])["one_time_password"])
        self.system.run("users", "disable", user["id"], "--reason", "left")
        self.assertRegex(self.system.run("users", "list"), r"li\.si +李四 +audit +disabled")

    def test_32_numbers_and_catalogue(self):
        self.assertRegex(self.security.run("overview"), r"devices\n +total +1\n")
        self.assertIn("net.outbound.illegal", self.security.run("event-types"))
        self.assertRegex(self.security.run("health", "--server", self.site.url()), r"status +ok")

    def test_40_a_kiosk_is_disabled(self):
        self.security.run("devices", "disable", self.device()["id"], "--reason", "scrapped")
        self.assertEqual(self.devices()[0]["live"], "disabled")


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    unittest.main(verbosity=2, failfast=True)
