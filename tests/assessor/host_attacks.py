"""Attacks on the terminal's operating system (clause 6.3-b): one row each, as in attacks.py."""
import subprocess

from tests.assessor.attacks import Attack
from tests.support.attackers import Browser, PYTHON, SHELL, TRACER, runs


def host_section(root):
    """Only what this terminal's own browser and agent stand for is ended: others may work on this machine."""
    return {"mode": "enforce", "browsers": [f"{root}/browser"], "below_browser": [f"{root}/printer"], "users": ["root"],
            "reactions": [{"kind": kind, "actions": ["end_process"]} for kind in ("escape", "trace")]}


def browser_starts(*argv, how="child"):
    def deed(terminal):
        terminal.kept["browser"] = Browser(terminal.site.root)
        terminal.kept["pid"] = terminal.kept["browser"].start(*argv, how=how)
    return deed


def ended_and_browser_goes_on(terminal):
    return not runs(terminal.kept["pid"]) and terminal.kept["browser"].process.poll() is None


def close_browser(terminal):
    terminal.kept.pop("browser").close()


def trace_the_guard(terminal):
    tracer = subprocess.Popen([PYTHON, "-c", TRACER, str(terminal.site.processes["agent"].pid)], stdout=subprocess.PIPE, text=True)
    terminal.kept["tracer"] = tracer
    tracer.stdout.readline()  # "attached", or nothing where it was ended before it could say so; else it ends with 1


def tracer_is_ended(terminal):
    return terminal.kept["tracer"].poll() == -9 and terminal.site.processes["agent"].poll() is None


def end_tracer(terminal):
    tracer = terminal.kept.pop("tracer")
    tracer.kill()
    tracer.wait()
    tracer.stdout.close()


HOST_ATTACKS = [
    Attack("A32 a", "shell out of the kiosk's browser", "ended, browser goes on, alarm", browser_starts(SHELL, "-c", "read x; sleep 60"),
           ended_and_browser_goes_on, ("host.escape",), close_browser, within=1),
    Attack("A32 b", "shell behind two forks, adopted by process 1", "ended, alarm", browser_starts(SHELL, "-c", "read x; sleep 60", how="far"),
           ended_and_browser_goes_on, ("host.escape",), close_browser, within=1),
    Attack("A33", "a dialog of the browser starts another program", "ended, alarm", browser_starts("/usr/bin/tail", "-f", "/dev/null"),
           ended_and_browser_goes_on, ("host.escape",), close_browser, within=1),
    Attack("6.3-b", "debugger at the guard", "debugger ended, guard goes on, alarm", trace_the_guard, tracer_is_ended,
           ("host.process.traced",), end_tracer, within=1),
]
