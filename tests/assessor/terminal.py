"""Terminal: the demo's kiosk with the sections of its network enforced, and what an assessor looks at to tell who won."""
import os
import shutil
import signal
import subprocess
import tempfile

from demo.netns import HOSTS
from demo.site import Site, demo_policy
from tests.assessor.host_attacks import host_section
from tests.assessor.local_attacks import PERIPHERALS, malware_section
from tests.support.arrivals import Arrivals
from tests.support.clamd import Clamd
from tests.support.console_client import wait_until
from tests.support.kiosk_shell import KioskShell
from tests.support.mounts import mount_points
from tests.support.scene import HEIGHT, WIDTH, Scene
from tests.support.software_tpm import SoftwareTpm, missing
from tests.support.usb_bus import Bus

SECTIONS = {
    "interfaces": {"mode": "enforce", "others_down": True, "bring_back": True, "restore_identity": True, "pin_gateway": True,
                   "refuse_autoconfiguration": True},
    "outbound": {"mode": "enforce", "end_connections": True, "guard_frames": True, "cut_on_frames": True},
}


def egress(folder):
    """Section egress over a folder of the site: the place by its gateway, documents, mounts that come later."""
    return {"mode": "enforce", "judged": ["gateway"], "guard_address": True, "folders": [str(folder)], "when_unreadable": "allow_unjudged",
            "quarantine": True, "guard_mounts": True, "mounts": mount_points()}


class TerminalSite(Site):
    """The kiosk's agent finds a tree of files in the place of /sys/bus: there is no USB bus here; /etc/chromium is its own."""
    bus, shell = None, None

    def agent_config(self, state=None, name="agent"):
        config = super().agent_config(state, name)
        config.write_text(config.read_text() + self.shell.config(self.shell.profiles if name == "agent" else "/dev/null/of-another-machine"))
        return config

    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            argv = ["sh", "-c", 'mount --bind "$0" /sys/bus && mount -t tmpfs -o mode=755 kw-chromium /etc/chromium && exec "$@"', str(self.bus.root),
                    *argv]
        elif str(self.agent_program) in argv:  # a thief's: it would write this machine's own rules of Chromium
            argv = ["sh", "-c", 'mount -t tmpfs -o mode=755 kw-chromium /etc/chromium && exec "$0" "$@"', *argv]
        return super().spawn(name, host, argv, machine_id)


