"""The vault in Chromium: a case is filed over the API, seen masked, refused whole and said why; keys are rotated, disabled, restored.

The browser is driven by tests/e2e/vault.mjs (playwright-core) over a platform alone with the shipped catalogue, without
namespaces.
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

# The number is the example of GB 11643.
VALUES = {"holder_name": "欧阳明月", "id_number": "11010519491231002X", "phone": "13800138000", "address": "广东省深圳市福田区福中三路1号",
          "ground": "合法稳定就业", "valid_until": "2027-06-30"}


class Beyond(Codes):
    """The world beyond the browser: codes, and what is filed and recorded."""

    def __init__(self, platform):
        self.people = {"operator": platform.person("yunwei", "operator"), "security": platform.people["security"]}
        super().__init__({one.totp_secret: one.used_step for one in self.people.values()})
        self.audit, self.system = platform.people["audit"], platform.people["system"]
        self.other = platform.person("anquan.er", "security")

    def file(self, number):
        made = self.people["operator"].post("/vault/residence-permit/cases", {
            "purpose": "entry", "consent": "C-2026-1", "cases": [{"number": number, "status": "accepted", "values": VALUES}]})
        return made["items"][0]

    def demand(self, operation):
        """From now on this takes two persons."""
        now = self.system.get("/settings")
        keep = ("idle_minutes", "confirm_minutes", "password_length", "password_days", "password_history")
        asked = self.system.post("/settings", {"base_revision": now["revision"], "two_persons": [operation], "reason": "rule", **{k: now[k] for k in keep}})
        self.other.post(f"/requests/{asked['id']}/approve", {"reason": "agreed"})

    def approve(self, operation):
        waiting = [one for one in self.other.get("/requests")["items"] if one["operation"] == operation and one["state"] == "waiting"]
        return self.other.post(f"/requests/{waiting[0]['id']}/approve", {"reason": "checked"})["outcome"]

    def recorded(self, event, result):
        """Waits for an entry of this type and result; gives its parameters."""
        def entry():
            return next((e for e in self.audit.get(f"/audit?type={event}")["items"] if e["result"] == result), None)
        return wait_until(entry, 10, why=f"{event} is recorded")["params"]


def main():
    platform = Platform(catalogue=REPO / "catalogue")
    try:
        beyond = Beyond(platform)
        people = {role: {"account": one.session["account"], "password": one.password, "secret": one.totp_secret}
                  for role, one in beyond.people.items()}
        code = drive(["tests/e2e/vault.mjs", f"http://127.0.0.1:{platform.port}", json.dumps(people), json.dumps(VALUES),
                      os.environ.get("KW_SCREENSHOTS", "")], beyond)
        if code != 0:
            print(f"---- server.log\n{platform.log.read_text()[-3000:]}")
        return code
    finally:
        platform.stop()


if __name__ == "__main__":
    sys.exit(main())
