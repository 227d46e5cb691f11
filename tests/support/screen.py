"""Screen: an X server without a monitor (Xvfb), whose picture is read from its frame buffer file; Clipboard: one of its
clipboards, by xclip. Standard library only."""
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib


class Picture:
    """What a screen showed: rows of RGB octets."""

    def __init__(self, xwd):
        """`xwd` is an X window dump of 32 bits a pixel, as Xvfb keeps it (XWDFile.h: 25 words, name, colours, rows)."""
        words = struct.unpack(">25I", xwd[:100])
        header, self.width, self.height, pitch, colours = words[0], words[4], words[5], words[12], words[19]
        start = header + 12 * colours
        self.rows = []
        for y in range(self.height):
            line = xwd[start + y * pitch:start + y * pitch + 4 * self.width]  # blue, green, red, unused
            row = bytearray(3 * self.width)
            row[0::3], row[1::3], row[2::3] = line[2::4], line[1::4], line[0::4]
            self.rows.append(bytes(row))

    def pixel(self, x, y):
        return self.rows[y][3 * x:3 * x + 3]

    def share(self, colour):
        """The part of the picture that has exactly this colour."""
        return sum(self._count(row, colour) for row in self.rows) / (self.width * self.height)

    @staticmethod
    def _count(row, colour):
        return sum(1 for x in range(0, len(row), 3) if row[x:x + 3] == colour)

    def bounds(self, colour, rows=None):
        """(left, top, right, bottom) of what is not `colour`, edges included; None where everything is."""
        left, top, right, bottom = self.width, None, -1, None
        plain = colour * self.width
        for y in rows or range(self.height):
            row = self.rows[y]
            if row == plain:
                continue
            top, bottom = y if top is None else top, y
            others = [x for x in range(self.width) if row[3 * x:3 * x + 3] != colour]
            left, right = min(left, others[0]), max(right, others[-1])
        return None if top is None else (left, top, right, bottom)

    def cut(self, left, top, right, bottom):
        """The octets of a part, edges included."""
        return b"".join(self.rows[y][3 * left:3 * right + 3] for y in range(top, bottom + 1))

    def save(self, path):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0))
                         + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in self.rows))) + chunk(b"IEND", b""))


class Screen:
    """`manager` is the window manager's command line; empty: none. The number that is free comes from Xvfb itself."""

    def __init__(self, width, height, manager=()):
        self.width, self.height = width, height
        self.root = tempfile.mkdtemp(prefix="kw-screen-")
        self.log = open(os.path.join(self.root, "log"), "wb")
        told, tell = os.pipe()
        self.processes = [subprocess.Popen(["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{width}x{height}x24", "-fbdir", self.root],
                                           pass_fds=[tell], stdout=self.log, stderr=self.log)]
        os.close(tell)
        with os.fdopen(told) as number:
            self.display = ":" + number.readline().strip()
        if self.display == ":":
            self.close()
            raise RuntimeError("Xvfb did not start")
        if manager:
            self.processes.append(subprocess.Popen(manager, env={**os.environ, "DISPLAY": self.display}, stdout=self.log, stderr=self.log))

    def picture(self):
        return Picture(pathlib.Path(self.root, "Xvfb_screen0").read_bytes())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        self.processes.clear()
        self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Clipboard:
    """`selection` is clipboard, primary or secondary."""

    def __init__(self, screen, selection="clipboard"):
        self.selection, self.owners = selection, []
        self.command = ["xclip", "-display", screen.display, "-selection", selection]

    def copy(self, what, target="UTF8_STRING"):
        """Another program owns it from now on, and serves `what`; it ends once the clipboard is somebody else's."""
        owner = subprocess.Popen([*self.command, "-quiet", "-i", "-t", target], stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        owner.stdin.write(what)
        owner.stdin.close()
        self.owners.append(owner)

    def paste(self, target="UTF8_STRING"):
        """Empty: nobody serves it in this form."""
        return subprocess.run([*self.command, "-o", "-t", target], capture_output=True, timeout=20, check=False).stdout

    def close(self):
        for owner in self.owners:
            owner.kill()
            owner.wait()
        self.owners.clear()
