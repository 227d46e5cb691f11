"""Persons who sign, in Chromium: a key is made, the first rule proposed and signed, a policy waits and is signed.

The browser is driven by tests/e2e/signing.mjs (playwright-core) over a platform alone, without namespaces; the other
administrator signs over the API with a key that the command line made.
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from tests.support.browser_script import Codes, drive  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.person_key import PersonKey  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first


class Beyond(Codes):
    """The world beyond the browser: codes, and the other administrator."""

    def __init__(self, platform):
        self.system, self.security = platform.people["system"], platform.people["security"]
        super().__init__({self.security.totp_secret: self.security.used_step})
        self.key = PersonKey(platform.root, "sysadmin")
        self.key.add(self.system, "sysadmin")

    def sign(self, kind):
        waiting = wait_until(lambda: [s for s in self.system.get("/signings?state=waiting")["items"] if s["kind"] == kind], 10,
                             why=f"{kind} waits")
        return {"state": self.key.sign_waiting(self.system, waiting[0]["id"])["info"]["state"]}


def main():
    platform = Platform()
    try:
        beyond = Beyond(platform)
        person = {"account": "secadmin", "password": beyond.security.password, "secret": beyond.security.totp_secret}
        code = drive(["tests/e2e/signing.mjs", f"http://127.0.0.1:{platform.port}", json.dumps(person), str(platform.root),
                      os.environ.get("KW_SCREENSHOTS", "")], beyond)
        if code != 0:
            print(f"---- server.log\n{platform.log.read_text()[-3000:]}")
        return code
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
