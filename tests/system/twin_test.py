"""The agent defends itself: both of its processes killed, stopped and starved, its files, spool, units and table taken away.

Real processes and nftables in namespaces. For all of it the network stays closed: the kiosk is cut, a sender tries to get
out all the time, and a rule on the Internet host counts what arrives. Run by ctest as system.twin; by hand:
python3 tests/system/twin_test.py
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Site  # noqa: E402  the path above must come first
from demo.violations import BY_NAME, OUTSIDE  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.stolen_state import steal_state  # noqa: E402  the path above must come first

DETECTED = 3.0  # seconds that the specification gives from the deed to its detection
TOLD = 2.0      # more, for what is detected to reach the platform: a new process, a new connection
SENDER = "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nwhile True:\n" \
         "    try:\n        s.sendto(b'out', ('{outside}', 53))\n    except OSError:\n        pass\n    time.sleep(0.005)\n"


class TwinSite(Site):
    """A site whose agent protects its files: a copy of the program, and a tree that stands for systemd's directories."""

    def __init__(self, *args, **words):
        super().__init__(*args, **words)
        self.units, self.enabled = self.root / "units", self.root / "enabled"
        self.agent_program = self.root / "bin" / "kioskward-agent"

    def furnish(self):
        self.agent_program.parent.mkdir()
        shutil.copy2(BUILD / "bin" / "kioskward-agent", self.agent_program)
        for unit, wants in (("kioskward-agent.service", "multi-user.target.wants"), ("kioskward-netguard.service", "sysinit.target.wants")):
            self.units.mkdir(exist_ok=True)
            (self.units / unit).write_text(f"# {unit}\n")
            (self.enabled / wants).mkdir(parents=True)
            (self.enabled / wants / unit).symlink_to(self.units / unit)

    def agent_config(self, state=None, name="agent"):
        config = super().agent_config(state, name)
        text = config.read_text().split("[protect]")[0]
        text += f'[protect]\nfiles = "restore"\nunits = "{self.units}"\nenabled = "{self.enabled}"\n'
        config.write_text(text)
        return config


