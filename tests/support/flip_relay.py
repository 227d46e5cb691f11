"""FlipRelay: stands between a kiosk and its platform, and changes one bit of one record when it is told to.

It sits on the router, and takes the kiosk's address towards the platform, so that either side sees the addresses that it expects.
Records are those of TLCP (GB/T 38636): type,
version, length, ciphertext. Handshakes pass as they are.
"""
import contextlib
import socket
import subprocess
import threading

from demo.netns import HOSTS

DATA = 23


RULES = """\
table ip flips {{
  chain pre {{
    type nat hook prerouting priority -100;
    ip saddr {kiosk} ip daddr {platform} tcp dport {port} redirect to :{relay}
  }}
  chain post {{
    type nat hook postrouting priority 100;
    ip saddr {router} ip daddr {platform} tcp dport {port} snat to {kiosk}
  }}
}}
"""


class FlipRelay:
    def __init__(self, network, port, kiosk="kiosk", platform="platform"):
        addresses = {name: HOSTS[name][0].split("/")[0] for name in (kiosk, platform)}
        self.network, self.target = network, (addresses[platform], port)
        self.listener = network.inside("router", lambda: socket.create_server(("0.0.0.0", 0)))
        self.lock, self.wanted, self.flipped = threading.Lock(), None, threading.Event()
        rules = RULES.format(kiosk=addresses[kiosk], platform=addresses[platform], port=port,
                             router=HOSTS[platform][1], relay=self.listener.getsockname()[1])
        subprocess.run(["ip", "netns", "exec", network.ns("router"), "nft", "-f", "-"], input=rules, text=True, check=True)
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
            except OSError:  # closed
                return
            threading.Thread(target=self.serve, args=(kiosk,), daemon=True).start()

    def serve(self, kiosk):
        with kiosk:
            try:
                platform = self.network.inside("router", lambda: socket.create_connection(self.target, timeout=5))
            except OSError:  # the platform is down: the kiosk sees the same
                return
            with platform:
                platform.settimeout(None)
                back = threading.Thread(target=self.pump, args=(platform, kiosk, "kiosk"), daemon=True)
                back.start()
                self.pump(kiosk, platform, "platform")
                back.join()

    def pump(self, source, target, towards):
        pending = b""
        with contextlib.suppress(OSError):  # either side went away
            while got := source.recv(65536):
                pending += got
                while len(pending) >= 5 and len(pending) >= 5 + int.from_bytes(pending[3:5], "big"):
                    size = 5 + int.from_bytes(pending[3:5], "big")
                    record, pending = pending[:size], pending[size:]
                    target.sendall(self.spoilt(record, towards))
        for one in (source, target):
            with contextlib.suppress(OSError):  # already gone
                one.shutdown(socket.SHUT_RDWR)

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
