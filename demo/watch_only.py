"""The demo without namespaces: the platform and one kiosk on loopback, the agent in watch mode (it enforces nothing)."""
import subprocess
import sys

from demo.site import CONSOLE_PORT, Site, demo_policy


class NoNetwork:
    """Stands where Network stands, and has nothing to make or to clean up."""
    prefix = "kw"

    def up(self):
        pass

    def down(self):
        pass

    def ns(self, host):
        return host

    def inside(self, _host, work):
        return work()


class WatchOnly(Site):
    platform_address, interface = "127.0.0.1", "lo"

    def __init__(self, root, console_port=0):
        super().__init__(root, "kw", console_port)
        self.net = NoNetwork()

    def spawn(self, name, host, argv, machine_id=None):
        if argv[0] == sys.executable and host == "internet":
            return None  # there is no Internet host without a namespace to put it in
        with open(self.root / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self.processes[name]

    def open_console(self):
        self.console_port = CONSOLE_PORT

    def binding(self, host):
        return {"address": "127.0.0.1/8", "gateway": "", "mac": "00:00:00:00:00:00"}

    def publish(self, network=None, note="demo"):
        return super().publish(network or demo_policy("watch"), note)


__all__ = ["WatchOnly"]
