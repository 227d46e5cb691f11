"""An ordinary working day on one kiosk with every section enforced: customers come and go, and nothing alarms.

By hand: python3 tests/system/working_day.py [SECONDS], 600 by default; a shorter one is part of the test suite. A customer's
visit: the browser calls the business system, a form is filled in, a document is written, looked at, printed and taken
away, an approved program and an approved script run, the page says that he is done and the kiosk's program begins a new session; the custodian plugs a permitted keyboard, and a card reader stays.
Prints how much was done, and fails with what was told where anything was.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import HOSTS, permitted  # noqa: E402  the path above must come first
from demo.site import Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.clamd import Clamd  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.kiosk_shell import KioskShell  # noqa: E402  the path above must come first
from tests.support.mounts import mount_points  # noqa: E402  the path above must come first
from tests.support.scene import HEIGHT, WIDTH, Scene  # noqa: E402  the path above must come first
from tests.support.usb_bus import Bus  # noqa: E402  the path above must come first

BUSINESS = HOSTS["business"][0].split("/")[0]
KEYBOARD = ("1-1", 0x046D, 0xC31C, "K1", [(3, 1, 1), (3, 0, 0)])
READER = ("1-2", 0x0400, 0xC35A, "R1", [(0xFF, 0, 0)])
# Told on such a day, and no alarm: what was asked for, and what begins and ends with the agent.
LEARNT = ("programs", "integrity", "hardware", "egress")


def mount(place):
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=128m", "kw-day", str(place)], check=True)


class Day(Site):
    def __init__(self):
        super().__init__(tempfile.mkdtemp(prefix="kw-day-"), prefix=f"kwd{os.getpid()}")
        self.done = {}
        self.shell = KioskShell(self)

    # ---- the kiosk -----------------------------------------------------------------------------------------------
    def open(self):
        self.start()
        self.programs, self.documents = self.root / "programs", self.root / "documents"
        for place in (self.programs, self.documents):
            mount(place)
        self.documents.chmod(0o1777)
        shutil.copy2("/bin/true", self.programs / "form")
        (self.programs / "print.sh").write_text("#!/bin/sh\nexit 0\n")
        (self.programs / "print.sh").chmod(0o755)
        (self.programs / "kiosk.conf").write_text(f"business = {BUSINESS}\n")
        self.bus = Bus(self.root / "bus")
        self.bus.plug(*KEYBOARD)
        self.bus.plug(*READER)
        (self.documents / "scanner").mkdir()
        (self.root / "printer").mkdir()
        self.clamd = Clamd(self.root / "clamd", self.documents / "scanner")
        self.clamd.start()
        os.chmod(self.root, 0o711)  # the camera process is nobody, and reads the scene below
        self.scene = Scene(self.root / "scene")
        self.scene.__enter__()
        self.activate()
        self.kiosk = self.enrol()
        self.shell.start()
        self.publish(demo_policy(), "learning", self.sections("watch", learn=True))
        self.start_agent()
        wait_until(lambda: self.facts(self.kiosk).get("egress.place.gateway"), 60, why="the gateway has answered")
        self.people["security"].post(f"/devices/{self.kiosk}/actions", {"section": "egress", "action": "learn", "args": {},
                                                                        "reason": "set up"})
        for section in LEARNT:
            self.approve(section)
        wait_until(lambda: all(self.facts(self.kiosk).get(f"{s}.known", "0") != "0" for s in LEARNT[:2])
                   and self.facts(self.kiosk).get("egress.place") == "home", 60, why="baselines are in force")
        self.publish(demo_policy(), "enforced", self.sections("enforce"))
        self.wait_device(self.kiosk, "on line and obeying", lambda d: d["live"] == "online"
                         and d["policy_revision"] == d["policy_wanted"] > 0, 60)
        wait_until(lambda: self.facts(self.kiosk).get("programs.enforced") == "true" and self.facts(self.kiosk).get("malware.scanner") == "up",
                   60, why="the gates are up")
        wait_until(self.shell.shown, 60, 0.05, "the business page is on the screen")
        self.calm(self.kiosk, "the day begins")

    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            argv = ["sh", "-c", 'mount --bind "$0" /sys/bus && mount -t tmpfs -o mode=755 kw-chromium /etc/chromium && exec "$@"', str(self.bus.root),
                    *argv]
        return super().spawn(name, host, argv, machine_id)

    def agent_config(self, state=None, name="agent"):
        config = super().agent_config(state, name)
        config.write_text(config.read_text() + self.shell.config())
        return config

    def guard(self):
        """The agent's first process; sh has become it."""
        return self.processes["agent"].pid

    def close(self):
        self.stop()
        self.shell.close()
        if hasattr(self, "clamd"):
            self.clamd.stop()
        if hasattr(self, "scene"):
            self.scene.__exit__(None, None, None)
        for place in ("programs", "documents"):
            subprocess.run(["umount", "--lazy", str(self.root / place)], capture_output=True, check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def sections(self, mode, learn=False):
        shell = str(pathlib.Path("/bin/sh").resolve())
        return {
            "interfaces": {"mode": mode, "others_down": True, "bring_back": True, "restore_identity": True,
                           "pin_gateway": True, "refuse_autoconfiguration": True},
            "outbound": {"mode": mode, "end_connections": True, "guard_frames": True, "cut_on_frames": True},
            "peripherals": {"mode": mode, "enforcer": "sysfs", "hub_depth": 0, "typing": {"keys_per_second": 30, "window_ms": 1000},
                            "allow": [{"name": "keyboard", "vendor": "046d", "product": "c31c", "interfaces": ["03:*:*"]},
                                      {"name": "card reader", "vendor": "0400", "product": "c35a", "interfaces": ["ff:*:*"]}]},
            "programs": {"mode": mode, "learn": learn, "learn_paths": [str(self.programs)], "file_systems": [str(self.programs)],
                         "interpreters": [shell], "script_suffixes": [".sh"], "libraries": True, "verdict_ms": 1000},
            "integrity": {"mode": mode, "learn": learn, "watch": [str(self.programs / "**")]},
            "malware": {"mode": mode, "scanner": str(self.clamd.socket), "file_systems": [str(self.documents)], "wait_ms": 30000,
                        "when_late": "deny_unjudged", "when_down": "deny_unjudged", "when_limited": "deny_unjudged",
                        "quarantine": True},
            "hardware": {"mode": mode},
            "system": {"mode": mode, "judge_listeners": True, "caches": [{"path": str(self.root / "cache")}],
                       "listeners": []},
            "host": {"mode": mode, "browsers": ["/usr/lib/chromium/chromium"], "below_browser": ["/usr/lib/chromium/*"],
                     "users": ["root"]},
            "egress": {"mode": mode, "judged": ["gateway"], "guard_address": True, "folders": [str(self.root / "printer")],
                       "when_unreadable": "allow_unjudged", "quarantine": True, "guard_mounts": True, "mounts": mount_points()},
            "camera": {"mode": mode, "source": "test_frames", "device": self.scene.path, "width": WIDTH, "height": HEIGHT},
            "shell": self.shell.section(mode),
        }

    def approve(self, section):
        security = self.people["security"]
        waiting = wait_until(lambda: [b for b in security.get(f"/devices/{self.kiosk}/baselines")["items"]
                                      if b["section"] == section and b["state"] == "proposed"], 180, why=f"{section} proposes")
        security.post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "seen on site"})

    # ---- the day -------------------------------------------------------------------------------------------------
    def visit(self, number):
        """One customer, from the first touch to the last page in the printer's tray."""
        self.count("pages", self.browse())
        document = self.documents / f"certificate-{number}.pdf"
        document.write_bytes(b"%PDF-1.4\n" + os.urandom(20_000))
        self.count("documents", document.read_bytes()[:4] == b"%PDF")
        self.count("programs", self.runs(self.programs / "form") and self.runs(self.programs / "print.sh"))
        job = self.root / "printer" / f"job-{number}.txt"
        job.write_text(f"certificate {number}\n")
        self.count("print jobs", job.read_text().startswith("certificate"))
        job.unlink()
        document.unlink()
        self.count("sessions", self.leave())
        if number % 5 == 0:  # the custodian cleans the keyboard
            self.bus.unplug(KEYBOARD[0])
            self.bus.plug(*KEYBOARD)
            wait_until(lambda: self.bus.authorized(KEYBOARD[0]), 10, 0.05, "the keyboard works again")
            self.count("keyboards", True)

    def browse(self):
        """A browser of this customer's own, as the kiosk's shell starts one, and nothing stays of it."""
        home = tempfile.mkdtemp(prefix="visit-", dir=self.root)
        os.chmod(home, 0o777)
        try:
            said = subprocess.run(
                ["ip", "netns", "exec", self.net.ns("kiosk"), "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                 "env", f"HOME={home}", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
                 f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {BUSINESS}", f"--user-data-dir={home}/profile", "--dump-dom",
                 f"http://{BUSINESS}:8080/"], capture_output=True, text=True, timeout=60, check=False)
            return said.returncode == 0 and "政务服务业务系统" in said.stdout and "ERR_" not in said.stdout
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def leave(self):
        """The page says that its user is done: another program, on the same screen."""
        program = self.shell.program()

        def say():
            with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.notice_port}/session/end", method="POST"), timeout=10) as answer:
                return answer.status
        def said():
            try:
                self.net.inside("kiosk", say)
            except urllib.error.HTTPError as busy:
                if busy.code != 429:  # two users within two seconds: the page says it again
                    raise
                return False
            return True
        wait_until(said, 10, 0.2, "the agent has heard that the user is done")
        return wait_until(lambda: self.shell.program() not in (0, program) and self.shell.shown(), 30, 0.05, "a new session is on the screen")

    def runs(self, program):
        return subprocess.run([str(program)], check=False).returncode == 0

    def count(self, what, worked):
        if not worked:
            raise AssertionError(f"{what}: it did not work for the customer")
        self.done[what] = self.done.get(what, 0) + 1

    def told(self):
        """What stands in the ledger of this kiosk that a person would have to look at."""
        serious = ("warning", "serious", "critical")
        entries = self.people["audit"].get(f"/audit?limit=500&device={self.kiosk}")["items"]
        return {e["id"]: e for e in entries if e["severity"] in serious or e["result"] == "blocked"}


def main(seconds):
    day = Day()
    try:
        day.open()
        before, alarms = day.told(), sum(a["count"] for a in day.alarms())
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            number += 1
            day.visit(number)
            live = day.device(day.kiosk)["live"]
            if live != "online":
                raise AssertionError(f"the kiosk is {live} after customer {number}")
        new = [e for k, e in day.told().items() if k not in before]
        alarmed = sum(a["count"] for a in day.alarms()) - alarms
        print(f"{number} customers in {seconds:.0f} s: {json.dumps(day.done)}; {alarmed} alarms, {len(new)} entries to look at")
        for entry in new:
            print(json.dumps(entry, ensure_ascii=False))
        day.bus.plug("1-9", 0x0781, 0x5567, "0001", [(8, 6, 0x50)])  # the eyes were open all day
        wait_until(lambda: any(e["type"] == "peripheral.blocked" for e in day.told().values()), 20, why="a USB stick is told")
        return 1 if new or alarmed else 0
    except Exception:
        print("".join(f"---- {n}.log\n{day.log(n)[-2500:]}\n" for n in ("server", "agent")), flush=True)
        raise
    finally:
        day.close()


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: {why}")
        sys.exit(77)
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))
