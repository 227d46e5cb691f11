"""Figures of a kiosk with every section enforced: footprint, block to alarm, start of the machine to rules in force.

usage: sections_bench.py [--rounds N] [--idle SECONDS]     (medians and p99 over the rounds; as root, namespaces needed)
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from bench.measures import children, cpu_seconds, footprint, memory_mib, name_of, row  # noqa: E402  the path above must come first
from demo.site import wait_until  # noqa: E402  the path above must come first
from tests.system.working_day import Day  # noqa: E402  the path above must come first

STICK = (0x0781, 0x5567, "0001", [(8, 6, 0x50)])


def refused_program(day, number):
    """A program of another name and content each time: equal ones are told together."""
    stray = day.programs / f"stray{number}"
    shutil.copy2("/bin/true", stray)
    with open(stray, "ab") as file:
        file.write(stray.name.encode())
    since = time.monotonic()
    try:
        subprocess.run([str(stray)], check=False)
    except PermissionError:
        return since
    raise AssertionError("an unknown program ran")


def refused_stick(day, number):
    """At a port of its own each time, on a tree of files: nobody tells the agent, who looks once a second."""
    since = time.monotonic()
    day.bus.plug(f"2-{number + 1}", *STICK)
    return since


def block_to_alarm(day, live, kind, attack, rounds):
    times = []
    for number in range(rounds):
        since = attack(day, number)
        at, alarm = live.wait(lambda m: m["kind"] == "alarm" and m["alarm"]["type"] == kind and m["alarm"]["state"] == "open")
        times.append(at - since)
        day.people["security"].post(f"/alarms/{alarm['alarm']['id']}/acknowledge", {"reason": "bench"})
        live.wait(lambda m: m["kind"] == "alarm" and m["alarm"]["id"] == alarm["alarm"]["id"] and m["alarm"]["state"] != "open")
    row(f"{kind}: deed to the alarm on WebSocket", times, "-")


def boot(day, rounds):
    """From the first instruction of guard-boot to the rules as the kernel lists them, the port still down."""
    agent = [str(day.agent_program), "guard-boot", "--config", str(day.root / "agent.toml")]
    times = []
    for _ in range(rounds):
        day.run_in("kiosk", "nft", "flush", "ruleset")
        day.run_in("kiosk", "ip", "link", "set", "eth0", "down")
        since = time.monotonic()
        done = day.run_in("kiosk", *agent, seconds=30)
        times.append(time.monotonic() - since)
        if done.returncode or "policy drop" not in day.run_in("kiosk", "nft", "list", "ruleset").stdout:
            raise AssertionError(f"no rules after guard-boot: {done.stderr}")
    row("guard-boot to rules in force, port down", times, "-")


def rest(pid, most=300):
    """Waits until the process has nothing to do any more; returns how long that took."""
    began = time.monotonic()
    while True:
        before = cpu_seconds(pid)
        time.sleep(5)  # what is waited for is that nothing happens
        if cpu_seconds(pid) - before < 0.1:
            return time.monotonic() - began
        if time.monotonic() - began > most:
            raise TimeoutError("never at rest")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=50)
    words.add_argument("--idle", type=float, default=30)
    words = words.parse_args()
    day = Day()
    try:
        day.open()
        agent = day.guard()
        names = {"guard": agent} | {name_of(child): child for child in children(agent)}
        wait_until(lambda: day.device(day.kiosk)["live"] == "online")
        rest(agent)
        print("after all was learnt:")
        footprint(names, 5)
        day.end("agent")
        day.start_agent()
        day.wait_device(day.kiosk, "on line again", lambda d: d["live"] == "online", 60)
        agent = day.guard()
        wait_until(lambda: len(children(agent)) >= 3, 30, why="all of its processes are there")
        names = {"guard": agent} | {name_of(child): child for child in children(agent)}
        print(f"start to rest: {rest(agent):.0f} s (every running program and watched file is compared)")
        camera = names.pop(next(name for name in names if name.startswith("kioskward-cam")))
        print(f"camera process: {memory_mib(camera)['VmRSS']:.1f} MiB")
        resident, used = footprint(names, words.idle)
        print(f"agent, all sections, without the camera's process: resident {resident:.1f} MiB, goal 40 MiB; idle CPU {used * 100:.2f} % of a core, goal 0.5 %")
        live = day.people["security"].live()
        block_to_alarm(day, live, "program.refused", refused_program, words.rounds)
        block_to_alarm(day, live, "peripheral.blocked", refused_stick, words.rounds)
        live.close()
        day.end("agent")
        boot(day, words.rounds)
    finally:
        day.close()


if __name__ == "__main__":
    main()