def state_of(pid):
    """The state letter of a process; empty where it is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    return ""


def status_of(pid, key):
    return re.search(rf"(?m)^{key}:[ \t]*(.*?)[ \t]*$", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)


class Twin(unittest.TestCase):
    figures = []

    @classmethod
    def setUpClass(cls):
        cls.site = TwinSite(tempfile.mkdtemp(prefix="kwtw-"), prefix=f"kwtw{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.site.furnish()
        subprocess.run(["ip", "netns", "exec", cls.site.net.ns("internet"), "nft",
                        "table ip seen { chain in { type filter hook input priority 0; ip saddr 198.18.10.0/24 counter; }; }"], check=True)
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        cls.site.publish()
        cls.start_agent()
        cls.site.wait_device(cls.device, "obeying", lambda d: d["live"] == "online" and d["policy_revision"] == d["policy_wanted"] > 0)
        BY_NAME["udp"].do(cls.site.net)
        cls.site.wait_device(cls.device, "cut", lambda d: d["live"] == "cut")
        cls.site.spawn("sender", "kiosk", [sys.executable, "-c", SENDER.format(outside=OUTSIDE)])

    @classmethod
    def tearDownClass(cls):
        print("\ndeed                                            seconds to the platform's knowing")
        print("\n".join(f"{what:48}{seconds:6.2f}" for what, seconds in cls.figures), flush=True)

    def setUp(self):
        if self.site.processes["agent"].poll() is not None:
            self.start_agent()
        self.settled()
        self.arrived = self.packets_outside()

    def tearDown(self):
        self.site.show_logs(self, 3000)

    # ---- steps -------------------------------------------------------------------------------------------------
    @classmethod
    def start_agent(cls):
        before = cls.site.log("agent").count("event=link.admitted")
        cls.site.start_agent()
        cls.site.wait_while("agent", lambda: cls.site.log("agent").count("event=link.admitted") > before, 25, "the agent is admitted")

    def settled(self):
        wait_until(lambda: (d := self.site.device(self.device)) and d["live"] in ("cut", "online") and self.link_pid(), 25,
                   why="both processes are there and the platform knows it")

    @property
    def guard_pid(self):
        return self.site.processes["agent"].pid

    def link_pid(self):
        """The link process: the guard's child that is not nft."""
        for child in pathlib.Path(f"/proc/{self.guard_pid}/task/{self.guard_pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if b"link-process" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        return 0

    def packets_outside(self):
        listed = subprocess.run(["ip", "netns", "exec", self.site.net.ns("internet"), "nft", "list", "table", "ip", "seen"],
                                capture_output=True, text=True, check=True).stdout
        return int(re.search(r"packets (\d+)", listed).group(1))

    def closed(self):
        self.assertIsNone(self.site.processes["sender"].poll(), "somebody tries to get out all the time")
        self.assertEqual(self.packets_outside(), self.arrived, "no packet left the kiosk")

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    @contextlib.contextmanager
    def told(self, what, kind, within=DETECTED + TOLD, **params):
        """What is done inside reaches the platform as an event of this type, in time; the agent's clock says when."""
        before = len(self.entries(kind, **params))
        since = time.monotonic()
        yield
        wait_until(lambda: len(self.entries(kind, **params)) > before, within + 15, 0.02, f"{kind} {params} is told")
        took = time.monotonic() - since
        self.figures.append((what, took))
        self.assertLess(took, within, what)

    # ---- what they are -----------------------------------------------------------------------------------------
    def test_01_the_link_process_has_no_power_and_the_guard_no_network(self):
        link = self.link_pid()
        self.assertEqual(status_of(link, "Uid").split(), [str(pathlib.Path(self.site.agent_dir, "link").stat().st_uid)] * 4)
        self.assertNotEqual(status_of(link, "Uid").split()[0], "0")
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status_of(link, kind), 16), 0, kind)
        self.assertEqual((status_of(link, "NoNewPrivs"), status_of(link, "Seccomp"), status_of(link, "Groups")), ("1", "2", ""))
        inodes = {os.readlink(f"/proc/{self.guard_pid}/fd/{fd}") for fd in os.listdir(f"/proc/{self.guard_pid}/fd")}
        for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
            for line in pathlib.Path(f"/proc/{self.guard_pid}/net/{table}").read_text().splitlines()[1:]:
                self.assertNotIn(f"socket:[{line.split()[9]}]", inodes, f"the guard has a {table} socket")
        for file in ("policy", "cut", "identity", "orders", "liveness.key"):
            path = self.site.agent_dir / file
            if path.exists():
                self.assertEqual((path.stat().st_uid, path.stat().st_mode & 0o777), (0, 0o600), file)

    # ---- killed, stopped ---------------------------------------------------------------------------------------
    def test_10_link_process_killed(self):
        old = self.link_pid()
        with self.told("link process: kill -9", "agent.twin.lost", how="killed", restored="true"):
            os.kill(old, signal.SIGKILL)
        self.assertNotIn(self.link_pid(), (0, old))
        self.closed()

    def test_11_link_process_stopped(self):
        old = self.link_pid()
        with self.told("link process: SIGSTOP", "agent.twin.lost", how="stopped", restored="true"):
            os.kill(old, signal.SIGSTOP)
        self.assertEqual(state_of(old), "", "killed and replaced")
        self.closed()

    def test_12_link_process_terminated_politely_goes_on(self):
        link = self.link_pid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(link, number)
        with self.told("link process: killed after SIGTERM", "agent.twin.lost", how="killed"):
            self.assertIn(state_of(link), "RSD", "only the guard ends it")
            os.kill(link, signal.SIGKILL)

    def test_18_link_process_frozen(self):
        """A frozen process dies when it is thawed: until then its spool is held, the guard goes on, and nothing opens."""
        group = pathlib.Path("/sys/fs/cgroup/freezer", f"kwtw{os.getpid()}")
        try:
            group.mkdir()
        except OSError as error:
            self.skipTest(f"no freezer here: {error}")
        self.addCleanup(group.rmdir)
        old, lost = self.link_pid(), self.site.log("agent").count("event=link.process_lost how=stopped")
        (group / "cgroup.procs").write_text(str(old))
        with self.told("link process: frozen 4 s by a control group", "agent.twin.lost", within=15, how="stopped"):
            (group / "freezer.state").write_text("FROZEN")
            since = time.monotonic()
            wait_until(lambda: self.site.log("agent").count("event=link.process_lost how=stopped") > lost, 10, why="noticed")
            self.assertLess(time.monotonic() - since, DETECTED)
            time.sleep(1)  # the attack goes on
            self.closed()
            (group / "freezer.state").write_text("THAWED")
        self.closed()

    def test_13_guard_killed(self):
        link, before = self.link_pid(), len(self.entries("agent.guard.lost"))
        with self.told("guard: kill -9", "agent.guard.lost", how="killed"):
            self.site.end("agent")
        wait_until(lambda: state_of(link) == "", 12, why="the orphan ends by itself")
        self.closed()
        self.start_agent()
        self.site.wait_device(self.device, "still cut, by a new pair", lambda d: d["live"] == "cut")
        self.assertEqual(len(self.entries("agent.guard.lost")), before + 1, "told once")
        self.closed()

    def test_14_guard_killed_and_started_at_once(self):
        """The service manager does not wait for the orphan."""
        with self.told("guard: kill -9, started at once", "agent.guard.lost", within=15, how="killed"):
            self.site.end("agent")
            self.start_agent()
        self.assertEqual(self.site.processes["agent"].poll(), None)
        self.closed()

    def test_15_guard_stopped_and_continued(self):
        with self.told("guard: SIGSTOP", "agent.guard.lost", how="stopped"):
            os.kill(self.guard_pid, signal.SIGSTOP)
        self.closed()
        os.kill(self.guard_pid, signal.SIGCONT)
        wait_until(lambda: not (self.site.agent_dir / "link" / "guard_lost").exists(), why="they are together again")
        self.settled()
        self.closed()

    def test_16_both_killed_at_once(self):
        link = self.link_pid()
        since = time.monotonic()
        os.kill(self.guard_pid, signal.SIGSTOP)  # so that neither sees the other go
        os.kill(link, signal.SIGKILL)
        self.site.end("agent")
        wait_until(lambda: self.entries("link.lost"), why="the platform sees the link go")
        self.figures.append(("both: kill -9 (the platform sees the link go)", time.monotonic() - since))
        self.closed()
        with self.told("both: kill -9, told on return", "agent.guard.lost", within=15, how="killed"):
            self.start_agent()
        self.closed()

    def test_17_both_stopped_at_once(self):
        link = self.link_pid()
        for pid in (self.guard_pid, link):
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: state_of(link) == "T" and state_of(self.guard_pid) == "T", why="both are stopped")
        time.sleep(4)  # longer than a guard may be away unseen: this wait is the attack itself
        self.closed()
        with self.told("both: SIGSTOP 4 s, told on return", "agent.guard.lost", how="stopped"):
            os.kill(self.guard_pid, signal.SIGCONT)
            os.kill(link, signal.SIGCONT)
        self.settled()
        self.closed()

    # ---- what they live on -------------------------------------------------------------------------------------
    def test_20_spool_deleted(self):
        with self.told("spool: rm -rf", "agent.spool.removed"):
            self.remove_spool()
        self.settled()
        with self.told("spool: moved away", "agent.spool.removed"):
            (self.site.agent_dir / "link" / "spool").rename(self.site.root / f"stolen-{time.monotonic_ns()}")
        self.closed()

    def remove_spool(self):
        shutil.rmtree(self.site.agent_dir / "link" / "spool", ignore_errors=True)  # a new one may come while the old one goes

    def test_21_what_waited_in_a_deleted_spool_arrives(self):
        self.site.end("server")
        self.addCleanup(lambda: "server" in self.site.processes or self.site.start_server())
        old = self.link_pid()
        os.kill(old, signal.SIGKILL)  # agent.twin.lost waits now
        wait_until(lambda: self.link_pid() not in (0, old), why="a new link process")
        wait_until(lambda: self.spooled() > 0, why="the event is in the spool")
        self.remove_spool()
        wait_until(lambda: (self.site.agent_dir / "link" / "spool").exists(), why="a new spool")
        before = len(self.entries_of_restarted_server("agent.twin.lost"))
        wait_until(lambda: len(self.entries("agent.spool.removed", missing="0")) > 0, why="nothing was lost")
        self.assertGreaterEqual(before, 1)

    def entries_of_restarted_server(self, kind):
        self.site.start_server()
        return wait_until(lambda: self.entries(kind, how="killed"), 30, why=f"{kind} arrives")

    def spooled(self):
        return sum(f.stat().st_size - 100 for f in (self.site.agent_dir / "link" / "spool").glob("*.seg"))

    def test_22_table_flushed(self):
        with self.told("table: policy deleted", "policy.drift", repaired="true"):
            self.nft("delete", "table", "inet", "kioskward")
        self.closed()
        since = time.monotonic()
        self.nft("flush", "ruleset")
        wait_until(lambda: {"kioskward", "kioskward_cut"} <= set(self.nft("list", "tables").split()), 3, 0.005, "both tables are back")
        self.figures.append(("table: flush ruleset, both back after", time.monotonic() - since))
        self.assertLess(time.monotonic() - since, 1.0)
        self.figures.append(("table: packets that got out meanwhile", self.packets_outside() - self.arrived))

    def nft(self, *words):
        return subprocess.run(["ip", "netns", "exec", self.site.net.ns("kiosk"), "nft", *words], capture_output=True, text=True,
                              check=True).stdout

    def test_23_program_replaced_and_deleted(self):
        good = self.site.agent_program.read_bytes()
        with self.told("program: replaced", "agent.files.changed", path=str(self.site.agent_program), how="changed", restored="true"):
            other = self.site.root / "other"
            other.write_bytes(b"#!/bin/sh\n")
            other.chmod(0o755)
            other.rename(self.site.agent_program)
        self.assertEqual(self.site.agent_program.read_bytes(), good)
        with self.told("program: deleted", "agent.uninstall.refused", reason="no_order"):
            self.site.agent_program.unlink()
        self.assertEqual(self.site.agent_program.read_bytes(), good)
        old = self.link_pid()
        with self.told("a link process is started from the running program", "agent.twin.lost", how="killed"):
            os.kill(old, signal.SIGKILL)
        self.closed()

    def test_24_configuration_changed_and_deleted(self):
        config = self.site.root / "agent.toml"
        good = config.read_text()
        for what, deed in (("configuration: changed", lambda: config.write_text('server = "198.18.30.30:1"\n')),
                           ("configuration: deleted", config.unlink)):
            with self.told(what, "agent.files.changed", path=str(config), restored="true"):
                deed()
            self.assertEqual(config.read_text(), good)
        self.closed()

    def test_25_unit_disabled_masked_deleted(self):
        link = self.site.enabled / "multi-user.target.wants" / "kioskward-agent.service"
        mask = self.site.enabled / "kioskward-agent.service"
        with self.told("unit: disabled", "agent.unit.disabled", how="disabled", restored="true"):
            link.unlink()
        self.assertEqual(os.readlink(link), str(self.site.units / "kioskward-agent.service"))
        with self.told("unit: masked", "agent.unit.disabled", how="masked", restored="true"):
            mask.symlink_to("/dev/null")
        self.assertFalse(os.path.lexists(mask))
        with self.told("unit: deleted", "agent.files.changed", path=str(self.site.units / "kioskward-netguard.service"), how="removed"):
            (self.site.units / "kioskward-netguard.service").unlink()
        self.assertTrue((self.site.units / "kioskward-netguard.service").exists())
        self.closed()

    def test_26_state_changed_and_deleted(self):
        state = self.site.agent_dir
        cut, policy = (state / "cut").read_bytes(), (state / "policy").read_bytes()
        with self.told("state: cut forgotten", "agent.files.changed", path=str(state / "cut"), how="removed", restored="true"):
            (state / "cut").unlink()
        with self.told("state: policy exchanged", "agent.files.changed", path=str(state / "policy"), how="changed", restored="true"):
            (state / "policy").write_bytes(b"older")
        with self.told("keys: deleted", "agent.files.changed", path=str(state / "link" / "device.key"), how="removed", restored="true"):
            (state / "link" / "device.key").unlink()
        self.assertEqual(((state / "cut").read_bytes(), (state / "policy").read_bytes()), (cut, policy))
        self.assertEqual((state / "link" / "device.key").stat().st_uid, (state / "link").stat().st_uid)
        self.closed()

    def test_27_configuration_changed_while_nothing_ran(self):
        self.site.end("agent", signal.SIGTERM)
        with self.told("configuration: changed while nothing ran", "agent.files.changed", within=15, how="while_away"):
            known = self.site.agent_config
            self.site.agent_config = lambda *a, **w: (p := known(*a, **w), p.write_text(p.read_text() + "# mallory\n"))[0]
            self.addCleanup(setattr, self.site, "agent_config", known)
            self.start_agent()
        self.closed()

    def test_28_directory_of_the_link_deleted(self):
        link = self.site.agent_dir / "link"
        owner = link.stat().st_uid
        with self.told("link's directory: rm -rf", "agent.files.changed", within=15, path=str(link / "device.key"), how="removed",
                       restored="true"):
            shutil.rmtree(link, ignore_errors=True)  # a new spool may come while the old one goes
        self.settled()
        self.assertEqual((link.stat().st_uid, link.stat().st_mode & 0o777), (owner, 0o700))
        self.closed()

    # ---- a fake ------------------------------------------------------------------------------------------------
    def spawn_fake(self, key, reason):
        """Attack A19: a link with stolen keys on the kiosk itself, and no guard behind it."""
        wait_until(lambda: not self.orphans(), 15, why="no orphan is left, which would write while we copy")
        stolen = steal_state(self.site, f"stolen-{reason}")
        before = len(self.entries("agent.fake", reason=reason))
        read, write = os.pipe()  # its life line
        self.addCleanup(os.close, write)
        argv = ["ip", "netns", "exec", self.site.net.ns("kiosk"), str(BUILD / "tests" / "fake_link"), str(stolen),
                self.site.platform_address, str(self.site.link_port), self.site.interface, key]
        machine = self.site.root / "kiosk.machine-id"
        argv = ["unshare", "-m", "sh", "-c", 'mount --make-rprivate / && mount --bind "$0" /etc/machine-id && exec "$@"', str(machine), *argv]
        since = time.monotonic()
        with open(self.site.root / "fake.log", "ab") as log:
            fake = subprocess.Popen(argv, stdin=read, stdout=log, stderr=log)
        os.close(read)
        self.addCleanup(fake.wait)
        self.addCleanup(fake.kill)
        wait_until(lambda: len(self.entries("agent.fake", reason=reason)) > before, 20, 0.02,
                   f"agent.fake {reason}: {self.site.log('fake')[-500:]}")
        self.figures.append((f"fake link: {reason}", time.monotonic() - since))

    def orphans(self):
        return [p for p in pathlib.Path("/proc").glob("[0-9]*") if self.is_link(p)]

    def is_link(self, process):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            return b"link-process" in words and str(self.site.agent_dir).encode() in words
        return False

    def test_30_fake_heartbeats_while_the_agent_is_dead(self):
        self.people["security"].post(f"/devices/{self.device}/release", {"reason": "system test"})
        self.site.end("sender")
        self.site.wait_device(self.device, "released", lambda d: d["live"] == "online")
        base = sqlite3.connect(f"file:{self.site.server_dir / 'kioskward.db'}?mode=ro", uri=True)
        key = base.execute("select liveness_key from devices where id = ?", (bytes.fromhex(self.device),)).fetchone()[0].hex()
        base.close()
        self.assertTrue(key, "the platform has remembered the guard's key")
        for shown, reason in ((key, "no_answer"), ("own", "key_changed"), ("none", "no_key")):
            with self.subTest(reason=reason):
                self.site.end("agent")
                self.spawn_fake(shown, reason)
                self.site.wait_device(self.device, "shown as not well", lambda d: d["live"] == "degraded")
                self.doCleanups()
        alarms = [a for a in self.site.alarms(self.device) if a["type"] == "agent.fake" and a["state"] == "open"]
        self.assertTrue(alarms, "an alarm stands open")
        self.start_agent()
        self.site.wait_device(self.device, "the true agent is believed again", lambda d: d["live"] == "online")

    # ---- removal -----------------------------------------------------------------------------------------------
    def uninstall(self, *words):
        return subprocess.run([str(BUILD / "bin" / "kioskward-agent"), "uninstall", "--config", str(self.site.root / "agent.toml"), *words],
                              capture_output=True, text=True, timeout=20, check=False)

    def test_40_removal_takes_a_signed_order(self):
        with self.told("uninstall: without an order", "agent.uninstall.refused", reason="no_order"):
            self.assertEqual(self.uninstall().returncode, 5)
        order = self.people["security"].post(f"/devices/{self.device}/uninstall-order", {"reason": "system test"})["order"]
        file = self.site.root / "order"
        file.write_text(order[:-2] + ("00" if order[-2:] != "00" else "01"))
        refused = self.uninstall("--order", str(file))
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertIsNone(self.site.processes["agent"].poll())
        file.write_text(order + "\n")
        with self.told("uninstall: with an order", "agent.uninstalled"):
            done = self.uninstall("--order", str(file))
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.site.processes["agent"].wait(10), 20, "the service manager does not start it again")
        self.assertFalse(self.orphans())
        self.site.agent_program.unlink()
        self.start_agent_from_build()
        again = self.uninstall("--order", str(file))
        self.assertIn("replayed", again.stderr)

    def start_agent_from_build(self):
        self.site.agent_program = BUILD / "bin" / "kioskward-agent"
        self.start_agent()


if __name__ == "__main__":
    if (why := permitted()):
        print(f"skipped: network namespaces are not permitted here ({why})")
        sys.exit(77)
    unittest.main(verbosity=2, failfast=False)
