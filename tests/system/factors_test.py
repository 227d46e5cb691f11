"""Second factors beside the code: a UKey from the shell and through a browser's hands, certificates that end, what a role
has to use, and what becomes of somebody who lost everything.

The UKey is an SKF library over files (tests/support/skf); its authority is the openssl program. Every request and reply is
held against schemas/openapi.yaml. Run by ctest as system.factors; by hand: python3 tests/system/factors_test.py
"""
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import BUILD  # noqa: E402  the path above must come first
from tests.support.console_client import Console, Refused, totp, wait_until  # noqa: E402  the path above must come first
from tests.support.contract import Contract  # noqa: E402  the path above must come first
from tests.support.person_key import PersonKey  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first
from tests.support.terminal import Terminal  # noqa: E402  the path above must come first
from tests.support.ukey import Authority  # noqa: E402  the path above must come first

KIOSKWARD = str(BUILD / "bin" / "kioskward")
PIN = "Pin-4711"
MORE = """\
[ukey]
authorities = "{root}/ca/ca.pem"
crls = ["{root}/ca/ca.crl"]

[passkeys]
rp_id = "localhost"
origins = ["http://localhost:{console}"]
"""


class Factors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        Console.contract = Contract()

        def prepare(root):
            cls.authority = Authority(root / "ca")

        cls.platform = Platform(more=MORE, prepare=prepare)
        cls.addClassCleanup(cls.platform.stop)
        cls.system, cls.security, cls.audit = (cls.platform.people[role] for role in ("system", "security", "audit"))
        cls.deputy = cls.platform.person("deputy", "system")  # approves; secadmin is the shell's from here on
        cls.blue = cls.authority.issue("blue", PIN)
        cls.file = cls.platform.root / "shell.session"

    # ---- hands ---------------------------------------------------------------------------------------------------
    def code(self, person):
        wait_until(lambda: int(time.time() // 30) > person.used_step, 40, why="a new code")
        person.used_step = int(time.time() // 30)
        return totp(person.totp_secret)

    def secrets(self, *lines):
        path = self.platform.root / "secrets"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write("".join(f"{line}\n" for line in lines))
        return str(path)

    def shell(self, *words, code=0):
        done = subprocess.run([KIOSKWARD, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return done.stderr if code else done.stdout

    def login(self, *secrets, code=0, more=()):
        return self.shell("login", "--server", f"http://127.0.0.1:{self.platform.port}", "--account", "secadmin", "--session",
                          str(self.file), "--credentials", self.secrets(*secrets), *more, code=code)

    def ukey_login(self, ukey, code=0):
        return self.login(self.security.password, ukey.pin, code=code,
                          more=("--factor", "ukey", "--skf", str(ukey.library)))

    def told(self, kind, **params):
        """The newest entry of a type says this, once the ledger has it."""
        def look():
            items = self.audit.get(f"/audit?type={kind}&limit=1")["items"]
            return items and {name: items[0]["params"].get(name) for name in params} == params
        wait_until(look, 20, why=f"{kind} {params} is in the ledger")

    def refused(self, status, call, *args, code=None):
        with self.assertRaises(Refused) as caught:
            call(*args)
        self.assertEqual((caught.exception.status, caught.exception.code), (status, code or caught.exception.code))

    def rule(self, factors):
        now = self.system.get("/settings")
        wanted = {name: now[name] for name in ("two_persons", "idle_minutes", "confirm_minutes", "password_length",
                                               "password_days", "password_history")}
        asked = self.system.post("/settings", {**wanted, "base_revision": now["revision"], "required_factors": factors,
                                               "reason": "rule"})
        self.approve(asked)

    def approve(self, asked):
        self.assertEqual(self.deputy.post(f"/requests/{asked['id']}/approve", {"reason": "seen"})["outcome"], "done")

    # ---- the road ------------------------------------------------------------------------------------------------
    def test_01_a_ukey_is_registered_from_the_shell(self):
        self.login(self.security.password, self.code(self.security))
        self.assertIn("TEST-UKEY/kioskward/signing", self.shell("ukey", "keys", "--skf", str(self.blue.library)))
        added = self.shell("factors", "add-ukey", "--name", "蓝色", "--skf", str(self.blue.library), "--session", str(self.file),
                           "--credentials", self.secrets(PIN), "--json")
        self.assertEqual((json.loads(added)["factor"], json.loads(added)["name"]), ("ukey", "蓝色"))
        self.assertIn("CN=blue", json.loads(added)["subject"])
        self.assertIn("蓝色", self.shell("factors", "list", "--session", str(self.file)))
        self.told("admin.factor.added", factor="ukey")
        again = self.shell("factors", "add-ukey", "--name", "x", "--skf", str(self.blue.library), "--session", str(self.file),
                           "--credentials", self.secrets(PIN), code=1)
        self.assertIn("already_exists", again)

    def test_02_log_in_in_one_step(self):
        self.assertIn("ukey", self.ukey_login(self.blue))
        self.assertEqual(json.loads(self.shell("session", "--session", str(self.file), "--json"))["factor"], "ukey")
        self.shell("confirm", "--factor", "ukey", "--skf", str(self.blue.library), "--session", str(self.file), "--credentials",
                   self.secrets(self.security.password, PIN))
        self.told("admin.confirmed", factor="ukey")
        self.told("admin.login", factor="ukey")

    def test_02b_what_persons_sign_a_ukey_signs(self):
        """The rule of persons is signed by a UKey and by a key file; the other administrator's is a file."""
        ukey = ("--skf", str(self.blue.library), "--session", str(self.file), "--credentials")
        mine = json.loads(self.shell("signing-keys", "add", "--label", "blue", *ukey, self.secrets(PIN), "--json"))
        other = PersonKey(self.platform.root, "sysadmin")
        theirs = other.add(self.system, "sysadmin")
        self.assertIn("--key FILE or --skf LIB", self.shell("signing-keys", "add", "--label", "x", "--session", str(self.file), code=2))
        needed = [word for act in ("policy", "baseline", "release", "action", "cut", "uninstall", "rule") for word in (f"--{act}", "2")]
        asked = json.loads(self.shell("signers", "propose", "--keys", f"{mine['id']},{theirs['id']}", *needed, "--reason", "two of us",
                                      "--session", str(self.file), "--json"))
        wrong = self.shell("signings", "sign", asked["id"], *ukey, self.secrets("Pin-0000"), code=1)
        self.assertIn("wrong PIN", wrong)
        self.assertEqual(self.system.get(f"/signings/{asked['id']}")["signers"], [])
        self.shell("signings", "sign", asked["id"], *ukey, self.secrets(PIN))
        self.assertEqual(self.system.get(f"/signings/{asked['id']}")["signers"], ["secadmin"])
        done = other.sign_waiting(self.system, asked["id"])
        self.assertEqual(done["info"]["state"], "complete")
        self.assertEqual(self.system.get("/person-rule")["revision"], 1)

    def test_03_a_wrong_pin_is_told_with_what_is_left(self):
        person = Terminal(["login", "--server", f"http://127.0.0.1:{self.platform.port}", "--account", "secadmin", "--session",
                           str(self.file), "--factor", "ukey", "--skf", str(self.blue.library)])
        person.answer("Password", self.security.password)
        person.answer("PIN of the UKey", "wrong")
        person.wait("wrong PIN, 5 tries left")
        person.answer("PIN of the UKey", "")
        code, _, shown = person.end()
        self.assertEqual(code, 1, shown)
        self.assertIn("1 to 32", shown, "a PIN that cannot be one costs no try")
        self.assertNotIn("wrong\r\n", shown, "a PIN is not shown")
        person = Terminal(["login", "--server", f"http://127.0.0.1:{self.platform.port}", "--account", "secadmin", "--session",
                           str(self.file), "--factor", "ukey", "--skf", str(self.blue.library)])
        person.answer("Password", self.security.password)
        person.answer("PIN of the UKey", "wrong again")
        self.assertIn("The UKey signs: login, platform platform, account secadmin", person.shown)
        self.assertEqual(person.wait("wrong PIN, 4 tries left"), None)
        person.answer("PIN of the UKey", PIN)
        code, out, shown = person.end()
        self.assertEqual(code, 0, shown + out)
        wrong = self.login(self.security.password, "nope", code=1, more=("--factor", "ukey", "--skf", str(self.blue.library)))
        self.assertIn("wrong PIN, 5 tries left", wrong)
        self.assertEqual(wrong.count("wrong PIN, "), 1, "nobody is there to ask again")

    def test_04_through_the_hands_of_a_browser(self):
        browser = self.platform.console()
        challenge = browser.post("/session/challenge", {"account": "secadmin", "factor": "ukey"})
        signature = self.shell("ukey", "sign", "--skf", str(self.blue.library), "--credentials", self.secrets(PIN),
                               challenge["message"]).strip()
        body = {"account": "secadmin", "password": self.security.password,
                "answer": {"factor": "ukey", "attempt": challenge["attempt"], "signature": signature}}
        self.assertEqual(browser.post("/session", body)["factor"], "ukey")
        self.refused(401, self.platform.console().post, "/session", body)
        for line in ("kioskward-ukey/1 login platform secadmin", "order 7", challenge["message"] + "00"):
            self.assertIn("not a challenge", self.shell("ukey", "sign", "--skf", str(self.blue.library), line, code=2))
        stranger = browser.post("/session/challenge", {"account": "nobody-at-all", "factor": "passkey"})
        known = browser.post("/session/challenge", {"account": "secadmin", "factor": "passkey"})
        self.assertEqual({k: type(v) for k, v in stranger.items()}, {k: type(v) for k, v in known.items()})
        self.assertEqual((stranger["credentials"], len(stranger["attempt"])), ([], len(known["attempt"])))

    def test_05_another_ukey_opens_nothing_and_a_revoked_one_is_registered_nowhere(self):
        other = self.authority.issue("other", PIN)
        self.assertIn("unauthenticated", self.ukey_login(other, code=1))
        self.told("admin.login.refused", reason="signature")
        self.ukey_login(self.blue)
        self.authority.revoke(other)
        told = self.shell("factors", "add-ukey", "--name", "x", "--skf", str(other.library), "--session", str(self.file),
                          "--credentials", self.secrets(PIN), code=1)
        self.assertIn("revoked", told)
        self.told("admin.factor.refused", factor="ukey", reason="revoked")
        other.take_out()
        self.assertIn("no SM2 signing key", self.ukey_login(other, code=1))

    def test_06_a_role_has_to_use_it(self):
        self.refused(422, self.rule, ["security:smartcard"])
        self.rule(["security:ukey", "security:passkey"])
        self.assertIn("unauthenticated", self.login(self.security.password, self.code(self.security), code=1))
        self.told("admin.login.refused", reason="factor")
        self.ukey_login(self.blue)
        once = self.system.invite(self.deputy, "newcomer", "staff-newcomer", "security")
        newcomer = self.platform.console().activate("newcomer", once, Platform.password())
        self.assertTrue(newcomer.session["factor_missing"])
        self.refused(403, newcomer.get, "/overview", code="factor_required")
        own = newcomer.get("/session/factors")
        self.assertEqual((own["missing"], own["required"], own["items"]), (True, ["passkey", "ukey"], []))
        green = self.authority.issue("green", PIN)
        challenge = newcomer.post("/session/factors/challenge", {"factor": "ukey", "purpose": "add"})
        certificate, signature = self.shell("ukey", "sign", "--skf", str(green.library), "--credentials", self.secrets(PIN),
                                            challenge["message"]).strip().split(".")
        newcomer.post("/session/factors", {"factor": "ukey", "name": "green", "attempt": challenge["attempt"],
                                           "certificate": certificate, "signature": signature})
        self.refused(403, newcomer.get, "/overview", code="factor_required")
        challenge = newcomer.post("/session/challenge", {"account": "newcomer", "factor": "ukey"})
        signature = self.shell("ukey", "sign", "--skf", str(green.library), "--credentials", self.secrets(PIN),
                               challenge["message"]).strip()
        newcomer._enter(newcomer.post("/session", {"account": "newcomer", "password": newcomer.password, "answer": {
            "factor": "ukey", "attempt": challenge["attempt"], "signature": signature}}))
        newcomer.get("/overview")
        self.refused(409, newcomer.call, "DELETE", f"/session/factors/{newcomer.get('/session/factors')['items'][0]['id']}")
        self.rule([])

    def test_07_a_revoked_certificate_opens_nothing_any_more(self):
        self.ukey_login(self.blue)
        self.authority.revoke(self.blue)
        self.assertIn("unauthenticated", self.ukey_login(self.blue, code=1))
        self.told("admin.login.refused", reason="revoked")

    def test_08_who_lost_everything_begins_anew_by_two_persons(self):
        user = next(u for u in self.system.get("/users")["items"] if u["account"] == "secadmin")
        asked = self.system.post(f"/users/{user['id']}/reset", {"reason": "UKey and telephone lost"})
        self.assertEqual((asked["state"], asked["args"]["account"]), ("waiting", "secadmin"))
        self.refused(403, self.system.post, f"/requests/{asked['id']}/approve", {"reason": "mine"})
        self.approve(asked)
        self.told("admin.reset", account="secadmin")
        self.login(self.security.password, self.code(self.security), code=1)
        once = self.system.post(f"/users/{user['id']}/invite")["one_time_password"]
        fresh = self.platform.console().activate("secadmin", once, Platform.password())
        self.assertEqual(fresh.get("/session/factors")["items"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
