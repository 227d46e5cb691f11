"""Section egress on real parts (clauses 9.7-b, 9.7-e; attacks A12, A27, A63 and the mount of A02): the place is learnt from
a real gateway and a real LLDP frame; the kiosk's cable is moved to another bridge with a gateway of its own; a second
station takes its address and MAC; marked documents come into spool and upload folders; a file is mounted by a loop device."""
import io
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import HOSTS, permitted  # noqa: E402  the path above must come first
from demo.site import REPO, Site, demo_policy  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.mounts import mount_points  # noqa: E402  the path above must come first

DOCUMENTS = REPO / "src" / "device" / "egress" / "testdata"
LLDP = bytes.fromhex("0180c200000e" "02005e000001" "88cc" "0207" "0402005e000001" "0409" "0567652d302f302f37"
                     "0602" "0e10" "0a05" "73772d3366" "0000")
ELSEWHERE = "02:66:66:00:27:27"


def capabilities():
    """The bounding set of the agent's unit with egress.conf, for setpriv."""
    units = REPO / "packaging" / "systemd"
    names = [name for unit in ("kioskward-agent.service", "kioskward-agent.service.d/egress.conf")
             for line in re.findall(r"(?m)^CapabilityBoundingSet=(.+)$", (units / unit).read_text()) for name in line.split()]
    return ",".join(["-all", *("+" + name.removeprefix("CAP_").lower() for name in names)])


class ConfinedSite(Site):
    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            argv = ["setpriv", "--bounding-set", capabilities(), *argv]
        return super().spawn(name, host, argv, machine_id)


