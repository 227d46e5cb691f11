"""Commits one violation of demo/violations.py on the running demo's kiosk. usage: violate.py NAME [--undo] | --list"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo.netns import Network  # noqa: E402  the path above must come first
from demo.violations import BY_NAME, VIOLATIONS  # noqa: E402  the path above must come first

STATE = pathlib.Path(__file__).resolve().parent.parent / "run" / "demo" / "site.json"


def main(words):
    if not words or words[0] in ("--list", "--help"):
        for violation in VIOLATIONS:
            print(f"  {violation.name:12} {violation.words}")
        return 0
    violation = BY_NAME.get(words[0])
    if violation is None:
        print(f"no violation {words[0]!r}; try --list", file=sys.stderr)
        return 2
    if not STATE.exists():
        print("no demo is running; start it with: make run", file=sys.stderr)
        return 1
    prefix = json.loads(STATE.read_text())["prefix"]
    if prefix is None:
        print("the demo's kiosk is this machine itself and only watches: violations need network namespaces", file=sys.stderr)
        return 1
    net = Network(prefix)
    (violation.undo if "--undo" in words else violation.do)(net)
    if "--undo" in words:
        print(f"undone: {violation.words}")
    else:
        print(f"done: {violation.words}; the console shows {violation.event} and the cut.")
        print(f"put it right: kioskward demo violate {violation.name} --undo, then release the device in the console")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
