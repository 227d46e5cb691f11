"""The notice on a kiosk's screen: real Chromium, full-screen, in the kiosk's namespace, as an unprivileged user.

What is asserted is what the screen shows (the frame buffer of Xvfb), and what the platform hears of it. The agent has the
capabilities that packaging/systemd gives it and no more. Pictures go to build/artefacts. Run by ctest as system.notice; by
hand: python3 tests/system/notice_test.py
"""
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO, Site  # noqa: E402  the path above must come first
from demo.violations import BY_NAME  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.screen import Screen  # noqa: E402  the path above must come first

RED = bytes.fromhex("8c1d18")
USER = pwd.getpwnam("nobody")
MATCHBOX = ("matchbox-window-manager", "-use_titlebar", "no")
DROP_IN = REPO / "packaging" / "systemd" / "kioskward-agent.service.d" / "browser.conf"
CHROMIUM_HAS_ITS_SANDBOX = subprocess.run(["setpriv", "--reuid=nobody", "--regid", str(USER.pw_gid), "--init-groups", "unshare",
                                           "-U", "true"], capture_output=True, check=False).returncode == 0


def capabilities():
    """The bounding set of the agent's unit with browser.conf, for setpriv."""
    names = re.search(r"(?m)^CapabilityBoundingSet=(.+)$", DROP_IN.read_text()).group(1).split()
    return ",".join(["-all", *("+" + name.removeprefix("CAP_").lower() for name in names)])


class ScreenSite(Site):
    """A site whose agent has a screen and shares no directory for guests with anybody."""
    screen, guests = None, None

    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            display = [f"DISPLAY={self.screen.display}"] if self.screen else []
            # netns exec and the bind mount of the machine-id come before this and need more
            argv = ["env", "-u", "DISPLAY", *display, f"TMPDIR={self.guests}", "setpriv", "--bounding-set", capabilities(), *argv]
        return super().spawn(name, host, argv, machine_id)


