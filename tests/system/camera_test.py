"""Section camera on real parts: a real GStreamer process that sees a scene which the test plays. First picture, covered, moved,
frozen, source killed; snapshot and stop by order, nothing without one; recordings sealed, chained, anchored in the ledger, and a
flipped octet found (clause 5.1-c; attacks A58 and A60 of the list)."""
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
from demo.netns import permitted  # noqa: E402  the path above must come first
from demo.site import BUILD, Refused, Site  # noqa: E402  the path above must come first
from tests.support.console_client import wait_until  # noqa: E402  the path above must come first
from tests.support.screen import Screen  # noqa: E402  the path above must come first
from tests.support.scene import HEIGHT, WIDTH, site_with_scene  # noqa: E402  the path above must come first

PROGRAM = BUILD / "bin" / "kioskward-camera"
ASKED = 10  # seconds from the deed to the alarm


class Strip(unittest.TestCase):
    """The window of our own shows a strip at the upper edge while somebody looks, and leaves the rest of the screen alone."""

    def test_a_strip_is_shown_and_goes(self):
        state = {"state": "normal", "watched": True}

        class Agent(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(state).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Nothing: what is asked each second is no news."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        screen = Screen(800, 600)
        self.addCleanup(screen.close)
        notice = subprocess.Popen([str(BUILD / "bin" / "kioskward-notice"), f"--app=http://127.0.0.1:{server.server_port}/"],
                                  env={**os.environ, "DISPLAY": screen.display}, stderr=subprocess.DEVNULL)
        self.addCleanup(notice.wait)
        self.addCleanup(notice.kill)
        red = b"\x8c\x1d\x18"
        picture = wait_until(lambda: (p := screen.picture()).pixel(2, 2) == red and p, 20, 0.2, why="the strip is there")
        picture.save(BUILD / "artefacts" / "camera-strip.png")
        self.assertNotEqual(picture.pixel(2, 30), red, "what is below stays free")
        self.assertIsNotNone(picture.bounds(red, range(25)), "it says something")
        state["watched"] = False
        wait_until(lambda: screen.picture().pixel(2, 2) != red, 20, 0.2, why="it goes")


class Camera(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        site_with_scene(cls, Site, "cam", persons=True)
        cls.site.publish()
        cls.site.start_agent()
        cls.use("watch")

    @classmethod
    def use(cls, mode):
        cls.site.publish(defence={"camera": {
            "mode": mode, "source": "test_frames", "device": cls.scene.path, "width": WIDTH, "height": HEIGHT, "frames": 5,
            "kbit": 150, "before_seconds": 5, "after_seconds": 5, "watch_face": True, "face_after_seconds": 6}})
        cls.site.wait_device(cls.device, "on line and obeying", lambda d: d["live"] == "online"
                             and d["policy_revision"] == d["policy_wanted"] > 0, 30)

    def entries(self, kind, **params):
        return self.site.entries(self.device, kind, **params)

    def facts(self):
        return self.site.facts(self.device)

    def act(self, action, **args):
        return self.people["security"].post(f"/devices/{self.device}/actions", {
            "section": "camera", "action": action, "args": args, "reason": "test"})

    def working(self, seconds=30):
        wait_until(lambda: self.facts().get("camera.state") == "working", seconds, why="the camera works")

    def camera_process(self):
        """The pid of the camera process that the agent of this test started."""
        agent = self.site.processes["agent"].pid
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                said = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            except OSError:
                continue  # ended meanwhile
            if said["Name"] == "kioskward-cam" and int(said["PPid"]) == agent:
                return int(said["Pid"]), said
        return 0, {}

    def told(self, kind, deed, how=None, most=ASKED):
        """Does something and waits for its alarm, for as long as it may take."""
        before = len(self.entries(kind))
        since = time.monotonic()
        deed()
        wait_until(lambda: len(self.entries(kind)) > before, most + 10, 0.1, why=f"{kind} is told")
        took = time.monotonic() - since
        self.assertLessEqual(took, most, f"{kind} was told too late")
        print(f"{kind}: {took:.1f} s", flush=True)
        told = self.entries(kind)[0]
        if how:
            self.assertEqual(told["params"]["how"], how)
        return told

    def over(self, what):
        wait_until(lambda: any(e["params"]["what"] == what for e in self.entries("camera.fault.ended")), 20, why=f"{what} is over")

    def recordings(self):
        return sorted((self.site.agent_dir / "camera" / "recordings").glob("*.kwc"))

    def test_01_watch_sees_and_records_nothing(self):
        self.working()
        self.assertLessEqual(int(self.entries("camera.started")[0]["params"]["seconds"]), 30)
        pid, said = self.camera_process()
        self.assertNotEqual(pid, 0)
        self.assertNotIn("0", said["Uid"].split(), "the camera process is not root")
        self.assertEqual(int(said["CapEff"], 16), 0)
        self.assertEqual((said["NoNewPrivs"], said["Seccomp"]), ("1", "2"))
        self.act("snapshot")
        wait_until(lambda: [e for e in self.entries("order.refused") if e["params"]["reason"] == "wrong_state"], 20, why="watch shows nothing")
        self.assertFalse((self.site.agent_dir / "camera" / "recordings").exists())

    def face(self, word, seconds=15):
        wait_until(lambda: self.facts().get("camera.face") == word, seconds, why=f"camera.face is {word}")

    def test_02_a_face_is_seen_and_told_to_nobody(self):
        self.face("none")
        self.scene.show("face")
        self.face("present")
        facts = self.facts()
        self.assertEqual(facts["camera.face_check"], "on")
        self.assertRegex(facts["camera.face_seen"], r"^20..-..-..T..:..:00")
        self.scene.show("hall")
        self.face("none")
        self.assertEqual(self.entries("camera.face.missing"), [])

    def test_03_watch_tells_of_who_shows_no_face_and_keeps_nothing(self):
        told = self.told("camera.face.missing", lambda: self.scene.show("faceless"), most=6 + ASKED)
        self.assertEqual((told["result"], told["params"]["picture"]), ("observed", "none"))
        self.face("missing")
        self.scene.show("hall")
        self.over("face")
        self.assertFalse((self.site.agent_dir / "camera" / "recordings").exists())
        alarms = self.people["security"].get("/alarms")["items"]
        self.assertTrue([a for a in alarms if a["type"] == "camera.face.missing" and a["severity"] == "warning"], alarms)
        wait_until(lambda: self.facts().get("camera.users") == "2", 15, why="both are counted")
        self.assertEqual(self.facts()["camera.users_with_face"], "1")

    def test_04_enforce_records_sealed(self):
        self.use("enforce")
        self.working()
        wait_until(lambda: self.recordings() and self.recordings()[0].stat().st_size > 20000, 30, why="something is recorded")
        self.assertEqual(self.recordings()[0].stat().st_mode & 0o777, 0o600)
        stored = self.recordings()[0].read_bytes()
        self.assertNotIn(b"webm", stored)
        self.assertNotIn(b"V_VP8", stored)

    def test_05_enforce_keeps_a_recording_and_a_picture_of_who_shows_no_face(self):
        told = self.told("camera.face.missing", lambda: self.scene.show("faceless"), most=6 + ASKED)
        self.assertEqual(told["params"]["picture"], "kept")
        self.scene.show("hall")
        self.over("face")
        sealed = wait_until(lambda: [e for e in self.entries("camera.segment.sealed") if e["params"]["held"] == "true"], 90,
                            why="the recording around it is kept")
        self.assertEqual(self.entries("camera.used"), [], "nobody looked")

    def test_06_a_covered_lens_is_told(self):
        self.told("camera.covered", lambda: self.scene.show("dark"), "dark")
        self.scene.show("hall")
        self.over("covered")

    def test_07_a_frozen_picture_is_told(self):
        self.told("camera.frozen", lambda: self.scene.show("frozen"), "frozen")
        self.scene.show("hall")
        self.over("frozen")

    def test_08_a_moved_camera_is_told(self):
        self.told("camera.moved", lambda: self.scene.show("moved"), "shifted")
        self.scene.show("hall")
        self.over("moved")

    def test_09_a_source_that_dies_is_told_and_comes_back(self):
        pid, _ = self.camera_process()
        self.told("camera.lost", lambda: os.kill(pid, signal.SIGKILL), "ended")
        self.over("lost")
        self.assertNotIn(self.camera_process()[0], (0, pid))

    def test_10_recordings_around_an_alarm_are_held_and_vouched_for_in_the_ledger(self):
        sealed = wait_until(lambda: [e for e in self.entries("camera.segment.sealed") if e["params"]["held"] == "true"], 90,
                            why="the recording around an alarm is sealed")
        name = f"{int(sealed[0]['params']['number']):016x}.kwc"
        file = next(f for f in self.recordings() if f.name == name)
        good = self.verify("--root", sealed[0]["params"]["root"], file)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        self.assertIn(": whole", good.stdout)
        copy = self.site.root / file.name
        octets = bytearray(file.read_bytes())
        octets[len(octets) // 2] ^= 1
        copy.write_bytes(octets)
        bad = self.verify("--root", sealed[0]["params"]["root"], copy)
        self.assertEqual(bad.returncode, 1, bad.stdout + bad.stderr)

    def verify(self, *words):
        return subprocess.run([str(BUILD / "bin" / "kioskward-agent"), "camera-verify", *map(str, words)], capture_output=True,
                              text=True, timeout=20, check=False)

    def test_11_without_a_valid_order_nothing_is_given(self):
        for who in ("audit", "system"):
            with self.assertRaises(Refused):
                self.people[who].post(f"/devices/{self.device}/actions", {
                    "section": "camera", "action": "snapshot", "args": {}, "reason": "no right to"})
        self.act("live", seconds="9999")
        wait_until(lambda: [e for e in self.entries("order.refused") if e["params"]["reason"] == "invalid"], 20, why="too long is refused")
        self.assertEqual(self.entries("camera.used"), [])

    def test_12_a_use_is_told_and_shown_on_the_screen_and_ends_by_itself(self):
        self.act("live", seconds="8")
        used = wait_until(lambda: self.entries("camera.used"), 20, why="the use is told")[0]
        self.assertEqual((used["params"]["action"], used["params"]["person"]), ("live", "secadmin"))
        wait_until(lambda: "camera_watched_until" in self.status(), 10, why="the status says so")
        wait_until(lambda: '"watched":true' in self.screen(), 10, why="the screen's page says so")
        wait_until(lambda: self.entries("camera.use.ended"), 20, why="it ends")
        wait_until(lambda: '"watched":true' not in self.screen(), 15, why="the screen's page says no more")

    def status(self):
        return subprocess.run([str(BUILD / "bin" / "kioskward-agent"), "status", "--config", str(self.site.agent_config())],
                              capture_output=True, text=True, timeout=10, check=False).stdout

    def screen(self):
        return self.site.run_in("kiosk", "curl", "-s", "-m", "2", f"http://127.0.0.1:{self.site.notice_port}/state").stdout

    def test_13_a_changed_recording_is_told_when_it_is_asked_for(self):
        file = self.recordings()[0]
        octets = bytearray(file.read_bytes())
        octets[len(octets) // 2] ^= 1
        file.write_bytes(octets)
        now = time.gmtime(time.time() + 60)
        then = time.gmtime(time.time() - 500)
        self.act("clip", **{"from": time.strftime("%Y-%m-%dT%H:%M:%SZ", then), "until": time.strftime("%Y-%m-%dT%H:%M:%SZ", now)})
        told = wait_until(lambda: self.entries("camera.recording.damaged"), 30, why="the damage is told")[0]
        self.assertEqual(told["params"]["file"], file.name)

    def test_14_stop_by_order_and_start_again(self):
        self.act("stop")
        wait_until(lambda: self.facts().get("camera.state") == "stopped", 20, why="it is stopped")
        wait_until(lambda: self.camera_process()[0] == 0, 10, why="its process is gone")
        self.assertTrue(self.recordings(), "recordings stay")
        self.act("start")
        self.working()
        chain = self.verify(*self.recordings()[1:])
        self.assertEqual(chain.returncode, 0, chain.stdout + chain.stderr)

    def test_15_off_leaves_nothing_running(self):
        self.use("off")
        wait_until(lambda: self.camera_process()[0] == 0, 10, why="the process has ended")


if __name__ == "__main__":
    reason = permitted() or (not PROGRAM.exists() and "kioskward-camera is not built")
    if reason:
        print(f"skipped: namespaces or the camera process are missing here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
