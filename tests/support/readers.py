"""Readers on a table: an identity-card reader's module on a pseudo terminal (GA 450, as open drivers speak to it), and a scanner that
types its codes as a keyboard does, on a FIFO below /dev. The agent's own adapters read them. Standard library only."""
import os
import select
import struct
import threading
import time
import tty

FIND, SELECT, READ = (0x20, 0x01), (0x20, 0x02), (0x30, 0x01)
HEAD = bytes.fromhex("aaaaaa9669")


def card(name, number, address, sex="2", birthday="19491231"):
    text = b""
    for value, octets in ((name, 30), (sex, 2), ("01", 4), (birthday, 16), (address, 70), (number, 36), ("深圳市公安局", 30),
                          ("20200101", 16), ("长期", 16), ("", 36)):
        text += (value.encode("utf-16-le") + b" \0" * octets)[:octets]
    return struct.pack(">HH", len(text), 1024) + text + b"W" * 1024


class CardReader:
    """`line` is where the agent finds it; what is laid on it is read until it is taken away."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.line = os.ttyname(self.slave)
        os.chmod(self.line, 0o666)
        self.laid, self.stopping = None, threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def lay(self, data):
        self.laid = data

    def answer(self, command):
        if command == FIND:
            return b"\x00\x00\x9f\0\0\0\0" if self.laid else b"\x00\x00\x80"
        if command == SELECT:
            return b"\x00\x00\x90" + bytes(8) if self.laid else b"\x00\x00\x81"
        if command == READ and self.laid:
            return b"\x00\x00\x90" + self.laid
        return b"\x00\x00\x41"

    def serve(self):
        asked = b""
        while not self.stopping.is_set():
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            asked += os.read(self.master, 64)
            if len(asked) < 10:
                continue
            body = self.answer((asked[7], asked[8]))
            framed = struct.pack(">H", len(body) + 1) + body
            total = 0
            for octet in framed:
                total ^= octet
            out = HEAD + framed + bytes([total])
            while out:
                out = out[os.write(self.master, out):]
            asked = b""

    def close(self):
        self.stopping.set()
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)


KEYS = {}
for first, plain, shifted in ((2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]\n", "QWERTYUIOP{}"), (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
                              (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"), (57, " ", "")):
    KEYS.update({letter: (first + i, False) for i, letter in enumerate(plain)})
    KEYS.update({letter: (first + i, True) for i, letter in enumerate(shifted)})


class Scanner:
    def __init__(self):
        self.line = f"/dev/kw-scanner-{os.getpid()}"
        os.mkfifo(self.line)
        os.chmod(self.line, 0o666)
        self.wire = os.open(self.line, os.O_RDWR)  # as a device does, it stays when nobody reads

    def shows(self, code):
        now = time.monotonic_ns() // 1000
        for letter in code + "\n":
            key, shift = KEYS[letter]
            for pressed, value in [(42, 1)] * shift + [(key, 1), (key, 0)] + [(42, 0)] * shift:
                now += 2000
                for kind, number, what in ((1, pressed, value), (0, 0, 0)):
                    os.write(self.wire, struct.pack("@qqHHi", now // 1_000_000, now % 1_000_000, kind, number, what))

    def close(self):
        os.close(self.wire)
        os.unlink(self.line)
