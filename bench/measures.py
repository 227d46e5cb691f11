"""What benches of the whole road measure with: percentiles, and a process's memory and processor time."""
import os
import pathlib
import statistics
import time


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(name, values, goal):
    print(f"{name:44} median {statistics.median(values) * 1e3:8.3f} ms   p99 {percentile(values, 0.99) * 1e3:8.3f} ms   "
          f"max {max(values) * 1e3:8.3f} ms   goal p99 {goal}")


def cpu_seconds(pid):
    """What the process used, and those of its children that have ended: a program run once a second is its cost, too."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {key: int(status.split(key + ":")[1].split()[0]) / 1024 for key in ("VmRSS", "RssAnon")}


def proportional_mib(pid):
    """What is shared with the other process counts half."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("Pss:")[1].split()[0]) / 1024


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def footprint(processes, seconds):
    """Prints what each of {name: pid} holds and uses while nothing happens; returns (resident MiB, share of a core) of all."""
    before, since = {name: cpu_seconds(pid) for name, pid in processes.items()}, time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(1)  # measuring idleness is what this wait is for
    took = time.monotonic() - since
    resident, used = 0.0, 0.0
    for name, pid in processes.items():
        memory, share = memory_mib(pid), (cpu_seconds(pid) - before[name]) / took
        print(f"{name}: resident {memory['VmRSS']:.1f} MiB (anonymous {memory['RssAnon']:.1f} MiB, proportional "
              f"{proportional_mib(pid):.1f} MiB); idle CPU {share * 100:.2f} % of a core")
        resident, used = resident + memory["VmRSS"], used + share
    return resident, used
