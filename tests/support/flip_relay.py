"""FlipRelay: stands between a kiosk and its platform, and changes one bit of one record when it is told to.

It runs in the kiosk's namespace, so that the platform sees the kiosk's own address. Records are those of TLCP (GB/T 38636): type,
version, length, ciphertext. Handshakes pass as they are.
"""
import socket
import threading

DATA = 23


class FlipRelay:
    def __init__(self, network, host, target):
        self.network, self.host, self.target = network, host, target
        self.listener = network.inside(host, lambda: socket.create_server(("127.0.0.1", 0)))
        self.port = self.listener.getsockname()[1]
        self.lock, self.wanted, self.flipped = threading.Lock(), None, threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def flip_next(self, towards, least):
        """The next record of at least `least` octets towards "platform" or "kiosk" arrives with one bit changed."""
        with self.lock:
            self.flipped.clear()
            self.wanted = (towards, least)

    def accept(self):
        while True:
            try:
                kiosk, _ = self.listener.accept()
                platform = self.network.inside(self.host, lambda: socket.create_connection(self.target, timeout=5))
            except OSError:  # closed, or the platform is down: the kiosk tries again
                if self.listener.fileno() < 0:
                    return
                kiosk.close()
                continue
            platform.settimeout(None)
            for source, target, towards in ((kiosk, platform, "platform"), (platform, kiosk, "kiosk")):
                threading.Thread(target=self.pump, args=(source, target, towards), daemon=True).start()

    def pump(self, source, target, towards):
        pending = b""
        try:
            while got := source.recv(65536):
                pending += got
                while len(pending) >= 5 and len(pending) >= 5 + int.from_bytes(pending[3:5], "big"):
                    size = 5 + int.from_bytes(pending[3:5], "big")
                    record, pending = pending[:size], pending[size:]
                    target.sendall(self.spoilt(record, towards))
        except OSError:  # either side went away
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # already gone
                pass

    def spoilt(self, record, towards):
        with self.lock:
            if self.wanted is None or record[0] != DATA or self.wanted[0] != towards or len(record) < self.wanted[1]:
                return record
            self.wanted = None
        self.flipped.set()
        middle = len(record) // 2
        return record[:middle] + bytes([record[middle] ^ 1]) + record[middle + 1:]

    def close(self):
        self.listener.close()
