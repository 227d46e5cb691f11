"""Section egress on real parts (clauses 9.7-b, 9.7-e; attacks A12, A27, A63 and the mount of A02): the place is learnt from
a real gateway and a real LLDP frame; the kiosk's cable is moved to another bridge with a gateway of its own; a second
station takes its address and MAC; marked documents come into spool and upload folders; a file is mounted by a loop device;
marked text is copied on a real X screen."""
import io
import os
import pathlib
import pwd
import re
import shutil
import signal
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
from tests.support.screen import Clipboard, Screen  # noqa: E402  the path above must come first

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
    browser_user, display = "nobody", ""

    def spawn(self, name, host, argv, machine_id=None):
        if name == "agent":
            argv = ["env", f"DISPLAY={self.display}", "setpriv", "--bounding-set", capabilities(), *argv]
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
        cls.screen = Screen(640, 480)
        cls.addClassCleanup(cls.screen.close)
        cls.site.display = cls.screen.display
        cls.site.start()
        cls.people = cls.site.activate()
        cls.device = cls.site.enrol()
        # What this machine has mounted is its own; only what comes later is a way out.
        cls.network = demo_policy()
        cls.network["cut"]["on_identity_change"] = False  # the network section would cut for the gateway's MAC as well, and first
        cls.section = {
            "mode": "enforce", "judged": ["gateway", "neighbour", "range"], "guard_address": True,
            "folders": [str(cls.spool), str(cls.upload)], "words": ["内部资料"], "when_unreadable": "allow_unjudged",
            "quarantine": True, "guard_mounts": True, "mounts": mount_points(), "watch_printers": True,
            "clipboard": "clear_marked", "clipboard_idle_seconds": 4}
        cls.site.publish(cls.network, defence={"egress": cls.section})
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

    # ---- the clipboard -----------------------------------------------------------------------------------------
    def clipboard(self, selection="clipboard"):
        clipboard = Clipboard(self.screen, selection)
        self.addCleanup(clipboard.close)
        return clipboard

    def watcher(self):
        """(PID, user, resident KiB) of this kiosk's watcher."""
        agent = self.site.processes["agent"].pid
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                status = (process / "status").read_text()
            except OSError:
                continue  # it has ended meanwhile
            resident = re.search(r"VmRSS:\s+(\d+)", status)  # none: it has ended and waits for its parent
            if resident and f"PPid:\t{agent}\n" in status and "Name:\tkioskward-clip" in status:
                return int(process.name), int(re.search(r"Uid:\t(\d+)", status).group(1)), int(resident.group(1))
        return None

    def copies(self, clipboard, what, marking, target="UTF8_STRING"):
        clipboard.copy(what, target)
        began = time.monotonic()
        wait_until(lambda: not clipboard.paste(target), 10, 0.01, f"{marking} is cleared")
        print(f"egress: {clipboard.selection:9s} cleared after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)

    def test_6_marked_text_in_the_clipboard(self):
        wait_until(lambda: self.fact("clipboard") == "watched", 20, why="the clipboard is watched")
        pid, user, resident = self.watcher()
        self.assertEqual(user, pwd.getpwnam("nobody").pw_uid)
        print(f"egress: the clipboard's watcher has {resident / 1024:.1f} MiB", flush=True)
        secret = "卷宗第七号 机密★10年"
        clipboard, primary = self.clipboard(), self.clipboard("primary")
        self.copies(clipboard, secret.encode(), "a marking")
        told = self.told("clipboard.marked", selection="clipboard", marking="机密★")
        self.assertEqual((told["result"], told["params"]["octets"]), ("blocked", str(len(secret.encode()))))
        self.copies(primary, "<p>内<b>部</b>资料</p>".encode(), "a word of policy", "text/html")
        self.told("clipboard.marked", selection="primary", marking="内部资料")
        self.copies(clipboard, b"x" * 700_000 + "绝密★".encode(), "a large content")
        self.told("clipboard.marked", selection="clipboard", marking="绝密★")
        primary.copy(b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")
        self.assertEqual(self.told("clipboard.unreadable", selection="primary", reason="picture")["result"], "observed")
        ledger = str(self.people["audit"].get(f"/audit?limit=500&device={self.device}")) + self.site.log("agent") + self.site.log("server")
        self.assertNotIn("卷宗", ledger, "what was copied is nobody's to read")

    def test_7_what_is_clean_stays_while_somebody_is_there(self):
        clipboard = self.clipboard()
        began = time.monotonic()
        clipboard.copy("身份证号".encode())
        wait_until(lambda: clipboard.paste().decode() == "身份证号", 3, 0.02, "it can be pasted")
        wait_until(lambda: not clipboard.paste(), 20, 0.05, "it goes with its user")
        self.assertGreater(time.monotonic() - began, 3)
        self.told("clipboard.cleared", selection="clipboard", reason="idle")

    def test_8_a_watcher_that_is_killed_or_stopped_comes_back(self):
        clipboard = self.clipboard()
        os.kill(self.watcher()[0], signal.SIGKILL)
        clipboard.copy("秘密★3年".encode())
        wait_until(lambda: not clipboard.paste(), 20, 0.05, "what was copied meanwhile is cleared")
        self.told("clipboard.lost", reason="ended")
        self.told("clipboard.marked", marking="秘密★")

    def test_9_watching_clears_nothing_and_always_clears_unread(self):
        def publish(**fields):
            self.site.publish(self.network, defence={"egress": {**self.section, **fields}})
            self.site.wait_device(self.device, "obeying", lambda d: d["policy_revision"] == d["policy_wanted"], 20)
            wait_until(lambda: self.watcher() and self.fact("clipboard") == "watched", 20, why="watched anew")
        publish(mode="watch")
        clipboard = self.clipboard()
        clipboard.copy("绝密★长期".encode())
        wait_until(lambda: [e for e in self.entries("clipboard.marked", marking="绝密★") if e["result"] == "observed"], 20,
                   why="it is told as observed")
        self.assertEqual(clipboard.paste().decode(), "绝密★长期")
        publish(clipboard="clear_always")
        wait_until(lambda: not clipboard.paste(), 10, 0.05, "what lay there is cleared")
        clipboard.copy(b"anything")
        wait_until(lambda: not clipboard.paste(), 10, 0.01, "whatever comes is cleared")
        self.assertNotIn("octets", {k: v for k, v in self.told("clipboard.cleared", reason="always")["params"].items() if v})


if __name__ == "__main__":
    reason = permitted()
    if reason:
        print(f"skipped: network namespaces are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
