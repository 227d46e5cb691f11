"""The demo without namespaces: platform and kiosk are this machine, and the agent only watches (docs/adr/0011).

The kiosk is bound to the address that the machine has; no interface, address or rule is made for it.
"""
import contextlib
import dataclasses
import json
import socket
import subprocess

from demo.site import Site, demo_policy


@dataclasses.dataclass(frozen=True)
class Place:
    """Where this machine stands in its network, as a binding wants it."""
    interface: str
    address: str  # with prefix length
    gateway: str  # empty: none
    mac: str

    @property
    def host(self):
        return self.address.split("/")[0]


def _ip(*words):
    return json.loads(subprocess.run(["ip", "-j", *words], capture_output=True, text=True, check=True).stdout or "[]")


def choose(links, defaults):
    """The place out of what `ip -j address` and `ip -j -4 route show default` say: the interface of the best default
    route, or the first one that is up and has a MAC and a global IPv4 address. None: nothing but loopback."""
    ways = sorted(defaults, key=lambda route: route.get("metric", 0))
    rank = {way.get("dev"): place for place, way in reversed(list(enumerate(ways)))}
    for link in sorted(links, key=lambda link: rank.get(link.get("ifname"), len(ways))):
        mac = link.get("address", "")
        fixed = next((a for a in link.get("addr_info", []) if a["family"] == "inet" and a["scope"] == "global"), None)
        if link.get("link_type") != "ether" or "UP" not in link["flags"] or not fixed or not mac.strip("0:"):
            continue
        gateway = next((way.get("gateway", "") for way in ways if way.get("dev") == link["ifname"]), "")
        return Place(link["ifname"], f"{fixed['local']}/{fixed['prefixlen']}", gateway, mac)
    return None


def free_ports(*addresses):
    """Free ports, one an address and no two the same."""
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server((address, 0))).getsockname()[1] for address in addresses]


class NoNetwork:
    """Stands where Network stands, and has nothing to make or to clean up."""
    prefix = None

    def down(self):
        pass


class WatchOnly(Site):
    watch_only = True

    def __init__(self, root, console_port=0):
        self.place = choose(_ip("address"), _ip("-4", "route", "show", "default"))
        self.platform_address = self.place.host if self.place else "127.0.0.1"
        self.interface = self.place.interface if self.place else "lo"
        free, self.notice_port, self.link_port = free_ports("127.0.0.1", "127.0.0.1", self.platform_address)
        super().__init__(root, console_port=console_port or free)
        self.net, self.server_console_port = NoNetwork(), self.console_port

    def surround(self):
        pass  # nothing stands around a kiosk that is this machine

    def open_console(self):
        pass  # the platform's loopback is ours

    def spawn(self, name, host, argv, machine_id=None):
        with open(self.root / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self.processes[name]

    def binding(self, host):
        return {"address": self.place.address, "gateway": self.place.gateway, "mac": self.place.mac}

    def place_kiosk(self):
        return super().place_kiosk() if self.place else None

    def publish(self, network=None, note="demo"):
        return super().publish(network or demo_policy("watch"), note)


__all__ = ["Place", "WatchOnly", "choose"]
