"""Passkeys in Chromium with its virtual authenticator: register, log in, a counter that goes back, remove; and a role
that has to use one.

The browser is driven by tests/e2e/passkey.mjs (playwright-core and CDP's WebAuthn domain) over a platform alone, without
namespaces. It asks for what happens away from the screen, one line each way.
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from tests.support.browser_script import Codes, drive  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first

MORE = """\
[passkeys]
rp_id = "localhost"
origins = ["http://localhost:{console}"]
"""


class Beyond(Codes):
    """The world beyond the browser: codes, and another administrator."""

    def __init__(self, platform):
        self.system, self.security, self.audit = (platform.people[role] for role in ("system", "security", "audit"))
        self.deputy = platform.person("deputy", "system")  # approves; secadmin is the browser's from here on
        super().__init__({self.security.totp_secret: self.security.used_step})

    def require(self, *factors):
        """What a role has to use: the system administrator asks, another one approves."""
        now = self.system.get("/settings")
        asked = self.system.post("/settings", {"base_revision": now["revision"], "required_factors": list(factors), "reason": "rule", **{
            name: now[name] for name in ("two_persons", "idle_minutes", "confirm_minutes", "password_length", "password_days",
                                         "password_history")}})
        return {"outcome": self.deputy.post(f"/requests/{asked['id']}/approve", {"reason": "seen"})["outcome"]}

    def audited(self, kind, name, value):
        """Waits until the newest entry of a type is secadmin's and has this parameter."""
        def look():
            items = self.audit.get(f"/audit?type={kind}&limit=1")["items"]
            return items and items[0]["person"] == "secadmin" and items[0]["params"].get(name) == value
        wait_until(look, 20, why=f"{kind} with {name} {value} is in the ledger")
        return {}


def main():
    platform = Platform(more=MORE)
    try:
        beyond = Beyond(platform)
        person = {"account": "secadmin", "password": beyond.security.password, "secret": beyond.security.totp_secret}
        code = drive(["tests/e2e/passkey.mjs", f"http://localhost:{platform.port}", json.dumps(person),
                      os.environ.get("KW_SCREENSHOTS", "")], beyond)
        if code != 0:
            print(f"---- server.log\n{platform.log.read_text()[-3000:]}")
        return code
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
