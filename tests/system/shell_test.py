"""Section shell on real parts (clauses 8.2.3, 9.2.2, 6.4-d; attacks A32, A33, A35): a real X server, real Chromium, real keys
(XTEST). The browser is crashed, its keeper and the guard are killed, hot keys are pressed, pages try to print and to save,
the browser's managed policies are changed. The agent has the capabilities that packaging/systemd gives it and no more.

Run by ctest as system.shell; by hand: python3 tests/system/shell_test.py
"""
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import REPO, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.kiosk_page import person  # noqa: E402  the path above must come first
from tests.support.process_memory import search as search_memory  # noqa: E402  the path above must come first
from tests.support.kiosk_shell import CHROMIUM, KioskShell, POLICIES, USER  # noqa: E402  the path above must come first


def capabilities():
    """The bounding set of the agent's unit, for setpriv; shell.conf adds none."""
    unit = (REPO / "packaging" / "systemd" / "kioskward-agent.service").read_text()
    names = re.search(r"(?m)^CapabilityBoundingSet=(.+)$", unit).group(1).split()
    return ",".join(["-all", *("+" + name.removeprefix("CAP_").lower() for name in names)])


class ShellSite(Site):
    """The agent has an /etc/chromium of its own, and the screen by policy."""
    shell = None

    def agent_config(self, state=None, name="agent"):
        config = super().agent_config(state, name)
        config.write_text(config.read_text() + self.shell.config())
        return config

    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            argv = ["sh", "-c", 'umask 077 && mount -t tmpfs -o mode=755 kw-chromium /etc/chromium && exec "$@"', "sh", "env", "-u", "DISPLAY",
                    "setpriv", "--bounding-set", capabilities(), *argv]
        return super().spawn(name, host, argv, machine_id)


