"""Walks one business session on the running demo's kiosk, from its screen to the database. usage: session.py [--failing]"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo.business import APP_PORT, MATTER, PORTAL, SERVICE  # noqa: E402  the path above must come first
from demo.netns import Network  # noqa: E402  the path above must come first
from tests.support.app_client import AppClient, Refused  # noqa: E402  the path above must come first

STATE = pathlib.Path(__file__).resolve().parent.parent / "run" / "demo" / "site.json"


def walk(kiosk, failing):
    """What a page does when somebody applies for something; gives the session's trace."""
    begun = kiosk.begin(MATTER)
    kiosk.step("welcome")
    kiosk.step("form")
    answer = kiosk.request(SERVICE, "POST", "/applications", body=json.dumps({"name": "demo"}), content_type="application/json")
    number = json.loads(answer["body"])["number"]
    kiosk.step("submit")
    kiosk.request(SERVICE, "GET", f"/applications/{number}?lang=zh")
    kiosk.step("result")
    if failing:
        try:
            kiosk.request(SERVICE, "DELETE", f"/applications/{number}")
        except Refused as refused:
            print(f"refused, as it should be: {refused.code}")
            kiosk.step("cancel", "error")
    kiosk.end()
    return begun["traceparent"].split("-")[1]


def main(words):
    if not STATE.exists():
        print("no demo is running; start it with: make run", file=sys.stderr)
        return 1
    state = json.loads(STATE.read_text())
    if "token_file" not in state:
        print("this demo has no business behind its platform", file=sys.stderr)
        return 1
    token = pathlib.Path(state["token_file"]).read_text()
    kiosk = Network(state["prefix"]).inside("kiosk", lambda: AppClient(APP_PORT, token, origin=PORTAL))
    trace = walk(kiosk, "--failing" in words)
    print(f"done. The audit administrator sees it: console, audit, timeline of {trace}; or: kioskward audit timeline --trace {trace}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
