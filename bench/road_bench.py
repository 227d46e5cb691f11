"""Figures of the road on a demo site of its own: time to cut, time to alarm, footprint of the agent.

usage: road_bench.py [--rounds N] [--idle SECONDS]     (medians and p99 over the rounds; as root, namespaces needed)
"""
import argparse
import os
import pathlib
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from bench.measures import children, footprint, name_of, row  # noqa: E402  the path above must come first
from demo.site import Site, wait_until  # noqa: E402  the path above must come first
from demo.violations import BUSINESS, OUTSIDE  # noqa: E402  the path above must come first


def violate_and_feel_the_cut():
    """Connects outside and at once talks to an allowed place until the kernel refuses it: (start, cut), monotonic."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as link:
        link.setblocking(False)
        box.sendto(b"warm", (BUSINESS, 9000))
        start = time.monotonic()
        link.connect_ex((OUTSIDE, 443))
        while True:
            try:
                box.sendto(b"still there?", (BUSINESS, 9000))
            except PermissionError:
                return start, time.monotonic()
            if time.monotonic() - start > 5:
                raise TimeoutError("never cut")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=100)
    words.add_argument("--idle", type=float, default=30)
    words = words.parse_args()
    root = tempfile.mkdtemp(prefix="kw-bench-")
    with Site(root, prefix=f"kwb{os.getpid()}") as site:
        site.activate()
        device = site.enrol()
        site.publish()
        agent = site.start_agent()
        online = lambda d: d["live"] == "online" and d["policy_revision"] == d["policy_wanted"] > 0  # noqa: E731  a predicate
        site.wait_device(device, "on line", online)
        security = site.people["security"]
        live = security.live()
        cuts, alarms, tables = [], [], []
        for _ in range(words.rounds):
            start, cut = site.net.inside("kiosk", violate_and_feel_the_cut)
            at, alarm = live.wait(lambda m: m["kind"] == "alarm" and m["alarm"]["type"] == "net.outbound.illegal"
                                  and m["alarm"]["state"] == "open")
            cuts.append(cut - start)
            alarms.append(at - start)
            site.wait_device(device, "cut", lambda d: d["live"] == "cut")
            security.post(f"/devices/{device}/release", {"reason": "bench"})
            site.wait_device(device, "released", lambda d: d["live"] == "online")
            security.post(f"/alarms/{alarm['alarm']['id']}/acknowledge", {"reason": "bench"})
        for entry in site.people["audit"].get(f"/audit?limit=500&type=net.cut&device={device}")["items"]:
            if "latency_us" in entry["params"]:
                tables.append(int(entry["params"]["latency_us"]) / 1e6)
        row("violating connect() to the kernel's cut", cuts, "5 ms")
        if tables:
            row("packet in user space to the cut table in force", tables, "-")
        row("violating connect() to the alarm on WebSocket", alarms, "100 ms")
        wait_until(lambda: online(site.device(device)))
        both = {"guard": agent.pid, "link process": next(c for c in children(agent.pid) if name_of(c) == "kioskward-link")}
        resident, used = footprint(both, words.idle)
        print(f"agent, both: resident {resident:.1f} MiB, goal 30 MiB; idle CPU {used * 100:.2f} % of a core, goal 0.5 %")
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