class Terminal:
    def __init__(self):
        self.site = TerminalSite(tempfile.mkdtemp(prefix="kwas-"), prefix=f"kwas{os.getpid()}")
        self.shell = self.site.shell = KioskShell(self.site)
        self.device, self.arrivals, self.upload, self.kept = None, None, None, {}
        self.scene = Scene(f"{self.site.root}/scene")
        self.tpms = []
        self.bus, self.disk, self.clamd = None, None, None

    def start(self):
        self.site.quote_seconds = 2
        self.site.start()
        if missing() is None:  # the kiosk's keys are in a TPM, as on a real one
            self.site.tpm, self.site.tpm_use = self.new_tpm().transport, "require"
        self.arrivals = Arrivals(self.site)
        os.chmod(self.site.root, 0o711)  # the camera process is nobody, and reads the scene below
        self.scene.__enter__()
        self.site.activate()
        self.device = self.site.enrol()
        self.upload = self.site.root / "upload"
        self.upload.mkdir()
        self.bus = self.site.bus = Bus(self.site.root / "bus")
        self.start_scanner()
        self.shell.start()
        camera = {"mode": "enforce", "source": "test_frames", "device": self.scene.path, "width": WIDTH, "height": HEIGHT}
        self.site.publish(demo_policy(), defence=SECTIONS | {
            "egress": egress(self.upload), "camera": camera, "host": host_section(self.site.root), "peripherals": PERIPHERALS,
            "shell": self.shell.section(),
            **({"malware": malware_section(self)} if self.clamd else {})})
        self.site.start_agent()
        self.site.wait_device(self.device, "on line and obeying", lambda d: d["live"] == "online"
                              and d["policy_revision"] == d["policy_wanted"] > 0)
        self.approve_place()

    def start_scanner(self):
        """A disk of the terminal's own to be scanned, and clamd, where it is installed."""
        if not shutil.which("clamd"):
            return
        self.disk = self.site.root / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "kw-assessor", str(self.disk)], check=True)
        (self.disk / "tmp").mkdir()
        self.clamd = Clamd(self.site.root / "clamd", self.disk / "tmp")
        self.clamd.start()

    def approve_place(self):
        people = self.site.people["security"]

        def fact(key):
            return next((f["value"] for f in people.get(f"/devices/{self.device}")["facts"] if f["key"] == key), "")
        wait_until(lambda: fact("egress.place.gateway"), 20, why="the gateway has answered")
        people.post(f"/devices/{self.device}/actions", {"section": "egress", "action": "learn", "args": {}, "reason": "assessor"})
        waiting = wait_until(lambda: [b for b in people.get(f"/devices/{self.device}/baselines")["items"]
                                      if b["section"] == "egress" and b["state"] == "proposed"], 20, why="the kiosk proposes its place")
        people.post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "assessor"})
        wait_until(lambda: fact("egress.place") == "home", 20, why="the kiosk is at home")

    # ---- what an attacker does ---------------------------------------------------------------------------------
    def run(self, *argv, seconds=10):
        return self.site.run_in("kiosk", *argv, seconds=seconds)

    def ip(self, *words):
        return self.run("ip", *words)

    def inside(self, work):
        return self.site.net.inside("kiosk", work)

    def plug(self, name, kind=("veth", "peer", "name", "stranger"), address=None, route=False):
        """A port appears, gets an address, and becomes the way to everywhere."""
        if kind[0] == "tun":
            self.ip("tuntap", "add", "dev", name, "mode", "tun")
        else:
            self.ip("link", "add", name, "type", *kind)
        if address:
            self.ip("addr", "add", address, "dev", name)
        self.ip("link", "set", name, "up")
        if route:
            self.ip("route", "add", "default", "dev", name, "metric", "1")

    def unplug(self, name):
        self.ip("link", "del", name)

    # ---- what an assessor sees ---------------------------------------------------------------------------------
    def cut(self):
        return "kioskward_cut" in self.run("nft", "list", "tables").stdout

    def down(self, name):
        said = self.ip("-o", "link", "show", name).stdout
        return not said or "state DOWN" in said

    def identity_is_right(self):
        link = self.ip("-o", "link", "show", "eth0").stdout
        return (f"link/ether {self.site.net.mac('kiosk')}" in link and "UP" in link
                and self.ip("-o", "-4", "addr", "show", "eth0").stdout.split()[3:4] == [HOSTS["kiosk"][0]]
                and self.ip("route", "show", "default").stdout.startswith("default via 198.18.10.1 dev eth0"))

    def rules_are_there(self):
        return "drop_illegal" in self.run("nft", "list", "table", "inet", "kioskward").stdout

    def arrived(self):
        """Packets of the kiosk that policy does not allow and that arrived somewhere."""
        return self.arrivals.count()

    def alarms(self, kinds):
        """How often one of these was told, of this kiosk or of strangers who claim to be one."""
        return sum(a["count"] for a in self.site.alarms() if a["type"] in kinds)

    def settle(self):
        """Everything as on an ordinary day."""
        if self.site.processes.get("server") is None:
            self.site.start_server()
        self.agent_again()
        wait_until(self.identity_is_right, 15, 0.1, "address, MAC and route are right")
        self.site.calm(self.device, "assessor")

    def agent_again(self):
        """What the service manager does."""
        agent = self.site.processes.get("agent")
        if agent is None or agent.poll() is not None:
            self.site.end("agent")
            self.site.start_agent()

    def entries(self, kind):
        return self.site.entries(self.device, kind)

    def camera_sees(self):
        """The camera works, and no fault of it stands."""
        facts = {f["key"]: f["value"] for f in self.site.people["security"].get(f"/devices/{self.device}")["facts"]}
        return facts.get("camera.state") == "working"

    def camera_process(self):
        """The pid of the kiosk's camera process; 0: none runs."""
        said = self.run("pgrep", "-P", str(self.site.processes["agent"].pid), "-x", "kioskward-cam").stdout.split()
        return int(said[0]) if said else 0

    def new_tpm(self):
        out = SoftwareTpm(self.site.root / f"tpm{len(self.tpms)}").start()
        self.tpms.append(out)
        return out

    def stop(self):
        self.site.stop()
        self.shell.close()
        for tpm in self.tpms:
            tpm.stop()
        if self.clamd:
            self.clamd.stop()
        if self.disk:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)
        if self.scene.thread.is_alive():
            self.scene.__exit__()

    def end_agent(self, number=signal.SIGKILL):
        self.site.end("agent", number)
