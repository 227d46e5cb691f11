"""drive: runs a browser script of tests/e2e (see stage.mjs) and does what it asks for beyond the browser.

A line "?word argument ..." is a call of that method of `beyond`, answered with its result as one line of JSON; every other
line is shown.
"""
import json
import subprocess
import time

from demo.site import REPO
from tests.support.console_client import totp, wait_until


class Codes:
    """One-time codes for a script: each is good once, so the next one is waited for where this one was given already."""

    def __init__(self, used=()):
        self.used = dict(used)  # secret: the last step

    def code(self, secret):
        wait_until(lambda: int(time.time() // 30) > self.used.get(secret, 0), 35, why="a new code")
        self.used[secret] = int(time.time() // 30)
        return {"code": totp(secret)}


def drive(argv, beyond):
    """The script's exit code."""
    script = subprocess.Popen(["node", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO)
    for line in script.stdout:
        if not line.startswith("?"):
            print(line, end="", flush=True)
            continue
        word, *rest = line[1:].split()
        script.stdin.write(json.dumps(getattr(beyond, word)(*rest)) + "\n")
        script.stdin.flush()
    return script.wait(30)