class Shell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = ShellSite(tempfile.mkdtemp(prefix="kw-shell-"), prefix=f"kwsh{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.shell = cls.site.shell = KioskShell(cls.site)
        cls.addClassCleanup(cls.site.stop)
        cls.addClassCleanup(cls.shell.close)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.shell.start()
        cls.publish()
        cls.site.start_agent()
        cls.obeys()
        cls.is_shown()

    @classmethod
    def publish(cls, mode="enforce", **changes):
        cls.site.publish(demo_policy(), defence={"shell": cls.shell.section(mode, **changes)})

    @classmethod
    def obeys(cls):
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] in ("online", "degraded")
                             and d["policy_revision"] == d["policy_wanted"] > 0, 40)

    @classmethod
    def is_shown(cls, seconds=40):
        wait_until(cls.shell.shown, seconds, 0.01, "the page is on the screen")

    def tearDown(self):
        self.site.show_logs(self)

    def fact(self, name):
        return self.site.facts(self.device).get(f"shell.{name}")

    def guard(self):
        """What the agent's sh, env and setpriv have become."""
        return self.site.processes["agent"].pid

    def entries(self, kind, **params):
        return self.site.entries(self.device, f"shell.{kind}", **params)

    def told(self, kind, seconds=20, **params):
        return wait_until(lambda: self.entries(kind, **params), seconds, why=f"shell.{kind} {params} is told")[0]

    def all_gone(self, pids, seconds=10):
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), seconds, 0.01, "everything of the old run is gone")

    def black_and_back(self, began, old):
        """Seconds until the page is on the screen again; on the way the screen was black and nothing of the old run is left."""
        wait_until(self.shell.black, 10, 0.001, "the screen is black")
        wait_until(lambda: self.shell.shown() and self.shell.program() not in (0, *old), 30, 0.01, "the page is back")
        back = time.monotonic() - began
        self.all_gone(old)
        return back

    # ---- the tests, in order -----------------------------------------------------------------------------------------
    def test_1_the_program_runs_as_its_user_in_a_home_of_its_own(self):
        pid = wait_until(self.shell.program, 20, why="the browser runs")
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        self.assertRegex(status, rf"Uid:\s+{USER.pw_uid}\s+{USER.pw_uid}")
        self.assertRegex(status, r"NoNewPrivs:\s+1")
        self.assertRegex(status, r"CapPrm:\s+0000000000000000")
        self.assertEqual(self.shell.home().stat().st_mode & 0o777, 0o700)
        wait_until(lambda: (self.fact("running"), self.fact("keys"), self.fact("policy")) == ("yes", "held", "in force"), 20,
                   why=f"facts: {self.site.facts(self.device)}")
        self.site.wait_device(self.device, "nothing is missing", lambda d: d["live"] == "online")

    def test_2_the_browser_is_crashed(self):
        """A35: back within 3 s, black in between, the session wiped."""
        times = []
        for _ in range(3):
            wait_until(lambda: list(self.shell.home().rglob("Cookies")), 20, why="the browser keeps something")
            home, old = self.shell.home(), set(self.shell.started())
            (home / "canary").write_text("440301199001011234")
            began = time.monotonic()
            self.shell.crash()
            times.append(self.black_and_back(began, old))
            self.assertFalse(home.exists(), "the old profile is gone")
            self.assertNotEqual(self.shell.home(), home)
        self.assertEqual(subprocess.run(["grep", "-rl", "440301199001011234", str(self.shell.profiles)], capture_output=True, check=False).stdout, b"")
        told = self.told("ended", how=f"signal {int(signal.SIGSEGV)}")
        self.assertEqual(told["result"], "success")
        self.assertTrue([a for a in self.site.alarms(self.device) if a["type"] == "shell.ended"], "it is an alarm")
        print(f"shell: back on the screen {', '.join(f'{t * 1000:.0f}' for t in times)} ms after SIGSEGV, median "
              f"{statistics.median(times) * 1000:.0f} ms", flush=True)
        self.assertLess(statistics.median(times), 3)

    def test_3_hot_keys_reach_nobody(self):
        """A32."""
        self.is_shown()
        wait_until(lambda: self.shell.press("a") or "/key/KeyA" in self.shell.requests(), 20, 0.2, "the page has the keyboard")
        pid, before = self.shell.program(), len(self.shell.requests())
        swallowed = {"alt+F4": "Alt+F4", "ctrl+alt+F2": "Ctrl+Alt+F2", "ctrl+alt+BackSpace": "Ctrl+Alt+Backspace", "F11": "F11", "F12": "F12",
                     "ctrl+shift+i": "Ctrl+Shift+I", "ctrl+alt+Delete": "Ctrl+Alt+Del", "ctrl+p": "Ctrl+P", "ctrl+o": "Ctrl+O",
                     "ctrl+u": "Ctrl+U", "alt+Tab": "Alt+Tab", "Super_L": "Super", "Print": "Print", "ctrl+w": "Ctrl+W", "ctrl+n": "Ctrl+N"}
        self.shell.press(*swallowed)
        self.shell.press("Num_Lock", "alt+F4", "Num_Lock")  # a lock changes nothing
        self.shell.press("Escape")  # Chromium names it where a download begins; it belongs to the page, and leads nowhere
        self.shell.press("b")
        wait_until(lambda: "/key/KeyB" in self.shell.requests(), 20, why="the page still has the keyboard")
        reached = {r.removeprefix("/key/") for r in self.shell.requests()[before:] if r.startswith("/key/")}
        modifiers = {"AltLeft", "AltRight", "ControlLeft", "ControlRight", "ShiftLeft", "ShiftRight", "MetaLeft", "NumLock"}
        self.assertEqual(reached - modifiers, {"KeyB", "Escape"}, "nothing but the modifiers themselves")
        self.assertEqual(self.shell.program(), pid)
        self.is_shown(10)
        for name in swallowed.values():
            self.assertEqual(self.told("key", hotkey=name)["result"], "blocked")
        self.assertEqual(len(self.entries("key", hotkey="Alt+F4")), 1, "the second press within a minute is counted, not told")

    def test_4_dialogs_schemes_and_downloads(self):
        """A33: what the page tries at its start (it printed and saved), and places that are closed."""
        wait_until(lambda: self.shell.requests().count("/begun") > 0 and "/certificate.bin" in self.shell.requests(), 20, why="the page tried")
        self.assertNotIn("/prints", self.shell.requests(), "window.print() does nothing")
        self.assertEqual([f for f in self.shell.home().rglob("certificate*")], [], "nothing is saved")
        self.publish(browser={"manage": True, "allow": ["http://127.0.0.1"], "dev_tools": True})  # the test looks through these
        wait_until(lambda: '"RemoteDebuggingAllowed": true' in self.shell.policies(), 30, why="rules are there")
        closed = ["file:///etc/passwd", f"view-source:{self.shell.url()}", "chrome://settings", "chrome://version", "mailto:a@example.org",
                  "ftp://127.0.0.1/", f"http://localhost:{self.shell.port}/plain"]
        seen = self.visits(*closed, self.shell.url())
        for place in closed:
            self.assertIn("ERR_BLOCKED_BY_ADMINISTRATOR", seen[place].get("error", ""), place)
        self.assertIn("onbeforeprint", seen[self.shell.url()]["text"], "the business page opens")

    def test_5_without_the_section_all_of_that_is_open(self):
        """What test 4 found is the section's doing."""
        self.publish("off")
        wait_until(lambda: not self.shell.policies(), 30, why="rules are gone")
        wait_until(lambda: not self.shell.started(), 20, why="nothing is kept")
        seen = self.visits("file:///etc/passwd", f"view-source:{self.shell.url()}", f"http://localhost:{self.shell.port}/plain")
        self.assertEqual({place: "error" in one for place, one in seen.items()}, dict.fromkeys(seen, False))
        self.assertIn("root:", seen["file:///etc/passwd"]["text"])
        self.publish()
        self.site.calm(self.device, "a browser without rules looks for its maker's hosts")
        self.obeys()
        self.is_shown()

    def visits(self, *places):
        answer = self.site.root / "visit.json"
        command = f'cd {REPO} && exec ip netns exec {self.site.net.ns("kiosk")} env DISPLAY={self.shell.screen.display} node tests/support/visit.mjs "$@" > {answer}'
        # ip netns exec makes mounts of its own from the agent's: /etc/chromium is the agent's.
        self.shell.in_agents_mounts("sh", "-c", command, "sh", *places)
        return {one["url"]: one for one in json.loads(answer.read_text())}

    def test_6_managed_policies_are_put_back(self):
        before = self.shell.policies()
        self.assertEqual(json.loads(before)["PrintingEnabled"], False)
        self.shell.empty_policies()
        wait_until(lambda: self.shell.policies() == before, 5, 0.05, "put back")
        self.assertEqual(self.told("policy.changed", path=POLICIES)["result"], "blocked")
        self.assertEqual(self.shell.in_agents_mounts("stat", "-c", "%a %u", POLICIES), "644 0\n")

    def test_7_its_keeper_is_killed(self):
        self.is_shown()
        home, old = self.shell.home(), set(self.shell.started())
        keeper = self.shell.keepers(self.guard())
        self.assertEqual(len(keeper), 1)
        began = time.monotonic()
        os.kill(keeper[0], signal.SIGKILL)
        back = self.black_and_back(began, old | set(keeper))
        print(f"shell: back on the screen {back * 1000:.0f} ms after its keeper was killed", flush=True)
        self.assertFalse(home.exists())
        self.told("lost", reason="ended")

    def test_8_a_user_is_done(self):
        self.is_shown()
        home, old = self.shell.home(), set(self.shell.started())
        notice = f"http://127.0.0.1:{self.site.notice_port}/session/end"

        def done():
            with urllib.request.urlopen(urllib.request.Request(notice, method="POST"), timeout=10) as answer:
                self.assertEqual(answer.status, 202)
        known = person(self.shell.requests().count("/"))

        def holds(pid):
            try:
                return bool(search_memory(pid, known))
            except OSError:  # it has gone
                return False

        def holders():
            return [pid for pid in self.shell.started() if holds(pid)]
        self.assertTrue(holders(), "the browser knows the person while his page is open")
        began = time.monotonic()
        self.site.net.inside("kiosk", done)
        print(f"shell: a new session {self.black_and_back(began, old) * 1000:.0f} ms after the page's word", flush=True)
        self.assertEqual(holders(), [], "the next person's browser knows nothing of him")
        self.assertFalse(old & set(self.shell.started()), "and the last one's is gone")
        self.assertFalse(home.exists())
        self.assertGreater(int(self.told("renewed")["params"]["files"]), 10)

    def test_9a_leftovers_go_with_it(self):
        """The program leaves a process in a session of its own behind."""
        chromium = self.shell.section()
        script = 'setsid -f sleep 86399; exec "$0" "$@"'
        self.publish(program="/bin/sh", arguments=["-c", script, CHROMIUM, *chromium["arguments"]])
        wait_until(lambda: any(w[:2] == [b"sleep", b"86399"] for w in self.shell.started().values()) and self.shell.program(), 40, why="it has left one")
        self.is_shown()
        old = set(self.shell.started())
        began = time.monotonic()
        self.shell.crash()
        self.black_and_back(began, old)

    def test_9b_a_program_that_keeps_crashing(self):
        self.publish(program="/bin/false", arguments=[], crash_runs=3)
        self.told("crash_loop", count="3")
        wait_until(lambda: self.fact("running") == "crash loop", 20, why="the fact says so")
        wait_until(self.shell.black, 10, 0.05, "black")
        self.publish()
        self.is_shown()

    def test_9c_the_guard_is_killed(self):
        """The program goes with it; the next guard begins a new session."""
        old = set(self.shell.started())
        self.site.end("agent")
        self.all_gone(old)
        self.assertTrue(self.shell.black())
        self.site.start_agent()
        self.is_shown(60)

    def test_9d_watching(self):
        self.publish("watch")
        wait_until(lambda: not self.shell.started(), 20, why="nothing is kept")
        wait_until(lambda: self.fact("running") == "no", 20, why="and the fact says so")
        browser = self.site.spawn("strange", "kiosk", ["setpriv", "--reuid", str(USER.pw_uid), "--regid", str(USER.pw_gid), "--clear-groups",
                                                       "/usr/bin/sleep", "1000"])
        self.publish("watch", program=str(pathlib.Path("/usr/bin/sleep").resolve()))
        wait_until(lambda: self.fact("running") == "yes", 30, why="it is seen")
        browser.kill()
        browser.wait()
        wait_until(lambda: [e for e in self.entries("ended") if e["result"] == "observed"], 20, why="its end is told")
        wait_until(lambda: self.fact("running") == "no", 20, why="and the fact says so")
        self.assertEqual(self.shell.policies(), "")


if __name__ == "__main__":
    if (reason := permitted()):
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    for program in ("Xvfb", "xdotool", CHROMIUM):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")
            sys.exit(77)
    unittest.main(verbosity=2)
