"""`make run`: the platform and a demo site around it, until Ctrl-C. Leaves nothing behind.

usage: run.py [--port N] [--dir DIR]    console port (default 8661, 0: any free one); where everything is kept meanwhile
KW_CITY=0: one site and one kiosk, without the simulated city
"""
import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo.business import PORTAL, BusinessSite  # noqa: E402  the path above must come first
from demo.city import City, wanted  # noqa: E402  the path above must come first
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, REPO, Refused  # noqa: E402  the path above must come first
from demo.watch_only import WatchOnly  # noqa: E402  the path above must come first

ROOT = REPO / "run" / "demo"
HEAD = """
  Console        {url}
  Administrators one role a person; activate each at first login (authenticator app for the code)
{people}
"""
SITE = """\
  Try, in a second shell at the checkout's root:
    {cli} demo violate tcp          the kiosk talks to an Internet host: dropped, cut, alarm
    {cli} demo violate --list       other violations (each has --undo)
    {cli} demo session              a business session from the kiosk's screen to a database; then its timeline in the audit
    {cli} activate --account security.demo      the console from a shell; then: {cli} help
    {cli} verify ledger {ledger} --key {key}
    ip netns exec {kiosk} curl -s http://198.18.10.20:8080/     what the kiosk may do
    browse in {kiosk}: {portal}/portal/#kioskward={token}     the business page
    ip netns exec {kiosk} curl -s http://127.0.0.1:{notice}/   the notice that the kiosk's screen shows
"""
WATCHING = """\
  The kiosk is this machine itself ({interface}, {address}). It only watches: no rule is loaded, nothing is cut.
  What it tells at once is true: a kiosk has one interface and one address, this machine may have more.
  Try, in a second shell at the checkout's root:
    {cli} verify ledger {ledger} --key {key}
    curl -s http://127.0.0.1:{notice}/state     what the kiosk's screen would show
"""
ALONE = """\
  No kiosk: this machine has no interface with an IPv4 address besides loopback.
"""
TAIL = """\
  Logs           {root}/*.log

Ctrl-C ends everything.
"""


def relative(path):
    path = pathlib.Path(path).resolve()
    return path.relative_to(REPO) if path.is_relative_to(REPO) else path


def words_for(site, invited):
    people = "\n".join(f"    {account:16} one-time password {secret}" for account, secret in invited.items())
    words = {"url": site.url(), "people": people, "cli": relative(BUILD / "bin" / "kioskward"),
             "ledger": relative(site.server_dir / "ledger"), "key": relative(site.server_dir / "ledger.pem"),
             "notice": site.notice_port, "root": relative(site.root)}
    if not site.watch_only:
        middle, words["kiosk"], words["portal"], words["token"] = SITE, site.net.ns("kiosk"), PORTAL, site.token()
    elif site.place:
        middle, words["interface"], words["address"] = WATCHING, site.place.interface, site.place.address
    else:
        middle = ALONE
    return (HEAD + middle + TAIL).format(**words)


def on_signals(action):
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, action)


def interrupt(*_):
    on_signals(signal.SIG_IGN)  # the first one ends everything; cleaning up is not interrupted
    raise KeyboardInterrupt


def serve(site):
    """Returns the name of a process that ended by itself; ends with KeyboardInterrupt otherwise."""
    print("==> starting the platform and " + ("this machine as a kiosk" if site.watch_only else "the demo site"), flush=True)
    site.requirements = REPO / "catalogue" / "compliance"
    site.server_extra += f'\n[export]\nshipped = "{REPO}/packaging/export"\n'
    site.start()
    print(words_for(site, site.prepare()), flush=True)
    if not site.watch_only and wanted():
        print("==> a city comes on line: its kiosks enrol and bring what happened in the last weeks", flush=True)
        print(City(site).settle().words(), flush=True)
    while True:
        for name, process in site.processes.items():
            if process.poll() is not None:
                return name
        time.sleep(1)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--port", type=int, default=8661)
    words.add_argument("--dir", type=pathlib.Path, default=ROOT)
    given = words.parse_args()
    given.dir = given.dir.resolve()
    if given.dir != ROOT and given.dir.exists():
        words.error(f"{given.dir} exists")  # it is emptied at the start and removed at the end
    on_signals(interrupt)
    site, ended = None, False
    try:
        reason = permitted()
        if reason:
            print(f"==> network namespaces are not permitted here ({reason}): platform and one kiosk in watch mode", flush=True)
        site = WatchOnly(given.dir, given.port) if reason else BusinessSite(given.dir, "kw", given.port)
        name = serve(site)
        print(f"FAILED: {name} ended with {site.processes[name].returncode}\nmend: see {relative(given.dir)}/{name}.log", flush=True)
    except KeyboardInterrupt:
        ended = True
        print("\n==> ending everything", flush=True)
    except (OSError, RuntimeError, Refused, subprocess.SubprocessError) as problem:
        print(f"FAILED: {problem}\nmend: see {relative(given.dir)}/*.log", flush=True)
    finally:
        on_signals(signal.SIG_IGN)
        if site:
            site.stop()
    if ended:
        shutil.rmtree(given.dir, ignore_errors=True)
        if given.dir == ROOT and not any(ROOT.parent.iterdir()):
            ROOT.parent.rmdir()
    return 0 if ended else 1


if __name__ == "__main__":
    sys.exit(main())