class Egress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="kw-egress-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.spool, cls.upload, cls.mount = cls.root / "spool", cls.root / "upload", cls.root / "mnt"
        for folder in (cls.spool, cls.upload, cls.mount):
            folder.mkdir()
        (cls.upload / "before.txt").write_text("机密★5年")
        cls.site = ConfinedSite(tempfile.mkdtemp(prefix="kw-egress-site-"), prefix=f"kweg{os.getpid()}")
        cls.addClassCleanup(shutil.rmtree, cls.site.root, ignore_errors=True)
        cls.addClassCleanup(cls.site.stop)
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        # What this machine has mounted is its own; only what comes later is a way out.
        network = demo_policy()
        network["cut"]["on_identity_change"] = False  # the network section would cut for the gateway's MAC as well, and first
        cls.site.publish(network, defence={"egress": {
            "mode": "enforce", "judged": ["gateway", "neighbour", "range"], "guard_address": True,
            "folders": [str(cls.spool), str(cls.upload)], "words": ["内部资料"], "when_unreadable": "allow_unjudged",
            "quarantine": True, "guard_mounts": True, "mounts": mount_points(), "watch_printers": True}})
        cls.site.start_agent()
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 40)

    def tearDown(self):
        self.site.show_logs(self)

    @classmethod
    def fact(cls, name):
        return cls.site.facts(cls.device).get(f"egress.{name}")

    def entries(self, kind, **params):
        return self.site.entries(self.device, f"egress.{kind}", **params)

    def told(self, kind, seconds=20, **params):
        return wait_until(lambda: self.entries(kind, **params), seconds, why=f"egress.{kind} {params} is told")[0]

    def says_lldp(self):
        def work():
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as box:
                box.bind(("v-kiosk", 0))
                box.send(LLDP)
        self.site.net.inside("router", work)

    def order(self, action, **args):
        self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "egress", "action": action, "args": args, "reason": "test"})

    def test_1_the_place_is_learnt_and_approved(self):
        gateway = self.site.net.router_mac("lan")
        wait_until(lambda: self.fact("place.gateway") == gateway, 20, why="the gateway has answered")
        self.says_lldp()
        wait_until(lambda: self.fact("place.neighbour") == "mac 02:00:5e:00:00:01 ge-0/0/7 (sw-3f)", 20, why="the switch is heard")
        self.order("learn")
        waiting = wait_until(lambda: [b for b in self.people["security"].get(f"/devices/{self.device}/baselines")["items"]
                                      if b["section"] == "egress" and b["state"] == "proposed"], 20, why="the kiosk proposes")
        content = self.people["audit"].get(f"/baselines/{waiting[0]['id']}")["content"]
        self.assertEqual((content["gateways"], content["ranges"]), ([gateway], ["198.18.10.0/24"]))
        self.people["security"].post(f"/baselines/{waiting[0]['id']}/approve", {"reason": "seen on site"})
        wait_until(lambda: self.fact("place") == "home", 20, why="the kiosk is at home")
        self.assertEqual(self.fact("place.match"), "gateway same, neighbour same, range same")

    def test_2_another_station_takes_address_and_mac(self):
        address, _, _, _ = HOSTS["kiosk"]
        self.site.net.add_host("thief", address, HOSTS["kiosk"][2])
        try:
            self.site.run_in("thief", "ip", "link", "set", "eth0", "address", self.site.net.mac("kiosk"))
            self.site.run_in("thief", "arping", "-c", "2", "-w", "3", "-A", "-I", "eth0", address.split("/")[0])
            began = time.monotonic()
            claim = self.told("address.claimed", how="mac")
            print(f"egress: the clone was told after {time.monotonic() - began:.1f} s", flush=True)
            self.assertEqual(claim["params"]["address"], address.split("/")[0])
            self.site.run_in("thief", "ip", "link", "set", "eth0", "address", "02:66:66:00:12:12")
            self.site.run_in("thief", "arping", "-c", "2", "-w", "3", "-A", "-I", "eth0", address.split("/")[0])
            self.told("address.claimed", how="arp", mac="02:66:66:00:12:12")
        finally:
            self.site.net.ip("router", "link", "del", "v-thief", check=False)
            subprocess.run(["ip", "netns", "del", self.site.net.ns("thief")], check=False)
            del HOSTS["thief"]
        self.site.calm(self.device)

    def test_3_the_cable_goes_elsewhere(self):
        net = self.site.net
        subprocess.run(["ip", "netns", "add", net.ns("elsewhere")], check=True)
        try:
            net.ip("elsewhere", "link", "add", "br0", "type", "bridge")
            net.ip("elsewhere", "link", "set", "br0", "address", ELSEWHERE, "up")
            net.ip("elsewhere", "addr", "add", "198.18.10.1/24", "dev", "br0")
            net.ip("router", "link", "set", "v-kiosk", "netns", net.ns("elsewhere"))
            net.ip("elsewhere", "link", "set", "v-kiosk", "master", "br0", "up")
            began = time.monotonic()
            wait_until(lambda: "kioskward_cut" in self.site.run_in("kiosk", "nft", "list", "tables").stdout, 15, 0.05, "the kernel's cut")
            print(f"egress: cut {time.monotonic() - began:.1f} s after the cable was plugged in elsewhere", flush=True)
        finally:
            net.ip("elsewhere", "link", "set", "v-kiosk", "nomaster", check=False)
            net.ip("elsewhere", "link", "set", "v-kiosk", "netns", net.ns("router"), check=False)
            net.ip("router", "link", "set", "v-kiosk", "master", "br-lan", "up")
            subprocess.run(["ip", "netns", "del", net.ns("elsewhere")], check=False)
        told = self.told("place.changed", 40, mark="gateway")
        self.assertEqual((told["result"], told["params"]["bound"], told["params"]["observed"]),
                         ("blocked", net.router_mac("lan"), ELSEWHERE))
        self.assertEqual(self.site.device(self.device)["live"], "cut")
        self.told("place.home", 40, mark="gateway")
        self.assertFalse(self.site.reaches_business(), "home alone releases nobody")
        self.says_lldp()
        self.site.calm(self.device)
        wait_until(lambda: self.fact("place") == "home", 20, why="the kiosk is at home")

    def drops(self, folder, name, content, marking):
        """Another process writes a document; nobody reads it, and it is taken away and told."""
        path = folder / name
        with self.subTest(name):
            path.write_bytes(content)
            began = time.monotonic()
            with self.assertRaises(OSError, msg="refused, or taken away already"):
                if not path.read_bytes():
                    raise FileNotFoundError("emptied")
            refused = time.monotonic() - began
            wait_until(lambda: not path.exists(), 20, 0.02, f"{name} is taken away")
            self.told("document.marked", path=path, marking=marking)
            self.told("document.quarantined", path=path)
            print(f"egress: {name:14s} refused after {refused * 1000:5.0f} ms", flush=True)

    def test_4_marked_documents(self):
        wait_until(lambda: self.fact("documents.gate") == "open", 20, why="the gate is open")
        self.told("document.quarantined", path=self.upload / "before.txt")
        self.drops(self.upload, "a.docx", (DOCUMENTS / "marked.docx").read_bytes(), "机密★10年")
        self.drops(self.spool, "d00001-001", (DOCUMENTS / "chromium_marked.pdf").read_bytes(), "机密★10年")
        self.drops(self.spool, "gbk.txt", "秘密★3年".encode("gbk"), "秘密★3年")
        self.drops(self.upload, "words.html", "<p>内<b>部</b>资料</p>".encode(), "内部资料")
        nested = io.BytesIO()
        with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(DOCUMENTS / "cairo_marked.pdf", "paper.pdf")
        self.drops(self.upload, "b.zip", nested.getvalue(), "绝密★")
        deep = self.upload / "new" / "folder"
        deep.mkdir(parents=True)
        wait_until(lambda: self.refused_in(deep), 10, 0.2, "a folder that came is guarded")
        for name in ("clean.docx", "chromium_clean.pdf"):
            shutil.copyfile(DOCUMENTS / name, self.upload / name)
            self.assertEqual((self.upload / name).read_bytes(), (DOCUMENTS / name).read_bytes())
        (self.upload / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        self.assertTrue((self.upload / "photo.png").read_bytes())
        self.told("document.unreadable", path=self.upload / "photo.png", detail="picture")

    def refused_in(self, folder):
        path = folder / f"{time.monotonic_ns()}.txt"
        path.write_text("绝密★长期")
        try:
            return not path.read_bytes()
        except OSError:
            return True

    def test_5_a_mount_is_taken_away(self):
        image = self.root / "image"
        with open(image, "wb") as out:
            out.truncate(4 << 20)
        made = subprocess.run(["mkfs.ext4", "-q", str(image)], capture_output=True, text=True, check=False)
        inside = ["nsenter", "-t", str(self.site.processes["agent"].pid), "-m"]
        if made.returncode == 0:
            made = subprocess.run([*inside, "mount", "-o", "loop", str(image), str(self.mount)], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            self.skipTest(f"no loop mounts here: {made.stderr.strip()}")
        began = time.monotonic()
        wait_until(lambda: subprocess.run([*inside, "mountpoint", "-q", str(self.mount)], check=False).returncode != 0, 10, 0.01, "taken away")
        print(f"egress: a loop mount was taken away after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)
        told = self.told("mount.refused", path=self.mount)
        self.assertEqual((told["result"], told["params"]["kind"]), ("blocked", "loop"))


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
