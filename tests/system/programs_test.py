"""Sections programs and integrity on real parts: learnt in watch, approved, enforced; then every way around is tried.

Attack A37 of the list, and the ways by which a program that is not approved gets run: its own name, another name, the
loader, an interpreter, a library, another mount, another mount namespace, memory, a changed copy of an approved one.

The agent guards one small file system of this test's own, in a PID and mount namespace of its own: nobody else's
programs are ever asked about or ended. Its list of packages is one package that this test made.
"""
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

LOADER = str(pathlib.Path("/lib64/ld-linux-x86-64.so.2").resolve())
SHELL, PYTHON = str(pathlib.Path("/bin/sh").resolve()), str(pathlib.Path(sys.executable).resolve())
CONFIG = "server = 198.18.20.2\n"


def wrapper(place):
    """Runs in the agent's new namespaces: dpkg's lists are those that the test made."""
    return ["unshare", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "sh", "-c",
            'mount --bind "$0" /var/lib/dpkg/info && exec "$@"', str(place / "dpkg")]


class KioskSite(Site):
    place = None

    def start_agent(self, host="kiosk", state=None, name="agent", machine_id=None):
        return self.spawn(name, host, [*wrapper(self.place), str(BUILD / "bin" / "kioskward-agent"), "run", "--config",
                                       str(self.agent_config(state, name))], machine_id or self.machine_id(host))

    def agent_pid(self):
        """The agent itself, below unshare; seen from here."""
        outer = self.processes["agent"].pid
        children = pathlib.Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        return int(children[0])

    def end(self, name, sig=signal.SIGKILL, seconds=15):
        if name == "agent" and name in self.processes and self.processes[name].poll() is None:
            os.kill(self.agent_pid(), sig)  # unshare itself does not pass it on
            sig = signal.SIGCONT
        super().end(name, sig, seconds)

    def inside(self, *argv, seconds=20, **options):
        """Runs a program where the agent sees it: in its PID and mount namespace."""
        return subprocess.run(["nsenter", "--target", str(self.agent_pid()), "--pid", "--mount", "--", *argv], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False, **options)


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = KioskSite(tempfile.mkdtemp(prefix="kw-prg-"), prefix=f"kwg{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.place = cls.site.root / "guarded"
        cls.place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=128m", "kw-guarded", str(cls.place)],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"tmpfs cannot be mounted here: {mounted.stderr.strip()}")
        cls.addClassCleanup(subprocess.run, ["umount", "--lazy", str(cls.place)], check=False)
        cls.furnish()
        cls.site.place = cls.place
        cls.site.activate()
        cls.device = cls.site.enrol()
        cls.publish("watch", learn=True)
        cls.site.start_agent()
        cls.obeys()

    @classmethod
    def furnish(cls):
        """An approved program from a package, an approved tree, and what nobody approved."""
        for name in ("dpkg", "usr", "kiosk", "stray", "etc", "mnt"):
            (cls.place / name).mkdir()
        cls.program("usr/packaged", "/bin/true", b"packaged")
        cls.program("kiosk/good", "/bin/true")
        cls.program("kiosk/mount", shutil.which("mount"))
        (cls.place / "kiosk" / "good.sh").write_text("#!/bin/sh\nexit 0\n")
        (cls.place / "kiosk" / "good.sh").chmod(0o755)
        cls.program("stray/evil", "/bin/true", b"evil")
        (cls.place / "stray" / "evil.sh").write_text("#!/bin/sh\nexit 0\n#evil\n")
        (cls.place / "stray" / "evil.sh").chmod(0o755)
        (cls.place / "stray" / "evil.py").write_text("raise SystemExit(0)\n")
        cls.program("stray/evil.so", str(pathlib.Path(LOADER).parent / "libdl.so.2"), b"evil")
        packaged = cls.place / "usr" / "packaged"
        (cls.place / "dpkg" / "kiosk.md5sums").write_text(
            f"{hashlib.md5(packaged.read_bytes(), usedforsecurity=False).hexdigest()}  {str(packaged)[1:]}\n")
        (cls.place / "etc" / "kiosk.conf").write_text(CONFIG)
        (cls.place / "etc" / "motd").write_text("as approved\n")

    @classmethod
    def program(cls, name, source, more=b""):
        path = cls.place / name
        path.write_bytes(pathlib.Path(source).read_bytes() + more)
        path.chmod(0o755)
        return path

    @classmethod
    def publish(cls, mode, learn=False, version=1, config=CONFIG, close_memory=False):
        cls.site.publish(demo_policy(), note=f"{mode}, key file {version}", defence={
            "programs": {"mode": mode, "learn": learn, "learn_paths": [str(cls.place / "kiosk")],
                         "file_systems": [str(cls.place), str(cls.place / "mnt")], "interpreters": [SHELL, PYTHON, LOADER],
                         "script_suffixes": [".py", ".sh"], "libraries": True, "verdict_ms": 1000, "end_unknown": True,
                         "close_memory": close_memory},
            "integrity": {"mode": mode, "learn": learn, "watch": [str(cls.place / "etc" / "**")],
                          "key_files": [{"path": str(cls.place / "etc" / "kiosk.conf"), "version": version,
                                         "lines": config.splitlines()}]}})

    @classmethod
    def obeys(cls):
        return cls.site.wait_device(cls.device, "obeying the newest revision", lambda d: d["last_seen"]
                                    and d["policy_revision"] == d["policy_wanted"] > 0, 30)

    def tearDown(self):
        self.site.show_logs(self)

    # ---- what is asked again and again ---------------------------------------------------------------------------
    def facts(self):
        return self.site.facts(self.device)

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def told(self, kind, why, result=None, **params):
        """Waits until an event of this kind with these parameters is in the ledger."""
        def look():
            return next((e for e in self.entries(kind) if result in (None, e["result"])
                         and all(e["params"].get(k, "").endswith(v) for k, v in params.items())), None)
        return wait_until(look, 20, why=why)

    def runs(self, *argv, shell=False):
        """0 where the program ran. A program that may not run is refused to whoever starts it."""
        argv = [str(a) for a in argv]
        return self.site.inside(*(["/bin/sh", "-c", *argv] if shell else argv)).returncode

    def assert_refused(self, why, *argv, shell=False):
        with self.subTest(why):
            self.assertNotEqual(self.runs(*argv, shell=shell), 0, why)

    # ---- the road ------------------------------------------------------------------------------------------------
    def test_1_watch_lets_everything_run_tells_and_learns(self):
        wait_until(lambda: self.facts().get("programs.start") == "compared", 30, why="the gate is up")
        for section in ("programs", "integrity"):
            waiting = wait_until(lambda s=section: next(
                (b for b in self.site.people["security"].get(f"/devices/{self.device}/baselines")["items"]
                 if b["section"] == s and b["state"] == "proposed"), None), 30, why=f"{section} proposes what it learnt")
            shown = self.site.people["audit"].get(f"/baselines/{waiting['id']}")["content"]
            if section == "programs":
                paths = {pathlib.Path(p.get("path", "")).name for p in shown["programs"]}
                self.assertLessEqual({"packaged", "good", "good.sh", "mount"}, paths)
                self.assertNotIn("evil", paths)
            self.site.people["security"].post(f"/baselines/{waiting['id']}/approve", {"reason": "seen on site"})
        wait_until(lambda: all(self.facts().get(f"{s}.known", "0") != "0" for s in ("programs", "integrity")), 20,
                   why="both baselines are in force")
        self.assertEqual(self.runs(self.place / "stray/evil"), 0)
        self.told("program.refused", "what enforcing would have refused is told", "observed", path="/stray/evil")
        self.assertNotIn("cannot be preloaded", self.preloads())

    def preloads(self):
        return self.site.inside("/bin/sh", "-c", f"LD_PRELOAD={self.place}/stray/evil.so {self.place}/kiosk/good 2>&1").stdout

    def test_2_enforce_refuses_every_way_around(self):
        self.publish("enforce")
        self.obeys()
        wait_until(lambda: self.facts().get("programs.enforced") == "true", 30, why="programs are enforced")
        good, evil, stray = self.place / "kiosk/good", self.place / "stray/evil", self.place / "stray"
        for known in (good, self.place / "usr/packaged", self.place / "kiosk/good.sh"):
            self.assertEqual(self.runs(known), 0, known)

        self.assert_refused("by its name", str(evil), shell=True)
        event = self.told("program.refused", "and told", "blocked", path="/stray/evil", reason="unknown", how="run")
        self.assertRegex(event["params"]["digest"], "^[0-9a-f]{64}$")

        self.assert_refused("through the loader", LOADER, evil)
        self.assert_refused("script with #!", str(stray / "evil.sh"), shell=True)
        self.assert_refused("script named to its interpreter", SHELL, stray / "evil.sh")
        self.assert_refused("script by its ending", PYTHON, stray / "evil.py")
        self.assertIn("cannot be preloaded", self.preloads(), "a library loaded ahead")
        copied = self.program("stray/copied", "/bin/true", b"changed")
        self.assert_refused("a copied binary that was changed", copied)
        shutil.copy2(good, stray / "renamed")
        self.assertEqual(self.runs(stray / "renamed"), 0, "an approved program is approved by content, whatever its name")
        os.link(evil, self.place / "kiosk/linked")
        self.assert_refused("a hard link in an approved folder", self.place / "kiosk/linked")
        with open(good, "ab") as file:
            file.write(b"evil")
        self.assert_refused("an approved program that was changed", good)
        good.unlink()  # a program that is not approved cannot even be opened
        self.program("kiosk/good", "/bin/true")
        wait_until(lambda: self.runs(good) == 0, 5, why="put back, it runs again")

    def test_3_mounts_and_namespaces_are_no_way_around(self):
        evil, mnt = self.place / "stray/evil", self.place / "mnt"
        self.assert_refused("a bind mount", f"mount --bind {self.place}/stray {mnt} && {mnt}/evil", shell=True)
        self.assert_refused("a bind mount over an approved program",
                            f"mount --bind {evil} {self.place}/kiosk/good; {self.place}/kiosk/good; s=$?; "
                            f"umount {self.place}/kiosk/good; exit $s", shell=True)
        self.assert_refused("another mount namespace", "unshare", "--mount", str(evil))
        upper = self.place / "upper"
        (upper / "up").mkdir(parents=True)
        (upper / "work").mkdir()
        made = self.site.inside("mount", "-t", "overlay", "overlay", "-o",
                                f"lowerdir={self.place}/stray,upperdir={upper}/up,workdir={upper}/work", str(mnt))
        if made.returncode != 0:
            print(f"not staged: overlay cannot be mounted on tmpfs here: {made.stdout.strip()}")
            return
        try:  # a file system of its own, which the policy names by its place: guarded as soon as it is seen
            wait_until(lambda: self.runs(mnt / "evil") != 0, 10, why="an overlay is guarded like what is below it")
        finally:
            self.site.inside("umount", str(mnt))

    def test_4_a_program_in_memory_is_ended_and_told(self):
        code = ("import os; b=open('/bin/sleep','rb').read(); f=os.memfd_create('kw', 0); os.write(f, b); "
                "os.execve(f, ['sleep', '60'], {})")
        began = subprocess.Popen(["nsenter", "--target", str(self.site.agent_pid()), "--pid", "--mount", "--", PYTHON, "-c", code])
        try:
            self.assertIn(began.wait(20), (-signal.SIGKILL, 128 + signal.SIGKILL), "it is ended")
        finally:
            began.kill()
            began.wait()
        self.assertEqual(self.told("program.running", "it is told", reason="memory")["result"], "blocked")

    def test_5_a_key_file_is_put_back_whatever_happened_to_it(self):
        conf = self.place / "etc/kiosk.conf"
        for why, attack in {
                "edited": lambda: conf.write_text("server = 6.6.6.6\n"),
                "removed": conf.unlink,
                "replaced": lambda: (conf.with_name("new").write_text("x"), conf.with_name("new").rename(conf)),
                "made a link": lambda: (conf.with_name("link").symlink_to("/dev/null"), conf.with_name("link").rename(conf)),  # at once: what is missing is put back
                "made writable": lambda: conf.chmod(0o666)}.items():
            with self.subTest(why):
                attack()
                wait_until(lambda: conf.is_file() and not conf.is_symlink() and conf.read_text() == CONFIG
                           and conf.stat().st_mode & 0o777 == 0o644, 3, 0.02, f"{why}: it is put back")
        self.told("file.restored", "and told", path="/etc/kiosk.conf")

    def test_6_an_older_signed_version_does_not_come_back(self):
        conf = self.place / "etc/kiosk.conf"
        self.publish("enforce", version=2, config="server = 198.18.20.3\n")
        self.obeys()
        wait_until(lambda: conf.read_text() == "server = 198.18.20.3\n", 5, 0.05, "the new version is in place")
        conf.write_text(CONFIG)
        wait_until(lambda: conf.read_text() == "server = 198.18.20.3\n", 3, 0.02, "the older one does not stay")
        self.told("file.restored", "and is told as such", what="older")

    def test_7_changes_of_watched_files_name_digests_and_process(self):
        motd = self.place / "etc/motd"
        self.site.inside("/bin/sh", "-c", f"echo changed > {motd}")
        event = self.told("file.changed", "the change is told", path="/etc/motd", what="changed")
        self.assertNotEqual(event["params"]["before"], event["params"]["after"])
        self.assertTrue(event["params"]["pid"])
        (self.place / "etc/new.conf").write_text("x")
        self.told("file.changed", "a new file too", path="/etc/new.conf", what="added")
        motd.unlink()
        self.told("file.changed", "and one that is gone", path="/etc/motd", what="removed")

    def test_8_what_changed_while_the_agent_was_away_is_found(self):
        (self.place / "etc/motd").write_text("as approved\n")
        self.told("file.changed", "as approved again", path="/etc/motd", what="right")
        self.site.end("agent", signal.SIGKILL)
        (self.place / "etc/kiosk.conf").write_text("server = 6.6.6.6\n")
        (self.place / "etc/away.conf").write_text("x")
        self.site.start_agent()
        self.told("program.gate.lost", "the gap is an incident")
        self.told("file.changed", "the file that came meanwhile is told", path="/etc/away.conf", what="added")
        wait_until(lambda: (self.place / "etc/kiosk.conf").read_text() == "server = 198.18.20.3\n", 5, 0.05, "the key file is right")
        # The platform's fact may still be the one of the agent that was killed.
        wait_until(lambda: self.runs(self.place / "stray/evil") != 0, 20, why="the new agent's gate refuses it")
        wait_until(lambda: self.facts().get("programs.enforced") == "true", 20, why="and says so")

    def test_9_the_kernel_itself_refuses_programs_in_memory(self):
        """The switch is the PID namespace's: nobody else's memory is closed."""
        if not os.path.exists("/proc/sys/vm/memfd_noexec"):
            self.skipTest("the kernel has no vm.memfd_noexec (Linux 6.3)")
        self.publish("enforce", version=2, config="server = 198.18.20.3\n", close_memory=True)
        self.obeys()
        wait_until(lambda: self.facts().get("programs.memory") == "closed", 10, why="memory is closed")
        said = self.site.inside(PYTHON, "-c", "import os; b=open('/bin/true','rb').read(); f=os.memfd_create('kw', 0); "
                                "os.write(f, b); os.execve(f, ['true'], {})")
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("PermissionError", said.stdout)


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
