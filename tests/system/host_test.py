"""Section host on real parts: a browser that starts shells, a debugger at the guard, a set-ID copy, a cron file and keys of
somebody else, failed logins and a session that nobody expects (clause 6.3-b; attacks A32 and A35 of the list in part).

The agent hears of processes from the machine's own kernel; only what runs below this test's own "browser" is ended. The
lists of logins are files of the test's own, bound over the real ones in the agent's mounts. Kernel modules: this needs a
kernel that takes some; on a kiosk `modprobe dummy` stages it."""
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site  # noqa: E402  the path above must come first
from tests.support.attackers import Browser, PYTHON, SHELL, TRACER, login_record, runs  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

LISTS = ("/var/log/btmp", "/run/utmp")


class Host(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-hst-"), prefix=f"kwh{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.lists = {}
        for path in LISTS:
            cls.lists[path] = cls.site.root / pathlib.Path(path).name
            cls.lists[path].write_bytes(b"")
            if not os.path.exists(path):  # something to bind over; empty, and gone with the test
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
                cls.addClassCleanup(os.unlink, path)
        cls.places = cls.site.root / "places"
        (cls.places / "cron.d").mkdir(parents=True)
        (cls.places / ".ssh").mkdir()
        cls.printer = cls.site.root / "printer"
        shutil.copy2(shutil.which("sleep"), cls.printer)
        cls.browser = Browser(cls.site.root)
        cls.addClassCleanup(cls.browser.close)
        cls.site.publish()
        cls.start_agent()
        cls.use("enforce")
        # The first look goes over every file of this machine.
        wait_until(lambda: cls.facts().get("host.start") == "compared", 240, why="the first look is done")

    @classmethod
    def start_agent(cls):
        agent = cls.site.start_agent()
        wait_until(lambda: pathlib.Path(f"/proc/{agent.pid}/exe").resolve() == cls.site.agent_program.resolve(), 10, 0.02,
                   "the agent runs")
        for path, file in cls.lists.items():
            subprocess.run(["nsenter", "-t", str(agent.pid), "-m", "mount", "--bind", str(file), path], check=True, timeout=10)
        cls.obeys()

    @classmethod
    def obeys(cls):
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 30)

    @classmethod
    def use(cls, mode):
        cls.site.publish(defence={"host": {
            "mode": mode, "browsers": [str(cls.browser.path)], "below_browser": [str(cls.printer)], "users": ["root"],
            "places": [f"{cls.places}/**"], "failed_logins": 3,
            # On a machine that others use, too, nothing is ended but what this test's own processes stand for.
            "reactions": [{"kind": "escape", "actions": ["end_process"]}, {"kind": "trace", "actions": ["end_process"]}]}})
        cls.obeys()

    @classmethod
    def facts(cls):
        return cls.site.facts(cls.device)

    def told(self, kind, why, seconds=20, **params):
        return wait_until(lambda: self.site.entries(self.device, kind, **params), seconds, why=why)[0]

    def starts(self, *argv):
        """The browser starts a program and waits for it: its number and how it ended."""
        return self.browser.start(*argv), self.browser.ended()

    def tearDown(self):
        self.site.show_logs(self)

    # ---- the road ------------------------------------------------------------------------------------------------
    def test_1_what_is_seen_and_what_is_not_is_a_fact(self):
        facts = self.facts()
        for source in ("processes", "sessions", "failed_logins"):
            self.assertIn(source, facts["host.sources"].split())
        if not os.path.exists("/proc/modules"):
            self.assertIn("modules (unsupported", facts["host.missing_sources"])
        self.assertEqual(facts["host.browsers"], "1")
        self.assertGreater(int(facts["host.set_id_files"]), 0)

    def test_2_a_shell_below_the_browser_is_ended(self):
        since = time.monotonic()
        pid, ended = self.starts(SHELL, "-c", "read x; sleep 30")
        self.assertEqual(ended, -9)
        self.assertLess(time.monotonic() - since, 3)
        event = self.told("host.escape", "it is told", pid=str(pid))
        self.assertEqual((event["result"], event["params"]["what"]), ("blocked", "shell"))
        self.assertIn(str(self.browser.path), event["params"]["ancestry"])
        self.assertIn("-c read x", event["params"]["command"])
        self.assertIsNone(self.browser.process.poll(), "the browser goes on")

    def test_3_so_is_one_that_hides_behind_two_forks_and_a_program_that_is_not_listed(self):
        pid = self.browser.start(SHELL, "-c", "read x; sleep 30", how="far")
        wait_until(lambda: not runs(pid), 5, 0.02, "it is ended though process 1 adopted it")
        self.assertEqual(self.starts(shutil.which("tail"), "-f", "/dev/null")[1], -9)
        self.told("host.escape", "the program is told", what="program")
        self.assertEqual(self.starts(self.printer, "0.2")[1], 0, "what policy lists may run")

    def test_4_whoever_traces_the_guard_is_ended(self):
        guard = self.site.processes["agent"].pid
        tracer = subprocess.Popen([PYTHON, "-c", TRACER, str(guard)], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(tracer.wait(10), -9, "it attached, and is ended, perhaps before it could say so")
        finally:
            tracer.kill()
            tracer.wait()
            tracer.stdout.close()
        event = self.told("host.process.traced", "it is told", pid=str(tracer.pid))
        self.assertEqual((event["result"], event["params"]["subject"]), ("blocked", str(self.site.agent_program.resolve())))
        self.assertTrue(runs(guard))

    def test_5_a_set_id_copy_is_found_and_so_is_who_uses_it(self):
        place = pathlib.Path(tempfile.mkdtemp(prefix="kw-hst-copy-"))  # outside the site: others must be able to enter
        self.addCleanup(shutil.rmtree, place)
        place.chmod(0o755)
        copy = place / "copy"
        shutil.copy2(shutil.which("sleep"), copy)
        copy.chmod(0o4755)
        event = self.told("host.set_id.new", "it is told", subject=str(copy))
        self.assertEqual(event["params"]["what"], "set-user-id 0")
        user = subprocess.Popen([copy, "1"], user=65534, group=65534, extra_groups=[])
        self.assertEqual(user.wait(10), 0)
        event = self.told("host.privilege.raised", "whoever got root's rights by it is told", subject=str(copy))
        self.assertEqual((event["result"], event["params"]["pid"], event["params"]["user"]), ("observed", str(user.pid), "65534"))

    def test_6_places_of_persistence_name_their_writer(self):
        writer = subprocess.run([PYTHON, "-c", "import sys; open(sys.argv[1], 'w').write('* * * * * root true')",
                                 str(self.places / "cron.d" / "evil")], check=False)
        self.assertEqual(writer.returncode, 0)
        self.told("host.persistence.changed", "the cron file is told", subject=str(self.places / "cron.d" / "evil"), what="added")
        keys = self.places / ".ssh" / "authorized_keys"
        keys.write_text("ssh-ed25519 AAAA evil\n")
        event = self.told("host.persistence.changed", "the keys are told", subject=str(keys))
        self.assertEqual(event["params"]["pid"], str(os.getpid()))

    def test_7_failed_logins_are_counted_and_no_typed_secret_is_told(self):
        with open(self.lists["/var/log/btmp"], "ab") as file:
            for user in ("root", "typed-secret", "root"):
                file.write(login_record(6, 4242, "ssh:notty", user, "192.0.2.66", int(time.time())))
        event = self.told("host.login.attack", "the attack is told", subject="192.0.2.66")
        self.assertEqual(event["params"]["what"], "3")
        told = self.people["audit"].get(f"/audit?limit=500&device={self.device}")["items"]
        self.assertNotIn("typed-secret", json.dumps(told))
        self.assertIn("unknown", {e["params"]["user"] for e in told if e["type"] == "host.login.failed"})

    def test_8_a_session_that_nobody_expects_is_told(self):
        with open(self.lists["/run/utmp"], "ab") as file:
            file.write(login_record(7, os.getpid(), "pts/77", "daemon", "", int(time.time())))
        event = self.told("host.session.unexpected", "it is told", subject="daemon")
        self.assertEqual((event["params"]["terminal"] or "pts/77", event["params"]["pid"]), ("pts/77", str(os.getpid())))

    def test_8b_so_is_a_shell_on_a_terminal_that_no_session_has(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(SHELL, [SHELL, "-c", "read x"])
        try:
            event = self.told("host.session.unexpected", "it is told", what="terminal", pid=str(pid))
            self.assertRegex(event["params"]["terminal"], r"^pts/\d+$")
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)

    def test_9_what_came_while_the_agent_was_away_is_found(self):
        """Watches that miss the start."""
        self.site.end("agent")
        late = self.places / "cron.d" / "late"
        late.write_text("* * * * * root true\n")
        other = Browser(self.site.root)
        try:
            shell = other.start(SHELL, "-c", "read x; sleep 31")
            self.start_agent()
            wait_until(lambda: not runs(shell), 10, 0.05, "a shell from before the start is ended")
            self.told("host.persistence.changed", "a file from before the start is told", 240, subject=str(late), what="added")
        finally:
            other.close()

    def test_a_watch_ends_nothing_and_says_what_enforcing_would_do(self):
        self.use("watch")
        wait_until(lambda: self.facts().get("host.start") == "compared", 240, why="the section works again")
        pid, ended = self.starts(SHELL, "-c", "sleep 1")
        self.assertEqual(ended, 0)
        event = self.told("host.escape", "it is told", pid=str(pid))
        self.assertEqual((event["result"], event["params"]["action"]), ("observed", "end_process"))


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
