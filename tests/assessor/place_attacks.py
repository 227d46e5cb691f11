"""Attacks on the terminal's place, and ways for data to leave it (clauses 9.7-b, 9.7-e): one row each, as in attacks.py."""
import subprocess

from demo.netns import HOSTS
from demo.site import REPO
from tests.assessor.attacks import Attack


def clone_address(terminal):
    """A laptop with the kiosk's address and MAC announces itself on the kiosk's segment."""
    address, _, mac, _ = HOSTS["kiosk"]
    terminal.site.net.add_host("laptop", address, mac)
    terminal.site.run_in("laptop", "ip", "link", "set", "eth0", "address", terminal.site.net.mac("kiosk"))
    terminal.site.run_in("laptop", "arping", "-c", "1", "-w", "1", "-A", "-I", "eth0", address.split("/")[0])


def clone_is_told(terminal):
    return terminal.alarms(("egress.address.claimed",)) > 0 and terminal.site.device(terminal.device)["live"] != "offline"


def take_laptop(terminal):
    terminal.site.net.ip("router", "link", "del", "v-laptop", check=False)
    subprocess.run(["ip", "netns", "del", terminal.site.net.ns("laptop")], check=False)
    HOSTS.pop("laptop", None)


def carry_away(terminal):
    """The kiosk's cable goes into a switch of another room, with a gateway of the same address."""
    net = terminal.site.net
    subprocess.run(["ip", "netns", "add", net.ns("elsewhere")], check=True)
    net.ip("elsewhere", "link", "add", "br0", "type", "bridge")
    net.ip("elsewhere", "link", "set", "br0", "address", "02:66:66:00:27:27", "up")
    net.ip("elsewhere", "addr", "add", "198.18.10.1/24", "dev", "br0")
    net.ip("router", "link", "set", "v-kiosk", "netns", net.ns("elsewhere"))
    net.ip("elsewhere", "link", "set", "v-kiosk", "master", "br0", "up")


def carry_back(terminal):
    net = terminal.site.net
    net.ip("elsewhere", "link", "set", "v-kiosk", "nomaster", check=False)
    net.ip("elsewhere", "link", "set", "v-kiosk", "netns", net.ns("router"), check=False)
    net.ip("router", "link", "set", "v-kiosk", "master", "br-lan", "up", check=False)
    subprocess.run(["ip", "netns", "del", net.ns("elsewhere")], check=False, capture_output=True)


def cut_there(terminal):
    """Nothing can be told from elsewhere: the cable comes back for the alarm."""
    if not terminal.cut():
        return False
    carry_back(terminal)
    return True


def upload_secret(terminal):
    path = terminal.kept["secret"] = terminal.upload / "plan.docx"
    path.write_bytes((REPO / "src/device/egress/testdata/marked.docx").read_bytes())


def secret_is_stopped(terminal):
    try:
        return not terminal.kept["secret"].read_bytes()
    except OSError:
        return True


def in_agents_mounts(terminal, *argv):
    return subprocess.run(["nsenter", "-t", str(terminal.site.processes["agent"].pid), "-m", *argv], capture_output=True, text=True, check=False)


def mount_stick(terminal):
    """A file system that could carry files away is mounted as /media would be."""
    image, place = terminal.site.root / "stick", terminal.site.root / "media"
    place.mkdir(exist_ok=True)
    with open(image, "wb") as out:
        out.truncate(4 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    mounted = in_agents_mounts(terminal, "mount", "-o", "loop", str(image), str(place))
    if mounted.returncode != 0:
        raise RuntimeError(mounted.stderr)


def stick_is_gone(terminal):
    return in_agents_mounts(terminal, "mountpoint", "-q", str(terminal.site.root / "media")).returncode != 0


PLACE_ATTACKS = [
    Attack("A02", "data copied to a mounted medium (loop device)", "no mount stays, alarm", mount_stick, stick_is_gone,
           ("egress.mount.refused",), told_within=10),
    Attack("A12", "laptop takes the kiosk's address and MAC", "alarm, the kiosk stays", clone_address, clone_is_told,
           ("egress.address.claimed",), take_laptop, within=15, told_within=15),
    Attack("A27", "cable in another segment with its own gateway", "network cut, nothing arrives, alarm later", carry_away, cut_there,
           ("egress.place.changed",), carry_back, within=15,  # asked every 10 s
           told_within=40),
    Attack("A63", "document with a secrecy marking uploaded", "refused, alarm", upload_secret, secret_is_stopped,
           ("egress.document.marked",), told_within=10),
]
