"""End to end in Chromium: log in, approve, publish, see a violation arrive, acknowledge, release, prove.

The browser is driven by tests/e2e/road.mjs (playwright-core). What happens away from the screen, it asks for here, one
line each way over its standard streams: "enrol TOKEN", "violate NAME", "undo NAME", "state".
"""
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO, Site  # noqa: E402  the path above must come first
from demo.violations import BY_NAME  # noqa: E402  the path above must come first
from tests.support.browser_script import Codes, drive  # noqa: E402  the path above must come first


class Hall(Site):
    server_extra = f'\n[export]\nshipped = "{REPO}/packaging/export"\n'


class Beyond(Codes):
    """The world beyond the browser."""

    def __init__(self, site):
        super().__init__()
        self.site = site

    def enrol(self, token):
        self.site.spawn("enrol", "kiosk", [str(BUILD / "bin" / "kioskward-agent"), "enrol", "--config",
                                           str(self.site.agent_config()), "--token", token, "--wait", "60"],
                        self.site.machine_id())
        return self.site.binding("kiosk")

    def enrolled(self):
        if self.site.processes.pop("enrol").wait(60) != 0:
            raise RuntimeError(self.site.log("enrol"))
        self.site.start_agent()
        return {}

    def violate(self, name):
        BY_NAME[name].do(self.site.net)
        return {}

    def undo(self, name):
        BY_NAME[name].undo(self.site.net)
        return {}


def main():
    pictures = os.environ.get("KW_SCREENSHOTS", "")
    root = tempfile.mkdtemp(prefix="kw-e2e-")
    try:
        with Hall(root, prefix=f"kwe{os.getpid()}") as site:
            beyond = Beyond(site)
            code = drive(["tests/e2e/road.mjs", site.url(), json.dumps(site.one_time_passwords()), pictures], beyond)
            if code != 0:
                for name in ("server", "agent", "enrol"):
                    print(f"---- {name}.log\n{site.log(name)[-3000:]}")
            return code
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    sys.exit(main())