class Notice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guests = tempfile.mkdtemp(prefix="kwntc-guests-")
        os.chmod(cls.guests, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.guests, ignore_errors=True)
        cls.site = ScreenSite(tempfile.mkdtemp(prefix="kwntc-"), prefix=f"kwntc{os.getpid()}")
        cls.site.guests = cls.guests
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish()
        cls.violations = 0

    @classmethod
    def browser_program(cls):
        if CHROMIUM_HAS_ITS_SANDBOX:
            return "chromium"
        program = pathlib.Path(cls.guests, "chromium-without-sandbox")  # this machine forbids user namespaces to users
        program.write_text('#!/bin/sh\nexec chromium --no-sandbox "$@"\n')
        program.chmod(0o755)
        return str(program)

    # ---- steps -------------------------------------------------------------------------------------------------
    def kiosk(self, screen, browser=True, program=None):
        """Starts the agent with this screen; it is ended with the test."""
        self.site.screen = screen
        self.site.browser, self.site.browser_user = (program or self.browser_program(), USER.pw_name) if browser else ("", "")
        self.addCleanup(self.site.end, "agent", signal.SIGTERM)
        self.start_agent()
        self.site.wait_device(self.device, "on line", lambda d: d["live"] == "online" and d["policy_revision"] == d["policy_wanted"] > 0)

    def start_agent(self):
        """Waits for this agent's own word: the platform may still show what the last one said."""
        before = self.site.log("agent").count("event=link.admitted")
        self.site.start_agent()
        self.site.wait_while("agent", lambda: self.site.log("agent").count("event=link.admitted") > before, 20, "the agent is admitted")

    def screen(self, width, height, manager=()):
        screen = Screen(width, height, manager)
        self.addCleanup(screen.close)
        return screen

    def violate(self):
        """Returns the case."""
        type(self).violations += 1
        BY_NAME["udp"].do(self.site.net)
        return self.site.wait_device(self.device, "cut", lambda d: d["live"] == "cut")["case_id"]

    def release(self):
        self.people["security"].post(f"/devices/{self.device}/release", {"reason": "system test"})
        self.site.wait_device(self.device, "released", lambda d: d["live"] == "online")

    def audit(self, kind):
        return [e for e in self.people["audit"].get(f"/audit?limit=500&device={self.device}")["items"] if e["type"] == kind]

    def told(self, case):
        """What the platform heard of the notice, oldest first."""
        return [(e["params"]["display"], e["result"]) for e in reversed(self.audit("notice.shown")) if e["case_id"] == case]

    def shown(self, case, times=1, display="browser"):
        """It is shown, as often as that; a machine under load may be told of "none" before."""
        told = self.told(case)
        return told.count((display, "success")) == times and told[-1] == (display, "success")

    def browsers(self, name=b"chromium"):
        """{pid: user id} of the browser's main processes in the kiosk's namespace, {pid: user id} of all of the user's."""
        inside = os.stat(f"/run/netns/{self.site.net.ns('kiosk')}").st_ino
        main, everyone = {}, {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                user = process.stat().st_uid
                words = (process / "cmdline").read_bytes().split(b"\0")
                if (process / "ns" / "net").stat().st_ino != inside or name not in words[0]:
                    continue
                everyone[int(process.name)] = user
                if b"--kiosk" in words:
                    main[int(process.name)] = user
        return main, everyone

    def is_notice(self, picture, managed):
        """Red to all four edges, and the text in the middle: nothing else is on the screen, no text is cut off, and the page
        has been laid out for this size. Chromium leaves a row without a manager."""
        width, height = picture.width, picture.height - (0 if managed else 1)
        border = max(2, min(width, height) // 50)
        frame = picture.rows[:border] + picture.rows[height - border:height]
        sides = [row[:3 * border] + row[-3 * border:] for row in picture.rows[:height]]
        if not (all(row == RED * width for row in frame) and all(side == RED * 2 * border for side in sides)):
            return False
        text = picture.bounds(RED, range(height))
        return text is None or (abs(text[0] + text[2] - width) < width * 0.06 and abs(text[1] + text[3] - height) < height * 0.06)

    def wait_notice(self, screen, managed=False):
        def look():
            picture = screen.picture()
            return picture if self.is_notice(picture, managed) and picture.share(RED) < 0.999 else None
        try:
            return wait_until(look, 30, 0.2, "the screen shows the notice to its edges")
        except TimeoutError:
            screen.picture().save(BUILD / "artefacts" / "notice-failed.png")
            raise

    def tearDown(self):
        self.site.show_logs(self)

    # ---- tests -------------------------------------------------------------------------------------------------
    def test_1_full_screen_on_every_screen(self):
        for width, height, manager in ((1920, 1080, MATCHBOX), (1920, 1080, ()), (1080, 1920, ()), (1280, 720, ())):
            with self.subTest(screen=f"{width}x{height}", manager=manager[:1]), Screen(width, height, manager) as screen:
                self.kiosk(screen)
                self.assertEqual(self.browsers()[0], {}, "nothing is shown in normal times")
                case = self.violate()
                picture = self.wait_notice(screen, bool(manager))
                wait_until(lambda c=case: self.shown(c), why="the platform hears that a browser shows it")
                picture.save(BUILD / "artefacts" / f"notice-{width}x{height}{'-' + manager[0] if manager else ''}.png")
                self.assertGreater(picture.share(RED), 0.75)
                self.has_its_heading_in_chinese(picture)
                self.assertEqual(set(self.browsers()[0].values()), {USER.pw_uid}, "the browser is nobody special")
                self.assertEqual(set(self.browsers()[1].values()), {USER.pw_uid})
                self.assertTrue(self.is_notice(screen.picture(), bool(manager)), "and nothing has come on top of it")
                self.release()
                self.put_away(screen)
                self.site.end("agent", signal.SIGTERM)

    def has_its_heading_in_chinese(self, picture):
        """The first line holds three signs that differ: a font without them would draw the same box three times."""
        left, top, right, _ = picture.bounds(RED, range(picture.height - 1))
        plain = RED * picture.width
        end = next(y for y in range(top, picture.height) if picture.rows[y] == plain)
        left, top, right, bottom = picture.bounds(RED, range(top, end))
        third = (right - left + 1) // 3
        signs = [picture.cut(left + i * third, top, left + (i + 1) * third - 1, bottom) for i in range(3)]
        for one, other in ((0, 1), (1, 2), (0, 2)):
            differ = sum(a != b for a, b in zip(signs[one], signs[other])) / len(signs[0])
            self.assertGreater(differ, 0.1, "signs look the same")

    def put_away(self, screen):
        wait_until(lambda: self.browsers()[1] == {}, why="the browser is put away after the release")
        wait_until(lambda: screen.picture().share(RED) == 0, why="the screen is free again")
        wait_until(lambda: not list(pathlib.Path(self.guests).glob("kioskward-guest-*")), why="its profile is gone")

    def test_2_killed_while_cut_it_comes_back(self):
        screen = self.screen(1280, 720)
        self.kiosk(screen)
        case = self.violate()
        self.wait_notice(screen)
        first = list(self.browsers()[0])
        self.assertEqual(len(first), 1)
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: screen.picture().share(RED) == 0, why="it has gone from the screen")
        wait_until(lambda: (now := list(self.browsers()[0])) and now != first, why="another one is started")
        self.wait_notice(screen)
        self.assertIn("notice.browser_ended", self.site.log("agent"))
        self.assertTrue(self.shown(case), "one case is told once")
        self.release()
        self.put_away(screen)

    def test_3_an_agent_that_is_killed_leaves_no_browser_and_shows_it_again(self):
        screen = self.screen(1280, 720)
        self.kiosk(screen)
        case = self.violate()
        self.wait_notice(screen)
        wait_until(lambda: self.shown(case), why="shown")
        self.site.end("agent")  # kill -9
        wait_until(lambda: self.browsers()[1] == {}, why="no browser outlives its agent")
        for home in pathlib.Path(self.guests).glob("kioskward-guest-*"):
            shutil.rmtree(home)  # what a kill -9 leaves; under systemd it lies in the unit's runtime directory
        self.start_agent()
        self.wait_notice(screen)
        wait_until(lambda: self.shown(case, 2), why="the new agent's browser shows the same case")
        self.release()
        self.put_away(screen)

    def test_3_without_a_browser_a_window_of_our_own_shows_it(self):
        program = shutil.copy(BUILD / "bin" / "kioskward-notice", self.guests)  # where every user may read it
        windows = lambda: self.browsers(b"kioskward-notice")[1]  # noqa: E731  a name for what is asked three times
        for width, height in ((1920, 1080), (1080, 1920)):
            with self.subTest(screen=f"{width}x{height}"), Screen(width, height, MATCHBOX) as screen:
                self.kiosk(screen, program=program)
                case = self.violate()
                picture = self.wait_notice(screen, True)
                wait_until(lambda c=case: self.shown(c, display="window"), why="the platform hears that a window shows it")
                picture.save(BUILD / "artefacts" / f"notice-window-{width}x{height}.png")
                self.has_its_heading_in_chinese(picture)
                first = windows()
                self.assertEqual(list(first.values()), [USER.pw_uid], "the window is nobody special")
                os.kill(next(iter(first)), signal.SIGKILL)
                wait_until(lambda f=first: (now := windows()) and now.keys() != f.keys(), why="another one is started")
                self.wait_notice(screen, True)
                self.release()
                wait_until(lambda: windows() == {}, why="the window is put away after the release")
                wait_until(lambda s=screen: s.picture().share(RED) == 0, why="the screen is free again")
                self.site.end("agent", signal.SIGTERM)

    def test_4_without_a_browser_the_event_says_so(self):
        self.kiosk(None, browser=False)
        case = self.violate()
        wait_until(lambda: self.told(case) == [("none", "failed")], 20, why="nobody shows it, and the platform hears that")
        self.assertEqual(self.browsers()[1], {})
        self.release()

    def test_5_a_browser_without_a_screen_is_none(self):
        self.kiosk(None)
        self.assertIn("DISPLAY is not set", self.site.log("agent"))
        case = self.violate()
        wait_until(lambda: self.told(case) == [("none", "failed")], 20, why="nobody shows it, and the platform hears that")
        self.release()

    def test_6_the_notice_itself_calls_nobody(self):
        """Whatever Chromium sends home would cut the kiosk again after the release, or stand in the ledger."""
        self.assertGreater(self.violations, 0, "runs after the others")
        strangers = [e for kind in ("net.outbound.illegal", "net.drop") for e in self.audit(kind)
                     if "chrom" in e["params"].get("process", "")]
        self.assertEqual(strangers, [])
        self.assertEqual(len(self.audit("net.cut")), self.violations, "nothing but our violations cut")


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    unittest.main(verbosity=2)
