"""Compliance in Chromium: the sums, a requirement's reasons, a record filed and withdrawn, what does not apply by two
persons, in both languages.

The browser is driven by tests/e2e/compliance.mjs (playwright-core) over a platform alone with the shipped catalogue,
without namespaces.
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.site import REPO  # noqa: E402  the path above must come first
from tests.support.browser_script import Codes, drive  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.platform import Platform  # noqa: E402  the path above must come first


class Beyond(Codes):
    """The world beyond the browser: codes, the second person, the ledger."""

    def __init__(self, platform):
        self.people = platform.people
        super().__init__({one.totp_secret: one.used_step for one in self.people.values()})

    def approve(self):
        waiting = wait_until(lambda: self.people["system"].get("/requests?state=waiting")["items"], 10, why="a request waits")
        return {"outcome": self.people["system"].post(f"/requests/{waiting[0]['id']}/approve", {"reason": "seen"})["outcome"]}

    def recorded(self, event):
        """Waits for an entry of this type; gives its parameters."""
        return wait_until(lambda: self.people["audit"].get(f"/audit?type={event}")["items"], 10,
                          why=f"{event} is recorded")[0]["params"]


def main():
    platform = Platform(more=f'[compliance]\ncatalogue = "{REPO}/catalogue/compliance"\n')
    try:
        beyond = Beyond(platform)
        one = platform.people["security"]
        who = {"account": one.session["account"], "password": one.password, "secret": one.totp_secret}
        code = drive(["tests/e2e/compliance.mjs", f"http://127.0.0.1:{platform.port}", json.dumps(who),
                      os.environ.get("KW_SCREENSHOTS", "")], beyond)
        if code != 0:
            print(f"---- server.log\n{platform.log.read_text()[-3000:]}")
        return code
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
