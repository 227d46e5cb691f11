"""What one platform takes of a simulated fleet: handshakes and admissions a second, heartbeats a second, memory of each side.

usage: fleet_bench.py [--kiosks N] [--seconds N]     (as root, namespaces needed; simulator and platform share the machine)
"""
import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from bench.measures import cpu_seconds, memory_mib  # noqa: E402  the path above must come first
from demo.city import City  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import Site, wait_until  # noqa: E402  the path above must come first

SITES = 10


def scenario(kiosks, heartbeat_ms):
    out = f"version = 1\nseed = 1\n[rates]\nheartbeat_ms = {heartbeat_ms}\n"
    for site in range(SITES):
        out += f'[[site]]\nname = "site {site}"\ndistrict = "district"\naddress = "a"\ncustodian = "c"\n'
        for number in range(site, kiosks, SITES):
            out += f'[[site.kiosk]]\nname = "kiosk {number}"\naddress = "198.18.{64 + number // 200}.{11 + number % 200}"\n'
    return out


def pid_of(site, name):
    return site.processes[name].pid


def measured(city, seconds, keys):
    """How much the figures grew a second, and what both sides used of a core meanwhile."""
    def changed(since):  # a line that was written after this one
        return wait_until(lambda: (now := city.figures())["seconds"] > since and now, 10, why="a new line of figures")
    before, cpu, began = changed(city.figures()["seconds"]), {n: cpu_seconds(pid_of(city.site, n)) for n in ("fleet", "server")}, time.monotonic()
    time.sleep(seconds)  # the time that is measured
    after, took = changed(city.figures()["seconds"]), time.monotonic() - began
    span = after["seconds"] - before["seconds"]
    used = {n: (cpu_seconds(pid_of(city.site, n)) - at) / took for n, at in cpu.items()}
    return {key: (after[key] - before[key]) / span for key in keys}, used


def with_fleet(kiosks, heartbeat_ms, words, then):
    site = Site(tempfile.mkdtemp(prefix="kw-bench-"), prefix=f"kwb{os.getpid()}")
    try:
        site.start()
        site.activate()
        site.publish()
        file = site.root / "city.toml"
        file.write_text(scenario(kiosks, heartbeat_ms))
        city, began = City(site, file), time.monotonic()
        city.settle("--per-second", "200", *words, seconds=300, online="--reconnect" not in words)
        print(f"{kiosks} kiosks enrolled, approved one by one over the API and on line: {time.monotonic() - began:.1f} s")
        then(city)
        city.end_fleet()
    finally:
        site.stop()
        shutil.rmtree(site.root, ignore_errors=True)


def show(what, rate, used):
    print(f"{what}: " + ", ".join(f"{key} {value:.0f}/s" for key, value in rate.items())
          + "; of a core: " + ", ".join(f"{name} {share * 100:.0f} %" for name, share in used.items()))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--kiosks", type=int, default=500)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--smoke", action="store_true", help="does it still work; judges no figure")
    words = words.parse_args()
    if refused := permitted():
        print(f"skipped: {refused}")
        return 77
    if words.smoke:
        words.kiosks, words.seconds = 20, 1

    def steady(city):
        show("heartbeats as the platform asks for them, every 5 s", *measured(city, words.seconds, ["heartbeats", "answered"]))
        fleet, server = (memory_mib(pid_of(city.site, name))["VmRSS"] for name in ("fleet", "server"))
        print(f"resident: simulator {fleet:.1f} MiB, {fleet * 1024 / words.kiosks:.0f} KiB a kiosk; platform {server:.1f} MiB")

    def fast(city):
        show("heartbeats as fast as each is answered", *measured(city, words.seconds, ["heartbeats", "answered"]))

    def storm(city):
        show("connections that end once they are admitted", *measured(city, words.seconds, ["handshakes", "admitted", "refused"]))

    with_fleet(words.kiosks, 0, [], steady)
    with_fleet(words.kiosks, 1, [], fast)
    with_fleet(words.kiosks, 0, ["--reconnect"], storm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
