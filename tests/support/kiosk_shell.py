"""KioskShell: a kiosk's screen, business page and profiles for section "shell", and what somebody before the screen does."""
import contextlib
import os
import pathlib
import pwd
import signal
import subprocess
import sys

from tests.support.console_client import wait_until
from tests.support.screen import Screen

CHROMIUM = "/usr/lib/chromium/chromium"
POLICIES = "/etc/chromium/policies/managed/kioskward.json"
PAGE = pathlib.Path(__file__).with_name("kiosk_page.py")
USER = pwd.getpwnam("nobody")
GREEN, BLACK = b"\x00\xff\x00", b"\x00\x00\x00"
QUIET = ["--no-first-run", "--no-default-browser-check", "--password-store=basic", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-domain-reliability"]
# This machine may forbid user namespaces to users; a kiosk has them.
SANDBOX = [] if subprocess.run(["setpriv", "--reuid", str(USER.pw_uid), "--regid", str(USER.pw_gid), "--clear-groups", "unshare", "-U",
                                "true"], capture_output=True, check=False).returncode == 0 else ["--no-sandbox"]


class KioskShell:
    WIDTH, HEIGHT = 640, 480

    def __init__(self, site, host="kiosk"):
        self.site, self.host = site, host
        self.screen, self.port = None, 0
        self.profiles = site.root / "profiles"
        self.heard = site.root / "page.txt"

    def start(self):
        os.chmod(self.site.root, 0o711)  # the kiosk's user comes through to the profiles
        self.profiles.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=711,size=256m", "kw-profiles", str(self.profiles)], check=True)
        self.screen = Screen(self.WIDTH, self.HEIGHT)
        self.site.spawn("page", self.host, [sys.executable, str(PAGE), str(self.heard)])
        self.port = int(wait_until(lambda: self.heard.exists() and self.heard.read_text().split(), 20, why="the page is served")[0])

    def close(self):
        if self.screen is None:
            return
        self.site.end("page")
        self.screen.close()
        subprocess.run(["umount", "--lazy", str(self.profiles)], capture_output=True, check=False)

    def config(self, profiles=None):
        return f'\n[shell]\nprofiles = "{profiles or self.profiles}"\n'

    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def section(self, mode="enforce", **changes):
        """`left`: a process that the program leaves behind, to be found there when it has gone."""
        arguments = ["--kiosk", "--window-position=0,0", f"--window-size={self.WIDTH},{self.HEIGHT}", *QUIET, *SANDBOX,
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", self.url()]
        return {"mode": mode, "program": CHROMIUM, "arguments": arguments, "user": USER.pw_name, "display": self.screen.display,
                "wipe_profile": True, "renew_at_session_end": True,
                "browser": {"manage": True, "allow": ["http://127.0.0.1"]}, **changes}

    # ---- what somebody before the screen sees and does ------------------------------------------------------------
    def shown(self):
        """The page's lower half, but for the lines of pixels at the edges that Chromium leaves without a window manager, and the
        pointer's rows. For its first seconds the upper half may hold Chromium's word that a download began."""
        return self._rows(GREEN, 8, self.HEIGHT // 2) > 0.9

    def black(self):
        return self._rows(BLACK) > 0.9

    def _rows(self, colour, edge=0, above=0):
        """The part of the screen's rows that have this colour and no other, but for so many pixels at their end and rows above."""
        rows = self.screen.picture().rows[above:]
        return sum(row.startswith(colour * (self.WIDTH - edge)) for row in rows) / len(rows)

    def press(self, *keys):
        subprocess.run(["xdotool", "key", *keys], env={**os.environ, "DISPLAY": self.screen.display}, check=True, timeout=20)

    def requests(self):
        return self.heard.read_text().split()[1:]

    # ---- what an assessor looks at --------------------------------------------------------------------------------
    def started(self):
        """{pid: words} of everything that the program is or has started: below the supervisors of this screen's keeper."""
        parents, words, tops = {}, {}, set()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has gone
                _, rest = (folder / "stat").read_text().rsplit(")", 1)
                pid, parents[int(folder.name)] = int(folder.name), int(rest.split()[1])
                words[pid] = (folder / "cmdline").read_bytes().split(b"\0")
                if os.readlink(folder / "cwd").startswith(str(self.profiles)):
                    tops.add(pid)
        supervisors = {parents[pid] for pid in tops if self._name(parents[pid]) == "kioskward-run"}

        def below(pid):
            while pid > 1:
                pid = parents.get(pid, 0)
                if pid in supervisors:
                    return True
            return False
        return {pid: words[pid] for pid in words if below(pid)}

    @staticmethod
    def _name(pid):
        with contextlib.suppress(OSError):
            return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        return ""

    def program(self):
        """The browser's first process; 0: there is none."""
        for pid, words in self.started().items():
            with contextlib.suppress(OSError):
                parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
                if self._name(parent) == "kioskward-run" and os.readlink(f"/proc/{pid}/exe") == CHROMIUM and b"--type=" not in b" ".join(words):
                    return pid
        return 0

    def home(self):
        """Where its run keeps everything."""
        homes = list((self.profiles / str(USER.pw_uid)).glob("run-*"))
        return max(homes, key=lambda home: home.stat().st_mtime) if homes else None

    def keepers(self, guard):
        """kioskward-shell of this guard."""
        said = subprocess.run(["pgrep", "-P", str(guard), "-x", "kioskward-shell"], capture_output=True, text=True, check=False)
        return [int(pid) for pid in said.stdout.split()]

    def in_agents_mounts(self, *argv):
        """What the agent has mounted is its own: an /etc/chromium, for one."""
        return subprocess.run(["nsenter", "-t", str(self.site.processes["agent"].pid), "-m", *argv], capture_output=True, text=True, check=True,
                              timeout=120).stdout

    def policies(self):
        """The file of managed policies; empty: there is none."""
        return self.in_agents_mounts("sh", "-c", f"cat {POLICIES} 2>/dev/null || true")

    def empty_policies(self):
        self.in_agents_mounts("sh", "-c", f"echo '{{}}' > {POLICIES}")

    def crash(self):
        os.kill(wait_until(self.program, 20, 0.01, "the browser runs"), signal.SIGSEGV)
