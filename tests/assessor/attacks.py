"""The attacks on a terminal that namespaces can stage: one row each, with the oracle that says who won."""
import contextlib
import os
import signal
import socket
import struct
import subprocess
from dataclasses import dataclass
from typing import Callable

from demo.violations import BUSINESS, DNS_QUERY, OUTSIDE
from tests.support.console_client import Console, Refused, wait_until
from tests.support.software_tpm import missing
from tests.support.stolen_state import steal_state


def nothing(_terminal):
    """Nothing has to be put right."""


@dataclass(frozen=True)
class Attack:
    id: str                    # of the list in the standard's attack scenarios
    words: str
    oracle: str
    do: Callable
    blocked: Callable          # asked again and again, the time until it says so is measured
    alarms: tuple              # event types; one of them must be told. Empty: none is asked
    undo: Callable = nothing
    within: float = 1.0        # seconds until it is blocked
    told_within: float = 5.0
    leaks: bool = False        # a packet that arrives is part of the deed (a flushed firewall's first ones)


ILLEGAL = ("net.outbound.illegal",)
PORT = ("net.interface.added", "interface.refused")
IDENTITY = ("interface.restored", "net.address.changed", "net.mac.changed", "net.route.changed")
CLONE = tuple(f"admission.refused.{why}" for why in ("wrong_ip", "wrong_mac", "wrong_digest", "duplicate_session"))


def sends(kind, address, port, data=b"kioskward assessor", times=1):
    def deed(terminal):
        def attempt():
            with socket.socket(socket.AF_INET, kind) as box:
                box.settimeout(0.2)
                for _ in range(times):
                    with contextlib.suppress(OSError):  # dropped, as it should be
                        box.connect((address, port))
                        box.send(data)
        terminal.inside(attempt)
    return deed


def plugs(name, **how):
    return lambda terminal: terminal.plug(name, **how)


def unplugs(name):
    return lambda terminal: terminal.unplug(name)


def is_down(name):
    return lambda terminal: terminal.down(name)


def steps(*commands):
    def deed(terminal):
        for command in commands:
            terminal.ip(*command)
    return deed


def cut(terminal):
    return terminal.cut()


def tripped(terminal):
    """The kernel's own cut: it needs no agent."""
    return "elements = " in terminal.run("nft", "list", "set", "inet", "kioskward", "trip").stdout


def right(terminal):
    return terminal.identity_is_right()


# ---- identity stolen --------------------------------------------------------------------------------------------
def steal(terminal, host, address, mac, machine):
    """The kiosk's whole state directory runs on another machine."""
    if not os.path.exists(f"/run/netns/{terminal.site.net.ns(host)}"):
        terminal.site.net.add_host(host, address, mac)
    stolen = steal_state(terminal.site, f"{host}-state")
    name = f"{host}-agent"
    # A machine of its own sees neither our processes nor our namespaces: else its agent takes the kiosk's port for its own.
    terminal.site.spawn(name, host, ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
                                     'mount -t tmpfs none /run/netns && exec "$@"', "sh", str(terminal.site.agent_program), "run",
                                     "--config", str(terminal.site.agent_config(stolen, name))], machine)


def steal_disk(terminal):
    steal(terminal, "offline", "198.18.10.67/24", "02:4b:57:00:10:67", "f" * 32)


def disk_is_useless(terminal):
    said = terminal.site.log("offline-agent")
    return terminal.site.processes["offline-agent"].poll() is not None and "sealed to other hardware" in said


def steal_everything(terminal):
    steal(terminal, "clone", "198.18.10.66/24", "02:4b:57:00:10:66", terminal.site.machine_id("kiosk"))


def steal_all_but_the_tpm(terminal):
    """Forged machine-id and board; what is soldered to the kiosk stays there, and the thief's machine has another one."""
    own, terminal.site.tpm = terminal.site.tpm, terminal.new_tpm().transport
    try:
        steal(terminal, "twin", "198.18.10.68/24", "02:4b:57:00:10:68", terminal.site.machine_id("kiosk"))
    finally:
        terminal.site.tpm = own


def tpm_keeps_the_key(terminal):
    return terminal.site.processes["twin-agent"].poll() is not None and "held by another TPM" in terminal.site.log("twin-agent")


def start_another_loader(terminal):
    """What a changed boot loader measures, and what the TPM then proves; a restart puts it right."""
    terminal.tpms[0].measure(4, "another boot loader")


