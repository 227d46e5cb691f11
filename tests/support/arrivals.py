"""Arrivals: a rule outside a kiosk that counts the packets which it should not have got out."""
import re


class Arrivals:
    """What the kiosk sends arrives with its own MAC at the business system, and with the router's outside."""

    def __init__(self, site):
        self.site = site
        for host, mac in {"business": site.net.mac("kiosk"), "internet": site.net.router_mac("wan")}.items():
            made = site.run_in(host, "nft", "table inet seen { counter arrived { }; "
                               "chain in { type filter hook prerouting priority -300; "
                               f"ether saddr {mac} tcp dport != 8080 counter name arrived; "
                               f"ether saddr {mac} meta l4proto {{ udp, icmp, 253 }} counter name arrived; }}; }}")
            if made.returncode != 0:
                raise RuntimeError(made.stderr)

    def count(self):
        return sum(int(n) for host in ("internet", "business") for n in
                   re.findall(r"packets (\d+)", self.site.run_in(host, "nft", "list", "counters").stdout))
