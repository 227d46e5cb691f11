"""Violations that a demo kiosk can be made to commit: one table for `kioskward demo`, the system test and the bench.

Each entry has a name, what it does in words, the event type that the platform must report, and two functions: do(net)
commits it in the kiosk's namespace (or beside it), undo(net) puts the machine right again.
"""
import socket
import subprocess
from dataclasses import dataclass
from typing import Callable

OUTSIDE = "203.0.113.9"
BUSINESS = "198.18.10.20"


@dataclass(frozen=True)
class Violation:
    name: str
    words: str
    event: str
    do: Callable
    undo: Callable
    offline: bool = False  # while it lasts the kiosk cannot reach the platform: the alarm arrives after undo


def _tcp(address, port):
    def attempt():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as link:
            link.setblocking(False)
            link.connect_ex((address, port))
            try:  # wait a moment for an answer that must not come
                link.settimeout(0.2)
                link.recv(1)
            except OSError:  # dropped or refused, as it should be
                pass
    return lambda net: net.inside("kiosk", attempt)


def _udp(address, port, data=b"kioskward demo"):
    def attempt():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
            try:
                box.sendto(data, (address, port))
            except PermissionError:  # the kernel refused it at once
                pass
    return lambda net: net.inside("kiosk", attempt)


DNS_QUERY = bytes.fromhex("4b570100000100000000000007657861 6d706c65036f72670000010001".replace(" ", ""))


def _ping(net):
    subprocess.run(["ip", "netns", "exec", net.ns("kiosk"), "ping", "-c1", "-W1", OUTSIDE], capture_output=True, check=False)


def _kiosk(*words, check=True):
    return lambda net: net.ip("kiosk", *words, check=check)


def _router(*words):
    return lambda net: net.ip("router", *words)


def _all(*steps):
    def run(net):
        for step in steps:
            step(net)
    return run


def _talk_to_gateway(net):
    """Makes the kiosk ask for its gateway's address again."""
    net.ip("kiosk", "neigh", "flush", "dev", "eth0", check=False)
    _udp("198.18.10.1", 9)(net)


def _announce_gateway(net):
    """The gateway says who it is, as a router does after a change of its address."""
    subprocess.run(["ip", "netns", "exec", net.ns("router"), "arping", "-c", "2", "-w", "2", "-A", "-I", "br-lan", "198.18.10.1"],
                   capture_output=True, check=False)


def _own_mac(net):
    net.ip("kiosk", "link", "set", "eth0", "address", net.mac("kiosk"))


def _gateway_mac(net):
    net.ip("router", "link", "set", "br-lan", "address", net.router_mac("lan"))


def _nothing(net):
    del net


DEFAULT = ("route", "replace", "default", "via", "198.18.10.1", "dev", "eth0")
ILLEGAL = "net.outbound.illegal"

VIOLATIONS = [
    Violation("tcp", "TCP connection to an Internet host", ILLEGAL, _tcp(OUTSIDE, 443), _nothing),
    Violation("udp", "UDP datagram to an Internet host", ILLEGAL, _udp(OUTSIDE, 9000), _nothing),
    Violation("icmp", "ping to an Internet host", ILLEGAL, _ping, _nothing),
    Violation("dns", "DNS query to a resolver outside", ILLEGAL, _udp(OUTSIDE, 53, DNS_QUERY), _nothing),
    Violation("port", "allowed host, port that is not allowed", ILLEGAL, _tcp(BUSINESS, 22), _nothing),
    Violation("interface", "a second network interface appears", "net.interface.added",
              _kiosk("link", "add", "usb0", "type", "veth", "peer", "name", "usb0p"), _kiosk("link", "del", "usb0", check=False)),
    Violation("tun", "a tunnel device appears", "net.interface.added",
              _kiosk("tuntap", "add", "dev", "tun0", "mode", "tun"), _kiosk("tuntap", "del", "dev", "tun0", "mode", "tun", check=False)),
    Violation("rename", "the pinned interface is renamed", "net.interface.renamed",
              _all(_kiosk("link", "set", "eth0", "down"), _kiosk("link", "set", "eth0", "name", "wlan0"),
                   _kiosk("link", "set", "wlan0", "up")),
              _all(_kiosk("link", "set", "wlan0", "down", check=False), _kiosk("link", "set", "wlan0", "name", "eth0", check=False),
                   _kiosk("link", "set", "eth0", "up"), _kiosk(*DEFAULT)), offline=True),
    Violation("ip", "the fixed IP address is changed", "net.address.changed",
              _all(_kiosk("addr", "add", "198.18.10.99/24", "dev", "eth0")),
              _all(_kiosk("addr", "del", "198.18.10.99/24", "dev", "eth0", check=False))),
    Violation("mac", "the MAC address is changed", "net.mac.changed",
              _kiosk("link", "set", "eth0", "address", "02:66:66:66:66:66"),
              _all(_own_mac, _kiosk(*DEFAULT))),
    Violation("gateway-mac", "another machine answers as the gateway", "net.gateway_mac.changed",
              _all(_router("link", "set", "br-lan", "address", "02:66:66:66:66:01"), _announce_gateway, _talk_to_gateway),
              _all(_gateway_mac, _announce_gateway, _talk_to_gateway)),
    Violation("route", "the default route is changed", "net.route.changed",
              _kiosk("route", "replace", "default", "via", BUSINESS, "dev", "eth0"), _kiosk(*DEFAULT), offline=True),
]
BY_NAME = {v.name: v for v in VIOLATIONS}