def started_otherwise(terminal):
    return terminal.site.device(terminal.device)["live"] == "degraded"


def start_as_bound(terminal):
    terminal.end_agent(signal.SIGTERM)
    terminal.tpms[0].reboot()
    terminal.site.start_agent()


def clone_is_out(terminal):
    return "event=link.admitted" not in terminal.site.log("clone-agent") and terminal.alarms(CLONE) > 0


def end(name):
    return lambda terminal: terminal.site.end(name)


# ---- the channel ------------------------------------------------------------------------------------------------
def downgrade(terminal):
    """TLS 1.2 with AES, TLS 1.3, and plain HTTP to the platform's port; each answer is kept."""
    place = f"{terminal.site.platform_address}:{terminal.site.link_port}"
    terminal.kept["downgrade"] = [
        terminal.run("sh", "-c", f"echo | timeout 5 openssl s_client {version} -connect {place} 2>&1").stdout
        for version in ("-tls1_2", "-tls1_3")]
    terminal.kept["plain"] = terminal.run("curl", "-s", "-m", "3", f"http://{place}/").returncode


def not_downgraded(terminal):
    return terminal.kept["plain"] != 0 and all("New, (NONE)" in said or "Cipher is (NONE)" in said for said in terminal.kept["downgrade"])


def older_policy(terminal):
    """The policy of yesterday, with its own good signature, is put back while nothing runs."""
    policy = terminal.site.agent_dir / "policy"
    older = policy.read_bytes()
    wanted = terminal.site.device(terminal.device)["policy_revision"]
    terminal.site.publish(note="newer")
    terminal.site.wait_device(terminal.device, "newer policy", lambda d: d["policy_revision"] == wanted + 1)
    terminal.kept["revision"] = wanted + 1
    terminal.end_agent()
    policy.write_bytes(older)
    terminal.site.start_agent()


def policy_is_new(terminal):
    now = terminal.site.device(terminal.device)
    return now["live"] in ("online", "degraded") and now["policy_revision"] == terminal.kept["revision"]


# ---- the wire ---------------------------------------------------------------------------------------------------
def rogue_router(terminal):
    """Router advertisements with a prefix and a default route, from the kiosk's own segment."""
    prefix = struct.pack(">BBBBIII", 3, 4, 64, 0xc0, 86400, 14400, 0) + socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
    advertisement = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix
    terminal.site.run_in("router", "sysctl", "-qw", "net.ipv6.conf.br-lan.disable_ipv6=0")
    terminal.site.run_in("router", "ip", "-6", "addr", "add", "fe80::bad/64", "dev", "br-lan", "nodad")
    terminal.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0")
    terminal.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=2")  # the insider who prepares it
    wait_until(lambda: "fe80" in terminal.run("ip", "-6", "addr", "show", "eth0").stdout, 5, 0.1, "the port has an IPv6 address")

    def attempt():
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            for _ in range(3):
                raw.sendto(advertisement, ("ff02::1", 0, 0, socket.if_nametoindex("br-lan")))
    terminal.site.net.inside("router", attempt)


def no_stranger_configures(terminal):
    addresses, routes = terminal.run("ip", "-6", "addr", "show", "eth0").stdout, terminal.run("ip", "-6", "route").stdout
    return "2001:db8:bad" not in addresses + routes and "default" not in routes and terminal.run(
        "sysctl", "-n", "net.ipv6.conf.eth0.accept_ra").stdout.strip() == "0"


def no_ipv6(terminal):
    terminal.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")


# ---- the agent itself -------------------------------------------------------------------------------------------
def link_process(terminal):
    guard = terminal.site.processes["agent"].pid
    for child in subprocess.run(["pgrep", "-P", str(guard)], capture_output=True, text=True, check=False).stdout.split():
        with contextlib.suppress(OSError), open(f"/proc/{child}/cmdline", "rb") as words:
            if b"link-process" in words.read():
                return int(child)
    return 0


def signals(number):
    def deed(terminal):
        terminal.kept["link"] = wait_until(lambda: link_process(terminal), 10, why="the link process runs")
        os.kill(terminal.kept["link"], number)
    return deed


def link_is_replaced(terminal):
    return link_process(terminal) not in (0, terminal.kept["link"])


def kill_guard_and_go_out(terminal):
    terminal.end_agent()
    sends(socket.SOCK_STREAM, OUTSIDE, 443)(terminal)


