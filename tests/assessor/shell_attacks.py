"""Attacks from before the screen (clauses 8.2.3, 9.2.2): one row each, as in attacks.py. The browser, the screen and the keys are real."""
import os
import signal

from tests.assessor.attacks import Attack
from tests.support.console_client import wait_until

ESCAPES = {"alt+F4": "Alt+F4", "ctrl+alt+F2": "Ctrl+Alt+F2", "ctrl+alt+Delete": "Ctrl+Alt+Del", "Super_L": "Super", "F11": "F11", "alt+Tab": "Alt+Tab",
           "ctrl+shift+i": "Ctrl+Shift+I", "ctrl+o": "Ctrl+O", "ctrl+n": "Ctrl+N"}


def before(terminal):
    wait_until(terminal.shell.shown, 40, 0.01, "the page is on the screen")
    terminal.kept["session"] = terminal.shell.home(), set(terminal.shell.started()), terminal.shell.program()


def page_again(terminal):
    """A browser's start is no delay of the next attack's."""
    wait_until(terminal.shell.shown, 40, 0.01, "the page is on the screen again")


def press_escapes(terminal):
    before(terminal)
    terminal.shell.press(*ESCAPES)


def still_in_the_page(terminal):
    _, _, program = terminal.kept["session"]
    told = {e["params"]["hotkey"] for e in terminal.entries("shell.key")}
    return terminal.shell.shown() and terminal.shell.program() == program and set(ESCAPES.values()) <= told


def page_prints_and_saves(terminal):
    """What the page does when it is loaded: a new session loads it."""
    before(terminal)
    terminal.kept["requests"] = len(terminal.shell.requests())
    terminal.site.people["security"].post(f"/devices/{terminal.device}/actions", {"section": "shell", "action": "renew", "args": {}, "reason": "assessor"})


def nothing_printed_or_saved(terminal):
    said = terminal.shell.requests()[terminal.kept["requests"]:]
    return "/begun" in said and "/prints" not in said and not list(terminal.shell.home().rglob("certificate*"))


def crash(terminal):
    before(terminal)
    (terminal.kept["session"][0] / "canary").write_text("440301199001011234")
    terminal.shell.crash()


def kill_keeper(terminal):
    before(terminal)
    os.kill(terminal.shell.keepers(terminal.site.processes["agent"].pid)[0], signal.SIGKILL)


def started_again_and_wiped(terminal):
    """Until the browser has drawn its page the screen is black: how long that takes is the browser's own start."""
    home, old, _ = terminal.kept["session"]
    return (terminal.shell.program() not in (0, None, *old) and not home.exists()
            and not any(os.path.exists(f"/proc/{pid}") for pid in old) and (terminal.shell.black() or terminal.shell.shown()))


def empty_policies(terminal):
    terminal.kept["policies"] = terminal.shell.policies()
    terminal.shell.empty_policies()


def policies_are_back(terminal):
    return "URLBlocklist" in terminal.kept["policies"] and terminal.shell.policies() == terminal.kept["policies"]


SHELL_ATTACKS = [
    Attack("A32", "hot keys out of the kiosk's program", "still in its page, each key told", press_escapes, still_in_the_page, (), within=5),
    Attack("A33 b", "the page opens print and save", "neither happens", page_prints_and_saves, nothing_printed_or_saved, (), within=15, undo=page_again),
    Attack("A33 c", "the browser's managed policies emptied by root", "put back, alarm", empty_policies, policies_are_back,
           ("shell.policy.changed",), within=2, undo=page_again),
    Attack("A35", "the kiosk's program crashed", "black, started again within 3 s, session wiped, alarm", crash, started_again_and_wiped, ("shell.ended",), within=3, undo=page_again),
    Attack("A35 b", "the process that keeps it killed", "the same", kill_keeper, started_again_and_wiped, ("shell.lost",), within=3, undo=page_again),
]
