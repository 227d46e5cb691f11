"""Attacks on the terminal's camera (clause 5.1-c): one row each, as in attacks.py."""
import os
import signal

from demo.site import Refused
from tests.assessor.attacks import Attack
from tests.support.console_client import wait_until

CAMERA = ("camera.covered", "camera.lost", "camera.frozen", "camera.moved")


def shows(scene):
    """The camera's view changes from an ordinary one."""
    def do(terminal):
        wait_until(terminal.camera_sees, 40, 0.1, "the camera works")
        terminal.kept["camera"], terminal.kept["ended"] = camera_alarms(terminal), len(terminal.entries("camera.fault.ended"))
        terminal.scene.show(scene)
    return do


def camera_alarms(terminal):
    return terminal.alarms(CAMERA)


def camera_is_told(terminal):
    return camera_alarms(terminal) > terminal.kept["camera"]


def show_hall(terminal):
    terminal.scene.show("hall")
    wait_until(lambda: len(terminal.entries("camera.fault.ended")) > terminal.kept["ended"], 40, 0.1, "the camera works again")


def kill_camera(terminal):
    wait_until(terminal.camera_sees, 40, 0.1, "the camera works")
    terminal.kept["camera"] = camera_alarms(terminal)
    os.kill(terminal.camera_process(), signal.SIGKILL)


def look_without_right(terminal):
    """Everybody who may not, and one who may for longer than is allowed."""
    terminal.kept["refusals"], people = [], terminal.site.people
    before = len(terminal.entries("order.refused"))
    for who in ("audit", "system"):
        try:
            people[who].post(f"/devices/{terminal.device}/actions", {"section": "camera", "action": "live", "args": {"seconds": "60"},
                                                                     "reason": "curious"})
        except Refused as refused:
            terminal.kept["refusals"].append(refused.code)
    people["security"].post(f"/devices/{terminal.device}/actions", {"section": "camera", "action": "live", "args": {"seconds": "86400"},
                                                                    "reason": "for a day"})
    wait_until(lambda: len(terminal.entries("order.refused")) > before, 10, 0.1, "the kiosk refuses")


def nobody_looked(terminal):
    return len(terminal.kept["refusals"]) == 2 and not terminal.entries("camera.used")


def look_with_right(terminal):
    terminal.site.people["security"].post(f"/devices/{terminal.device}/actions", {
        "section": "camera", "action": "live", "args": {"seconds": "3"}, "reason": "ticket 7"})
    wait_until(lambda: terminal.entries("camera.used"), 10, 0.1, "the use is recorded")


def look_is_over(terminal):
    return terminal.entries("camera.use.ended")


CAMERA_ATTACKS = [
    Attack("A58 a", "camera covered", "alarm within 10 s", shows("dark"), camera_is_told, CAMERA, show_hall, within=10, told_within=10),
    Attack("A58 b", "camera's picture frozen", "alarm within 10 s", shows("frozen"), camera_is_told, CAMERA, show_hall, within=10, told_within=10),
    Attack("A58 c", "camera unplugged (its process killed)", "alarm within 10 s, works again", kill_camera, camera_is_told, CAMERA, show_hall,
           within=10, told_within=10),
    Attack("A60 a", "camera used without a right, or for longer than allowed", "refused, recorded", look_without_right, nobody_looked, (), within=10),
    Attack("A60 b", "live view after its time", "closed by itself, recorded", look_with_right, look_is_over, (), within=15),
]
