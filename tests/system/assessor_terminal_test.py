"""An assessor's morning at one terminal: every attack that can be staged here, and a table of who won.

Run by ctest as system.assessor_terminal; by hand: python3 tests/system/assessor_terminal_test.py [ID ...]. The table goes to
build/artefacts/assessor_terminal.md.
"""
import pathlib
import shutil
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD  # noqa: E402  the path above must come first
from tests.assessor.attacks import ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.camera_attacks import CAMERA_ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.host_attacks import HOST_ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.place_attacks import PLACE_ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.shell_attacks import SHELL_ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.local_attacks import LOCAL_ATTACKS  # noqa: E402  the path above must come first
from tests.assessor.elsewhere import ELSEWHERE  # noqa: E402  the path above must come first
from tests.assessor.terminal import Terminal  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first

PATIENCE = 10  # seconds beyond what is asked: a late block is shown with its time, and is a failure


def waited(test, seconds, since, why):
    wait_until(test, seconds + PATIENCE, 0.01, why)
    return time.monotonic() - since


def stage(terminal, attack):
    """Returns (seconds to block, seconds to alarm or None) or raises."""
    terminal.settle()
    before, arrived = terminal.alarms(attack.alarms), terminal.arrived()
    since = time.monotonic()
    try:
        attack.do(terminal)
        since = since if attack.within <= 3 else time.monotonic()  # long preparations are no delay of ours
        block = waited(lambda: attack.blocked(terminal), attack.within, since, attack.oracle)
        if not attack.leaks and terminal.arrived() != arrived:
            raise AssertionError(f"{terminal.arrived() - arrived} packets arrived")
        terminal.agent_again()
        alarm = None
        if attack.alarms:
            alarm = waited(lambda: terminal.alarms(attack.alarms) > before, attack.told_within, since, f"one of {attack.alarms} is told")
    finally:
        attack.undo(terminal)
    if block > attack.within:
        raise AssertionError(f"blocked after {block:.2f} s, asked are {attack.within:.2f} s")
    if alarm is not None and alarm > attack.told_within:
        raise AssertionError(f"told after {alarm:.2f} s, asked are {attack.told_within:.2f} s")
    return block, alarm


def main(wanted):
    rows, failed = [], 0
    terminal = Terminal()
    try:
        terminal.start()
        for attack in (a for a in ATTACKS + PLACE_ATTACKS + CAMERA_ATTACKS + HOST_ATTACKS + LOCAL_ATTACKS + SHELL_ATTACKS if not wanted or a.id in wanted):
            try:
                block, alarm = stage(terminal, attack)
                result, times = "blocked", (f"{block * 1000:.0f} ms", "-" if alarm is None else f"{alarm * 1000:.0f} ms")
            except Exception as problem:  # one lost attack must not hide the next; it fails the run below
                traceback.print_exc()
                failed, result, times = failed + 1, f"**NOT BLOCKED**: {problem}", ("-", "-")
                print("".join(f"---- {n}.log\n{terminal.site.log(n)[-1500:]}\n" for n in ("server", "agent")), flush=True)
            rows.append((attack.id, attack.words, attack.oracle, result, *times))
            print(" | ".join(rows[-1]), flush=True)
    finally:
        terminal.stop()
        shutil.rmtree(terminal.site.root, ignore_errors=True)
    head = ("attack", "what", "oracle", "result", "to block", "to alarm")
    table = "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))
    table += "\n\nNot to be staged here:\n\n| attack | what | why | on a real kiosk |\n|---|---|---|---|\n"
    table += "\n".join(f"| {e.id} | {e.words} | {e.why} | `{e.command}` |" for e in ELSEWHERE)
    (BUILD / "artefacts").mkdir(parents=True, exist_ok=True)
    (BUILD / "artefacts" / "assessor_terminal.md").write_text(table + "\n")
    print(f"\n{table}\n\n{len(rows) - failed} passed, {failed} failed", flush=True)
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    if (reason := permitted()):
        print(f"skipped: network namespaces are not permitted here: {reason}")
        sys.exit(77)
    sys.exit(main(sys.argv[1:]))
