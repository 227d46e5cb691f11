"""mount_points: where something is mounted on this machine, for policies that take later mounts away only."""
import pathlib


def mount_points(most=64):
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    ways_out = [w[4] for w in (line.split() for line in lines)
                if w[w.index("-") + 1].startswith(("fuse", "nfs", "9p", "cifs", "virtiofs")) or w[w.index("-") + 2].startswith("/dev/loop")]
    return sorted(set(ways_out))[:most]
