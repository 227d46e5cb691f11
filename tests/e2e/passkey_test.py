"""Passkeys in Chromium with its virtual authenticator: register, log in, a counter that goes back, remove; and a role
that has to use one.

The browser is driven by tests/e2e/passkey.mjs (playwright-core and CDP's WebAuthn domain) over a platform alone, without
namespaces. It asks for what happens away from the screen, one line each way.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import REPO  # noqa: E402  the path above must come first
from tests.support.console_client import totp, wait_until  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first

MORE = """\
[passkeys]
rp_id = "localhost"
origins = ["http://localhost:{console}"]
"""


class Beyond:
    """The world beyond the browser: codes, and another administrator."""

    def __init__(self, platform):
        self.system, self.security, self.audit = (platform.people[role] for role in ("system", "security", "audit"))
        self.deputy = platform.person("deputy", "system")  # approves; secadmin is the browser's from here on
        self.used = {self.security.totp_secret: self.security.used_step}

    def code(self, secret):
        wait_until(lambda: int(time.time() // 30) > self.used.get(secret, 0), 35, why="a new code")
        self.used[secret] = int(time.time() // 30)
        return {"code": totp(secret)}

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
        script = subprocess.Popen(["node", "tests/e2e/passkey.mjs", f"http://localhost:{platform.port}", json.dumps(
            {"account": "secadmin", "password": beyond.security.password, "secret": beyond.security.totp_secret}),
                                   os.environ.get("KW_SCREENSHOTS", "")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  cwd=REPO)
        for line in script.stdout:
            if not line.startswith("?"):
                print(line, end="", flush=True)
                continue
            word, *rest = line[1:].split()
            script.stdin.write(json.dumps(getattr(beyond, word)(*rest)) + "\n")
            script.stdin.flush()
        code = script.wait(30)
        if code != 0:
            print(f"---- server.log\n{platform.log.read_text()[-3000:]}")
        return code
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
