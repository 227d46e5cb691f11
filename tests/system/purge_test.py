"""Nothing of a person stays on the kiosk when his session is over (clauses 6.4-d, 7.4; docs/design/purge.md), on real parts: a
business session has a mount of its own, which goes with it, with a killed agent and with a stopped one; what the kiosk's user
left goes too; a purge drill carries canaries through a whole session and finds them where a program kept them.

Run by ctest as system.purge; by hand: python3 tests/system/purge_test.py
"""
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.business import APP_PORT, MATTER, BusinessSite  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from tests.support.app_client import AppClient, Refused  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

USER = pwd.getpwnam("games")  # whose programs nothing else on this machine is
SIZE = "size=8192k"  # of a session's directory
NAME = "Ouyang Xiaoming 440300199001011234"
# A program of the kiosk's user that reads what lies in the session's directory and never lets go of it.
HOARDER = """\
import ctypes, pathlib, sys, time
ctypes.CDLL(None).prctl(4, 0)  # it is not dumpable either
kept = []
while True:  # nobody may list where sessions' directories are; the table of mounts names them
    points = [line.split()[4] for line in open("/proc/self/mountinfo") if f" {sys.argv[1]}/" in line]
    for file in (one for point in points for one in pathlib.Path(point).glob("*")):
        try:
            kept.append(file.read_bytes())
            pathlib.Path(sys.argv[2]).write_text("kept")
        except OSError:
            pass
    time.sleep(0.002)
"""
MAKE_SEGMENT = """\
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0, 4096, 0o1600))
"""


class PurgeSite(BusinessSite):
    idle_seconds = 10

    def surround(self):
        super().surround()
        self.agent_extra = self.agent_extra.replace("[app]\n", f'[app]\nuser = "{USER.pw_name}"\n')
        # The token is the user's and lies below /tmp, where everything of his goes with each session but this.
        (self.root / "spool").mkdir(exist_ok=True)
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="kw-purge-", dir="/run"))  # what a test's own program of this user writes
        self.run.chmod(0o755)

    def stop(self):
        super().stop()
        if getattr(self, "run", None):
            shutil.rmtree(self.run, ignore_errors=True)


