"""Persons who sign, in Chromium: a key is made, the first rule proposed and signed, a policy waits and is signed.

The browser is driven by tests/e2e/signing.mjs (playwright-core) over a platform alone, without namespaces; the other
administrator signs over the API with a key that the command line made.
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
from tests.support.person_key import PersonKey  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first


class Beyond:
    """The world beyond the browser: codes, and the other administrator."""

    def __init__(self, platform):
        self.system, self.security = platform.people["system"], platform.people["security"]
        self.key = PersonKey(platform.root, "sysadmin")
        self.key.add(self.system, "sysadmin")

    def code(self):
        wait_until(lambda: int(time.time() // 30) > self.security.used_step, 35, why="a new code")
        self.security.used_step = int(time.time() // 30)
        return {"code": totp(self.security.totp_secret)}

    def sign(self, kind):
        waiting = wait_until(lambda: [s for s in self.system.get("/signings?state=waiting")["items"] if s["kind"] == kind], 10,
                             why=f"{kind} waits")
        return {"state": self.key.sign_waiting(self.system, waiting[0]["id"])["info"]["state"]}


def main():
    platform = Platform()
    try:
        beyond = Beyond(platform)
        script = subprocess.Popen(["node", "tests/e2e/signing.mjs", f"http://127.0.0.1:{platform.port}", json.dumps(
            {"account": "secadmin", "password": beyond.security.password}), str(platform.root), os.environ.get("KW_SCREENSHOTS", "")],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO)
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
