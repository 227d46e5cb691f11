"""Section system on real parts: debug settings are closed, closed again and put back; an unknown listener is named and
unreachable; users' leavings are cleared by order and nothing else is (clauses 5.4-c, 6.4-c.2, 6.4-d; attacks A32 and A41 of
the list in part). The kernel's settings are files of the test's own, bound over the real ones in the agent's mounts."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

LISTEN = ("import socket,sys; s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
          "s.bind(('0.0.0.0', 4444)); s.listen(); print('open', flush=True); sys.stdin.read()")
CONNECT = "import socket; socket.create_connection(('198.18.10.10', 4444), 1)"
SETTING = pathlib.Path("/proc/sys/kernel/core_pattern")


class System(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site(tempfile.mkdtemp(prefix="kw-sys-"), prefix=f"kws{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish()
        cls.site.start_agent()
        cls.obeys()
        cls.real = SETTING.read_text()
        cls.setting = cls.site.root / "core_pattern"
        cls.setting.write_text("core\n")
        cls.in_agents_mounts("mount", "--bind", str(cls.setting), str(SETTING))
        if cls.in_agents_mounts("cat", str(SETTING)) != "core\n":
            raise RuntimeError("the machine's own core_pattern would be changed")
        cls.cache = cls.site.root / "cache"
        cls.use("enforce")

    @classmethod
    def in_agents_mounts(cls, *argv):
        return subprocess.run(["nsenter", "-t", str(cls.site.processes["agent"].pid), "-m", *argv], check=True, timeout=10,
                              capture_output=True, text=True).stdout

    @classmethod
    def obeys(cls):
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 30)

    @classmethod
    def use(cls, mode):
        cls.site.publish(defence={"system": {
            "mode": mode, "editions": ["nothing 0"], "close_debug": True, "judge_listeners": True,
            "caches": [{"path": str(cls.cache), "keep_minutes": 0}],
            "clear_at_session_end": True}})
        cls.obeys()

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def facts(self):
        return self.site.facts(self.device)

    def test_1_findings_and_facts_are_told(self):
        wait_until(lambda: any(e["params"]["what"] == "edition" for e in self.entries("system.deviation")), 20, why="the edition is told")
        facts = wait_until(lambda: (f := self.facts()) and f.get("system.packages_installed") and f, 90, why="packages were read")
        self.assertGreater(int(facts["system.packages_installed"]), 100)
        self.assertNotEqual(facts["system.edition"].strip(), "")

    def test_2_a_debug_setting_is_closed_and_closed_again(self):
        wait_until(lambda: self.setting.read_text() == "|/bin/false", 20, why="the setting is closed")
        self.setting.write_text("|/tmp/intruder\n")
        wait_until(lambda: self.setting.read_text() == "|/bin/false", 20, why="it is closed again")
        wait_until(lambda: self.entries("system.setting.reopened"), 20, why="and told")
        self.assertEqual(self.entries("system.setting.reopened")[0]["params"]["from"], "|/tmp/intruder")

    def test_3_an_unknown_listener_is_named_and_nobody_reaches_it(self):
        listener = subprocess.Popen(["ip", "netns", "exec", self.site.net.ns("kiosk"), sys.executable, "-c", LISTEN],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            listener.stdout.readline()
            told = wait_until(lambda: [e for e in self.entries("system.listener.unknown") if e["params"]["port"] == "4444"], 20,
                              why="the listener is told")[0]
            self.assertEqual(told["result"], "blocked")
            self.assertRegex(told["params"]["process"], rf"^python3\S* {listener.pid}$")
            self.assertNotEqual(self.site.run_in("business", sys.executable, "-c", CONNECT).returncode, 0)
        finally:
            listener.stdin.close()
            listener.wait(10)
            listener.stdout.close()

    def test_4_leavings_are_cleared_by_order_and_nothing_else(self):
        outside = self.site.root / "outside"
        outside.mkdir()
        (outside / "kept").write_text("kept")
        (self.cache / "user").mkdir(parents=True)
        (self.cache / "user" / "form.pdf").write_text("personal")
        (self.cache / "link").symlink_to(outside)
        self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "system", "action": "clear_caches", "args": {}, "reason": "end of the day"})
        wait_until(lambda: not any(self.cache.iterdir()), 20, why="the place is empty")
        self.assertEqual((outside / "kept").read_text(), "kept")
        wait_until(lambda: self.entries("system.caches.cleared"), 20, why="it is told")
        self.assertEqual(self.entries("system.caches.cleared")[0]["params"]["count"], "2")

    def test_5_the_page_says_that_its_user_is_done(self):
        (self.cache / "form.pdf").write_text("left behind")
        told = self.site.run_in("kiosk", "curl", "-sS", "-X", "POST", "-H", "Origin: http://business.example",
                                f"http://127.0.0.1:{self.site.notice_port}/session/end", "-o", "/dev/null", "-w", "%{http_code}")
        self.assertEqual(told.stdout, "202", told.stderr)
        wait_until(lambda: not any(self.cache.iterdir()), 20, why="what was left behind is gone")
        wait_until(lambda: self.entries("system.caches.cleared", reason="session"), 20, why="it is told")

    def test_6_off_puts_the_machine_s_own_setting_back(self):
        self.use("off")
        wait_until(lambda: self.setting.read_text() == "core", 20, why="the machine's own value is back")
        self.assertEqual(SETTING.read_text(), self.real, "the real machine was never touched")


if __name__ == "__main__":
    reason = permitted() or (not SETTING.exists() and "no core_pattern here")
    if reason:
        print(f"skipped: network namespaces or a kernel setting are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
