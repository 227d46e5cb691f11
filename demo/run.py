"""`make run`: the platform and a demo site around it, until Ctrl-C. Leaves nothing behind."""
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, NOTICE_PORT, REPO, Site  # noqa: E402  the path above must come first
from demo.watch_only import WatchOnly  # noqa: E402  the path above must come first

ROOT = REPO / "run" / "demo"
PORT = 8661
TRY = """
  Console        {url}
  Administrators one role a person; activate each at first login (authenticator app for the code)
{people}
  Try, in a second shell at the checkout's root:
    {cli} demo violate tcp          the kiosk talks to an Internet host: dropped, cut, alarm
    {cli} demo violate --list       other violations (each has --undo)
    {cli} verify ledger {ledger} --key {key}
    ip netns exec {kiosk} curl -s http://198.18.10.20:8080/     what the kiosk may do
    ip netns exec {kiosk} curl -s http://127.0.0.1:{port}/   the notice that the kiosk's screen shows
  Logs           {root}/*.log

Ctrl-C ends everything.
"""


def relative(path):
    return pathlib.Path(path).relative_to(REPO)


def main():
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    reason = permitted()
    if reason:
        print(f"==> network namespaces are not permitted here ({reason}): platform and one kiosk in watch mode", flush=True)
    site = WatchOnly(ROOT, PORT) if reason else Site(ROOT, "kw", PORT, quiet=False)
    try:
        print("==> starting the platform and the demo site", flush=True)
        site.start()
        invited = site.prepare()
        people = "\n".join(f"    {account:16} one-time password {secret}" for account, secret in invited.items())
        print(TRY.format(url=site.url(), people=people, cli=relative(BUILD / "bin" / "kioskward"),
                         ledger=relative(site.server_dir / "ledger"), key=relative(site.server_dir / "ledger.pem"),
                         kiosk=site.net.ns("kiosk"), port=NOTICE_PORT, root=relative(ROOT)), flush=True)
        while not stop.wait(1):
            for name, process in site.processes.items():
                if process.poll() is not None:
                    print(f"FAILED: {name} ended with {process.returncode}\nmend: see {relative(ROOT)}/{name}.log", flush=True)
                    return 1
        print("\n==> ending everything", flush=True)
        return 0
    finally:
        site.stop()


if __name__ == "__main__":
    sys.exit(main())
