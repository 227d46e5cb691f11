"""Attackers on the host as small programs of their own, and the records that login programs leave."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

PYTHON = os.path.realpath(sys.executable)
SHELL = os.path.realpath("/bin/sh")

# A "browser": a process that starts what it is told to on its standard input, directly or by way of two forks, and says
# the process's number; then how it ended, where it is its own child.
BROWSER = """
import json, os, sys
for line in sys.stdin:
    how, argv = json.loads(line)
    if how == "child":
        child = os.fork()
        if child == 0:
            os.execv(argv[0], argv)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        ours, theirs = os.pipe()
        middle = os.fork()
        if middle == 0:
            os.setsid()
            last = os.fork()
            if last == 0:
                os.execv(argv[0], argv)
            os.write(theirs, str(last).encode())
            os._exit(0)
        os.waitpid(middle, 0)
        print(os.read(ours, 16).decode(), flush=True)
        os.close(ours), os.close(theirs)
"""



class Browser:
    """A program of its own below `folder`, in the machine's own namespaces."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "browser"
        if not self.path.exists():
            shutil.copy2(PYTHON, self.path)
        self.process = subprocess.Popen([self.path, "-c", BROWSER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={"PYTHONHOME": sys.base_prefix, "PATH": os.environ["PATH"]})

    def start(self, *argv, how="child"):
        """Has it start a program: its number."""
        self.process.stdin.write(json.dumps([how, [str(a) for a in argv]]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def ended(self):
        """How the child that was started last ended."""
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


# What a debugger does first (ptrace(2), PTRACE_SEIZE), and then nothing.
TRACER = """
import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(0x4206, int(sys.argv[1]), None, None) != 0:
    raise OSError(ctypes.get_errno(), "ptrace")
print("attached", flush=True)
time.sleep(60)
"""


def login_record(kind, pid, line, user, host="", seconds=0):
    """One record of utmp(5) on x86-64: kind 6 is a login that failed (in btmp), 7 a session (in utmp)."""
    return struct.pack("<hxxi32s4s32s256shhiii4i20x", kind, pid, line.encode(), b"", user.encode(), host.encode(), 0, 0, 0,
                       seconds, 0, 0, 0, 0, 0)
