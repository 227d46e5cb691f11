"""The vault's root key in a cryptographic module (clause 7.5; ADR 121): a real server with the SDF library over files. Run by
ctest as system.module; by hand: python3 tests/system/module_test.py
"""
import hashlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import REPO  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first
from tests.support.sdf_module import SdfModule  # noqa: E402  the path above must come first

# The number is the example of GB 11643.
VALUES = {"holder_name": "欧阳明月", "id_number": "11010519491231002X", "ground": "合法稳定就业"}
TERMS = {"purpose": "entry", "consent": "C-2026-1"}
PASSPHRASE = '[vault]\npassphrase = "{root}/passphrase"\n'


def write_passphrase(root):
    (root / "passphrase").touch(mode=0o600)
    (root / "passphrase").write_text("correct horse battery staple")


class RootInModule(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(more=PASSPHRASE, prepare=write_passphrase, catalogue=REPO / "catalogue")
        cls.addClassCleanup(cls.platform.stop)
        cls.module = SdfModule(cls.platform.root / "module")
        cls.root_key = cls.platform.root / "data" / "keys" / "vault-root.key"
        cls.operator = cls.platform.person("yunwei", "operator")
        cls.case = cls.file_case("M-1")

    @classmethod
    def file_case(cls, number):
        made = cls.operator.post("/vault/residence-permit/cases",
                                 {**TERMS, "cases": [{"number": number, "status": "accepted", "values": VALUES}]})
        return made["items"][0]["id"]

    def assert_read(self, case=None, root_by="module"):
        self.assertEqual(self.operator.get("/vault")["root_by"], root_by)
        found = self.operator.post("/vault/residence-permit/get", {**TERMS, "ids": [case or self.case]})["items"]
        self.assertEqual([c["id"] for c in found], [case or self.case])

    def assert_refused(self, more, word, *why):
        """The server does not start: one line of error with this word, and the root's file is as it was."""
        before = self.root_key.read_bytes() if self.root_key.exists() else None
        self.platform.configure(more)
        done = self.platform.command()
        self.assertEqual(done.returncode, {"forbidden": 4, "malformed": 2}.get(word, 1), done.stderr)
        said = [line for line in done.stderr.splitlines() if line.startswith("kioskward-server: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertIn(f"kioskward-server: {word}: ", said[0])
        for part in why:
            self.assertIn(part, said[0])
        self.assertEqual(self.root_key.read_bytes() if self.root_key.exists() else None, before)

    # ---- in order ---------------------------------------------------------------------------------------------------
    def test_1_the_root_moves_into_the_module_and_the_case_is_read(self):
        self.platform.configure(PASSPHRASE + self.module.toml())
        running = self.platform.command("--seal-root", "module")
        self.assertEqual(running.returncode, 1)
        self.assertIn("conflict", running.stderr, "not while a platform runs")
        self.platform.end()
        self.assert_refused(PASSPHRASE + self.module.toml(), "wrong_state", "sealed by passphrase", "names module")
        self.assertEqual(self.platform.command("--seal-root", "tpm").returncode, 2)
        moved = self.platform.command("--seal-root", "module")
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertIn("was sealed by passphrase and is sealed by module now", moved.stdout)
        self.assertEqual(self.root_key.stat().st_mode & 0o777, 0o600)
        (self.platform.root / "passphrase").unlink()
        self.platform.configure(self.module.toml())
        self.platform.start()
        self.assert_read()
        told = wait_until(lambda: self.platform.people["audit"].get("/audit?type=vault.root.sealed")["items"], 10,
                          why="the move is recorded")
        self.assertEqual({k: told[0]["params"][k] for k in ("from", "to")}, {"from": "passphrase", "to": "module"})
        self.assertIn("TEST-SDF", told[0]["params"]["module"])

    def test_2_a_restart_asks_the_module_again(self):
        other = self.file_case("M-2")
        self.platform.end()
        self.platform.start()
        self.assert_read()
        self.assert_read(other)

    def test_3_without_the_right_module_nothing_starts(self):
        self.platform.end()
        good = self.module.toml()
        self.assert_refused("", "wrong_state", "sealed by module", "names platform")
        self.module.pull_out()
        self.assert_refused(good, "unavailable", "[vault.module]", "SDF_OpenDevice: SDR_OPENDEVICE")
        self.module.push_in()
        self.assert_refused(self.module.toml(library="/nonexistent/libsdf.so"), "not_found", "/nonexistent/libsdf.so")
        self.assert_refused(self.module.toml(key=2), "not_found", "SDR_KEYNOTEXIST")
        other = SdfModule(self.platform.root / "other")
        self.assert_refused(other.toml(), "bad_key", "another module")
        self.module.write_password("somebody else's")
        self.assert_refused(good, "forbidden", "SDF_GetPrivateKeyAccessRight: SDR_PRKRERR")
        self.module.password_file.chmod(0o644)
        self.assert_refused(good, "not_permitted", "others may read it")
        self.module.password_file.chmod(0o600)
        self.module.write_password("module-password")

    def test_4_a_file_that_is_broken_or_missing_is_not_made_anew(self):
        whole = self.root_key.read_bytes()
        for broken in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:7] + b"\1" + whole[8:]):
            self.root_key.write_bytes(broken)
            self.assert_refused(self.module.toml(), "decrypt_failed" if broken[7] == whole[7] else "wrong_state")
        self.root_key.write_bytes(b"something")
        self.assert_refused(self.module.toml(), "malformed")
        self.root_key.unlink()
        self.assert_refused(self.module.toml(), "corrupt", "missing beside keys")
        self.root_key.touch(mode=0o600)
        self.root_key.write_bytes(whole)
        self.platform.configure(self.module.toml())
        self.platform.start()
        self.assert_read()

    def test_5_a_move_that_fails_leaves_everything_as_it_was(self):
        self.platform.end()
        before = hashlib.sha256(self.root_key.read_bytes()).hexdigest()
        self.assertEqual(self.platform.command("--seal-root", "passphrase").returncode, 2)  # the configuration names none
        self.module.pull_out()
        self.assertEqual(self.platform.command("--seal-root", "platform").returncode, 1)
        self.module.push_in()
        self.assertEqual(hashlib.sha256(self.root_key.read_bytes()).hexdigest(), before)

    def test_6_the_root_moves_back(self):
        write_passphrase(self.platform.root)
        self.platform.configure(PASSPHRASE + self.module.toml())
        moved = self.platform.command("--seal-root", "passphrase")
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertIn("Take [vault.module] out", moved.stdout)
        self.module.pull_out()
        self.platform.configure(PASSPHRASE)
        self.platform.start()
        self.assert_read(root_by="passphrase")
        log = self.platform.log.read_text()
        for secret in ("module-password", "correct horse"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