class Purge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = PurgeSite(tempfile.mkdtemp(prefix="kw-purge-"), prefix=f"kwpu{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        os.chmod(cls.site.root, 0o755)  # the kiosk's user comes through
        cls.cache = cls.site.root / "cache"
        cls.cache.mkdir()
        os.chmod(cls.cache, 0o1777)  # not the user's own: that would go from /tmp as all of his does
        cls.people = cls.site.activate()
        cls.device = cls.site.place_kiosk()
        cls.use()

    @classmethod
    def use(cls, mode="enforce", **changes):
        cls.site.publish(defence={"system": {
            "mode": mode, "caches": [{"path": str(cls.cache), "keep_minutes": 0}], "clear_at_session_end": True,
            "purge": {"directory_mib": 8}, "drill": {"matter": MATTER}, **changes}})
        cls.obeys()

    @classmethod
    def obeys(cls):
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] in ("online", "degraded")
                             and d["policy_revision"] == d["policy_wanted"] > 0, 40)

    def setUp(self):
        self.open = []

    def tearDown(self):
        for kiosk in self.open:
            kiosk.close()
        self.site.show_logs(self)

    # ---- the kiosk -----------------------------------------------------------------------------------------------
    def begun(self):
        """A session of a program, and its own directory as the agent sees it."""
        def try_it():
            kiosk = None
            try:
                kiosk = self.site.net.inside("kiosk", lambda: AppClient(APP_PORT, self.site.token()))
                begun = kiosk.begin(MATTER)
                self.open.append(kiosk)
                return kiosk, begun
            except (Refused, OSError) as problem:
                if kiosk:
                    kiosk.close()
                if getattr(problem, "code", "busy") in ("busy", "no_link", "closed"):
                    return None
                raise
        kiosk, begun = wait_until(try_it, 40, 0.3, "a session begins")
        return kiosk, begun["temporary"]

    def mounts(self, pid=None):
        """Mounts of sessions in the agent's mounts: {point: options}."""
        table = pathlib.Path(f"/proc/{pid or self.agent()}/mountinfo").read_text()
        return {line.split()[4]: line for line in table.splitlines() if f" {self.site.root}/session/" in line}

    def agent(self):
        return self.site.processes["agent"].pid

    def in_agents(self, *argv, user=USER):
        """Runs a program of the kiosk's user in the agent's mounts."""
        who = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"] if user else []
        return subprocess.run(["nsenter", "-t", str(self.agent()), "-m", *who, *argv], capture_output=True, text=True, timeout=20, check=True).stdout

    def leave(self, path, text=NAME):
        self.in_agents("sh", "-c", 'umask 077; printf %s "$1" > "$2"', "sh", text, str(path))

    def told(self, event, seconds=20, **params):
        def look():
            return [one for one in self.site.entries(self.device, event) if all(one["params"].get(key) == value for key, value in params.items())]
        return wait_until(look, seconds, why=f"{event} {params} is told")[0]

    def drill(self, code=0, seconds=120):
        done = subprocess.run(["nsenter", "-t", str(self.agent()), "-m", str(self.site.agent_program), "drill", "--config",
                               str(self.site.root / "agent.toml")], capture_output=True, text=True, timeout=seconds, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    # ---- the tests, in order -------------------------------------------------------------------------------------
    def test_1_a_session_has_a_directory_that_goes_with_it(self):
        kiosk, directory = self.begun()
        line = self.mounts()[directory]
        for word in ("nosuid", "nodev", "noexec", SIZE, f"uid={USER.pw_uid}"):
            self.assertIn(word, line)
        self.assertEqual(self.in_agents("stat", "-c", "%a %U", directory), f"700 {USER.pw_name}\n")
        self.leave(f"{directory}/form.pdf")
        self.leave(self.cache / "page.html")
        with self.assertRaises(subprocess.CalledProcessError):
            self.in_agents("cat", f"{directory}/form.pdf", user=pwd.getpwnam("nobody"))
        kiosk.end()
        wait_until(lambda: not self.mounts(), 10, 0.05, "the mount is gone")
        wait_until(lambda: not pathlib.Path(directory).exists(), 10, 0.05, "and its place")
        wait_until(lambda: not any(self.cache.iterdir()), 10, 0.05, "and the cache is empty")
        told = self.told("system.session.purged", reason="session")
        self.assertEqual(told["result"], "success")
        self.assertIn("session_directory 1", told["params"]["gone"])

    def test_2_everything_else_of_the_user_goes_too(self):
        kiosk, _ = self.begun()
        names = [pathlib.Path(place) / f"kw-{os.getpid()}-form" for place in ("/tmp", "/var/tmp", "/dev/shm")]
        for name in names:
            self.leave(name)
        strange = pathlib.Path(f"/tmp/kw-{os.getpid()}-strange")
        strange.write_text("root's")
        self.addCleanup(strange.unlink)
        spooled = self.site.root / "spool" / "d00001-001"
        spooled.write_text(NAME)
        segment = int(self.in_agents(sys.executable, "-c", MAKE_SEGMENT))
        self.assertGreaterEqual(segment, 0)
        kiosk.end()
        wait_until(lambda: not any(name.exists() for name in names), 10, 0.05, "his files are gone")
        wait_until(lambda: not spooled.exists(), 10, 0.05, "his print job")
        wait_until(lambda: not re.search(rf"(?m)^\s*\d+\s+{segment}\s", pathlib.Path("/proc/sysvipc/shm").read_text()), 10, 0.05, "his segment")
        self.assertEqual(strange.read_text(), "root's")
        told = wait_until(lambda: [e for e in self.site.entries(self.device, "system.session.purged") if "segments" in e["params"]["gone"]], 20,
                          why="it is told")[0]
        for word in ("temporary_files 2", "shared_memory 1", "segments 1", "print_jobs 1"):
            self.assertIn(word, told["params"]["gone"])

    def test_3_what_stays_is_told_by_its_kind_and_not_by_its_name(self):
        """The place is read-only when the session ends."""
        kiosk, _ = self.begun()
        spool = self.site.root / "spool"
        (spool / "d00002-001").write_text(NAME)
        self.in_agents("mount", "--bind", str(spool), str(spool), user=None)
        self.in_agents("mount", "-o", "remount,bind,ro", str(spool), user=None)
        try:
            kiosk.end()
            told = self.told("system.session.not_purged", kind="print_jobs")
            self.assertEqual(told["params"]["reason"], "not_permitted")
            self.assertNotIn("d00002", str(told))
        finally:
            self.in_agents("umount", str(spool), user=None)
        (spool / "d00002-001").unlink()

    def test_4_idle(self):
        _, directory = self.begun()
        self.leave(f"{directory}/form.pdf")
        wait_until(lambda: not self.mounts(), 30, 0.1, "the mount goes with a session that nobody uses")

    def test_5_the_agent_is_killed_in_the_middle_of_a_session(self):
        """The machine's mounts outlive a killed agent where they are not its own: a process keeps them here."""
        _, directory = self.begun()
        self.leave(f"{directory}/form.pdf")
        keeper = subprocess.Popen(["nsenter", "-t", str(self.agent()), "-m", "sleep", "1000"])
        self.addCleanup(keeper.kill)
        wait_until(lambda: pathlib.Path(f"/proc/{keeper.pid}/comm").read_text() == "sleep\n", 10, 0.01, "the mounts are kept")
        self.assertIn(directory, self.mounts(keeper.pid))
        self.site.end("agent", signal.SIGKILL)
        self.assertIn(directory, self.mounts(keeper.pid), "nobody was there to take it away")
        config = self.site.agent_config()
        log = open(self.site.root / "agent.log", "ab")
        self.addCleanup(log.close)
        # The next agent of this machine: in the same mounts, as after a crash.
        self.site.processes["agent"] = subprocess.Popen(
            ["nsenter", "-t", str(keeper.pid), "-m", "ip", "netns", "exec", self.site.net.ns("kiosk"), str(self.site.agent_program), "run",
             "--config", str(config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_until(lambda: not self.mounts(), 30, 0.05, "the mount is gone at the next start")
        self.obeys()
        self.assertEqual(self.told("system.session.purged", reason="start", seconds=40)["result"], "success")

    def test_6_the_agent_is_stopped(self):
        _, directory = self.begun()
        self.assertIn(directory, self.mounts())
        keeper = subprocess.Popen(["nsenter", "-t", str(self.agent()), "-m", "sleep", "1000"])
        self.addCleanup(keeper.kill)
        wait_until(lambda: pathlib.Path(f"/proc/{keeper.pid}/comm").read_text() == "sleep\n", 10, 0.01, "the mounts are kept")
        self.site.end("agent", signal.SIGTERM)
        self.assertEqual(self.mounts(keeper.pid), {})
        self.site.start_agent()
        self.obeys()

    def test_7_a_drill_finds_nothing(self):
        self.begun()[0].end()
        began = time.monotonic()
        table = self.drill()
        print(f"purge: a drill in {time.monotonic() - began:.1f} s\n{table}", flush=True)
        for canary in ("body", "path", "temporary", "cache", "temporary_file", "shared", "segment", "print_job"):
            self.assertRegex(table, rf"(?m)^canary {canary}\s+planted$")
        places = {line.split()[0]: [int(n) for n in line.split()[1:4]] for line in table.splitlines() if re.match(r"\w+\s+\d+\s+\d+\s+\d+", line)}
        self.assertGreater(places["memory"][1], 10 << 20, "the agent's memory was read")
        self.assertGreaterEqual(places["memory"][0], 2, "guard and link process at least")
        self.assertEqual(sum(hits for _, _, hits in places.values()), 0)
        event = re.search(r"(?m)^event ([0-9a-f]{32})$", table).group(1)
        told = self.told("privacy.drill.done")
        self.assertEqual(told["result"], "success")
        self.assertEqual(told["params"]["digest"], re.search(r"(?m)^report ([0-9a-f]{64})$", table).group(1))
        self.assertEqual(told["id"], event, "its entry in the ledger")

    def test_8_a_drill_finds_what_a_program_kept(self):
        """A process of the kiosk's user reads the session's directory and keeps it in memory: a drill that cannot fail proves nothing."""
        self.begun()[0].end()
        sign = self.site.run / "kept"
        sign.touch()
        os.chown(sign, USER.pw_uid, USER.pw_gid)
        hoarder = subprocess.Popen(["nsenter", "-t", str(self.agent()), "-m", "setpriv", "--reuid", str(USER.pw_uid), "--regid", str(USER.pw_gid),
                                    "--clear-groups", sys.executable, "-c", HOARDER, str(self.site.root / "session"), str(sign)])
        try:
            table = self.drill(code=3)
        finally:
            hoarder.kill()
            hoarder.wait()
        self.assertEqual(sign.read_text(), "kept")
        self.assertRegex(table, rf"(?m)^FOUND  temporary\s+memory, {hoarder.pid} python3")
        told = self.told("privacy.drill.found", kind="temporary", area="memory")
        self.assertIn(str(hoarder.pid), told["params"]["part"])
        self.assertTrue([a for a in self.site.alarms(self.device) if a["type"] == "privacy.drill.found"], "it is an alarm")
        self.assertEqual(self.told("privacy.drill.done", count=told["params"]["count"])["result"], "failed")

    def test_9_no_drill_while_somebody_is_at_the_kiosk(self):
        kiosk, _ = self.begun()
        refused = subprocess.run(["nsenter", "-t", str(self.agent()), "-m", str(self.site.agent_program), "drill", "--config",
                                  str(self.site.root / "agent.toml")], capture_output=True, text=True, timeout=60, check=False)
        self.assertNotIn(refused.returncode, (0, 3), refused.stdout)
        self.assertIn("a session is under way", refused.stderr)
        kiosk.end()


if __name__ == "__main__":
    if (reason := permitted()):
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
