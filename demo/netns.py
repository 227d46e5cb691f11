"""Namespaces and links of a demo site: made by hand with ip(8), gone without a trace.

    platform 198.18.20.2 ──┐
    business 198.18.10.20 ─┤ router ── internet 203.0.113.9
    kiosk    198.18.10.10 ─┘        └── fleet 198.18.64.0/18, where a city is simulated: an address a kiosk

The kiosk and the business system share a bridge (198.18.10.1 is their gateway). Addresses are from the ranges of
RFC 2544 and RFC 5737 and exist inside the namespaces only; the host's own network is not touched.
"""
import ctypes
import os
import subprocess
import threading
import zlib

CLONE_NEWNET = 0x40000000
HOSTS = {
    # name: (address, gateway, MAC of the site that `make run` makes, segment of the router)
    "platform": ("198.18.20.2/24", "198.18.20.1", "02:4b:57:00:20:02", "plat"),
    "business": ("198.18.10.20/24", "198.18.10.1", "02:4b:57:00:10:20", "lan"),
    "kiosk": ("198.18.10.10/24", "198.18.10.1", "02:4b:57:00:10:10", "lan"),
    "internet": ("203.0.113.9/24", "203.0.113.1", "02:4b:57:00:71:09", "wan"),
}
CITY_GATEWAY, CITY_HOST = "198.18.64.1", "198.18.64.2"
SEGMENTS = {"plat": "198.18.20.1/24", "lan": "198.18.10.1/24", "wan": "203.0.113.1/24"}


def permitted():
    """Says whether this machine lets us make network namespaces (None), or why not."""
    if os.geteuid() != 0:
        return "not root"
    trial = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False)
    if trial.returncode != 0:  # asked first: a failing `ip netns add` leaves a directory behind
        return trial.stderr.strip() or "unshare failed"
    name = f"kwprobe{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return None if made.returncode == 0 else made.stderr.strip() or "ip netns add failed"


class Network:
    def __init__(self, prefix="kw"):
        self.prefix = prefix

    def ns(self, host):
        return f"{self.prefix}-{host}"

    def mac(self, host):
        return self.own(HOSTS[host][2])

    def own(self, mac):
        """Sites that run side by side differ in their MACs: an agent takes its port back out of any namespace."""
        if self.prefix == "kw":
            return mac
        octets, mark = mac.split(":"), zlib.crc32(self.prefix.encode())
        return ":".join([*octets[:2], f"{mark & 0xff:02x}", f"{mark >> 8 & 0xff:02x}", *octets[4:]])

    def names(self):
        return [self.ns(h) for h in ("router", *HOSTS)]

    def ip(self, host, *words, check=True):
        return subprocess.run(["ip", "-n", self.ns(host), *words], check=check, capture_output=True, text=True)

    def up(self):
        self.down()
        for name in self.names():
            subprocess.run(["ip", "netns", "add", name], check=True)
        self.ip("router", "link", "set", "lo", "up")
        for segment, address in SEGMENTS.items():
            self.ip("router", "link", "add", f"br-{segment}", "type", "bridge")
            self.ip("router", "link", "set", f"br-{segment}", "address", self.router_mac(segment), "up")
            self.ip("router", "addr", "add", address, "dev", f"br-{segment}")
        self.sysctl("router", "net.ipv4.ip_forward", "1")
        for host in HOSTS:
            self.plug(host)

    def router_mac(self, segment):
        return self.own({"plat": "02:4b:57:00:20:01", "lan": "02:4b:57:00:10:01", "wan": "02:4b:57:00:71:01"}[segment])

    def plug(self, host):
        """Gives a host its interface eth0, address and default route."""
        address, gateway, _, segment = HOSTS[host]
        self.sysctl(host, "net.ipv6.conf.all.disable_ipv6", "1")
        self.sysctl(host, "net.ipv6.conf.default.disable_ipv6", "1")
        self.ip("router", "link", "add", f"v-{host}", "type", "veth", "peer", "name", "eth0", "netns", self.ns(host))
        self.ip("router", "link", "set", f"v-{host}", "master", f"br-{segment}", "up")
        self.ip(host, "link", "set", "lo", "up")
        self.ip(host, "link", "set", "eth0", "address", self.mac(host), "up")
        self.ip(host, "addr", "add", address, "dev", "eth0")
        self.ip(host, "route", "add", "default", "via", gateway)

    def add_host(self, host, address, mac):
        """Adds one more host to the kiosks' segment (a clone, a second kiosk)."""
        subprocess.run(["ip", "netns", "add", self.ns(host)], check=True)
        HOSTS[host] = (address, "198.18.10.1", mac, "lan")
        self.plug(host)

    def add_city(self, addresses):
        """Adds one host that has all these addresses: the simulated kiosks of a city, each bound to its own."""
        self.ip("router", "link", "add", "br-city", "type", "bridge")
        self.ip("router", "link", "set", "br-city", "address", self.own("02:4b:57:00:40:01"), "up")
        self.ip("router", "addr", "add", f"{CITY_GATEWAY}/18", "dev", "br-city")
        subprocess.run(["ip", "netns", "add", self.ns("fleet")], check=True)
        HOSTS["fleet"] = (f"{CITY_HOST}/18", CITY_GATEWAY, "02:4b:57:00:40:02", "city")
        self.plug("fleet")
        del HOSTS["fleet"]  # other networks of this process have no city
        lines = "".join(f"addr add {address}/18 dev eth0\n" for address in addresses)
        subprocess.run(["ip", "-n", self.ns("fleet"), "-batch", "-"], input=lines, text=True, check=True, capture_output=True)

    def sysctl(self, host, key, value):
        subprocess.run(["ip", "netns", "exec", self.ns(host), "sh", "-c",
                        f"echo {value} > /proc/sys/{key.replace('.', '/')}"], check=True, capture_output=True)

    def down(self):
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout.split("\n")
        for line in listed:
            name = line.split(" ")[0]
            if name.startswith(self.prefix + "-"):
                subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def inside(self, host, work):
        """Runs work() on a thread of its own inside the host's network namespace and returns what it returns."""
        box = {}

        def body():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{self.ns(host)}", "rb") as handle:
                if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                    box["error"] = OSError(ctypes.get_errno(), "setns")
                    return
            try:
                box["value"] = work()
            except Exception as problem:  # handed to the caller below, on the caller's own thread
                box["error"] = problem

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in box:
            raise box["error"]
        return box.get("value")