def flush(terminal):
    terminal.run("nft", "flush", "ruleset")


def guess_passwords(terminal):
    terminal.kept["refusals"] = []
    for _ in range(8):
        try:
            Console(terminal.site.console_port).login("auditadmin", "wrong-password-1", "A" * 32)
        except Refused as refused:
            terminal.kept["refusals"].append(refused.code)


def guesses_are_stopped(terminal):
    return {"rate_limited", "locked"} & set(terminal.kept["refusals"])


ATTACKS = [
    Attack("A04", "phone shares its network over USB", "link down, nothing arrives, alarm",
           plugs("usb0", address="192.168.42.2/24", route=True), is_down("usb0"), PORT, unplugs("usb0")),
    Attack("A05", "Wi-Fi card", "link down, alarm", plugs("wlan0", address="192.168.1.5/24"), is_down("wlan0"), PORT, unplugs("wlan0")),
    Attack("A07", "4G modem (ppp0)", "link down, alarm", plugs("ppp0", kind=("tun",), address="10.64.0.2/30", route=True), is_down("ppp0"),
           PORT, unplugs("ppp0")),
    Attack("A08", "second Ethernet port", "link down, alarm", plugs("eth1", address="198.18.10.11/24"), is_down("eth1"), PORT, unplugs("eth1")),
    Attack("A10", "address changed", "restored, alarm",
           steps(("addr", "flush", "dev", "eth0"), ("addr", "add", "198.18.10.98/24", "dev", "eth0")), right, IDENTITY, told_within=15),
    Attack("A11", "MAC changed", "restored, alarm", steps(("link", "set", "eth0", "address", "02:66:66:66:66:66")), right, IDENTITY,
           told_within=15),
    Attack("A13", "state directory runs elsewhere with forged hardware", "admission refused, alarm", steal_everything, clone_is_out, CLONE,
           end("clone-agent"), within=20, told_within=20),
    *([] if missing() else [
        Attack("A13 b", "the same without the TPM", "key does not open", steal_all_but_the_tpm, tpm_keeps_the_key, (), end("twin-agent"), within=10),
        Attack("A29 b", "started with another boot loader", "shown as degraded, alarm", start_another_loader, started_otherwise,
               ("hardware.boot.changed",), start_as_bound, within=20, told_within=20)]),
    Attack("A15", "TLS 1.2, TLS 1.3 and plain HTTP to the platform", "no connection comes about", downgrade, not_downgraded, ()),
    Attack("A21", "rogue router advertisements", "address and route unchanged", rogue_router, no_stranger_configures,
           ("interface.restored", "net.address.changed"), no_ipv6, within=2, told_within=15),
    Attack("A22", "DNS tunnel", "network cut, nothing arrives, alarm", sends(socket.SOCK_DGRAM, OUTSIDE, 53, DNS_QUERY, times=5), cut, ILLEGAL),
    Attack("A24", "proxy on an allowed host's other port", "network cut, nothing arrives, alarm", sends(socket.SOCK_STREAM, BUSINESS, 1080), cut,
           ILLEGAL),
    Attack("A30", "disk read on another machine", "key does not open", steal_disk, disk_is_useless, (), end("offline-agent"), within=10),
    Attack("A37", "older signed policy put back", "newest one in force, alarm", older_policy, policy_is_new,
           ("policy.rolled_back",), within=30, told_within=30),
    Attack("A38", "firewall flushed by root", "rules back, alarm", flush, lambda t: t.rules_are_there(), ("policy.drift",), leaks=True),
    Attack("A42", "passwords guessed", "refused and slowed down", guess_passwords, guesses_are_stopped, (), within=10),  # eight slow hashes
    Attack("9.7-d.2 a", "agent's link process killed", "another one runs, alarm", signals(signal.SIGKILL), link_is_replaced,
           ("agent.twin.lost",), within=3, told_within=10),
    Attack("9.7-d.2 b", "agent's link process frozen", "killed and replaced, alarm", signals(signal.SIGSTOP), link_is_replaced,
           ("agent.twin.lost",), within=4,  # 2.5 s to notice, and the start of another one
           told_within=10),
    Attack("9.7-d.2 c", "guard killed, then out", "network cut by the kernel, alarm", kill_guard_and_go_out, tripped, ("agent.guard.lost",),
           told_within=15),
]
