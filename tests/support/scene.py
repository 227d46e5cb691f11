"""Scene: a hall as a camera's sensor sees it, written picture by picture into a FIFO that section "camera" takes for one.

Pictures are I420. No two are equal, since each row is one of several that differ by a sensor's noise.
"""
import math
import os
import pathlib
import random
import shutil
import tempfile
import threading
import time

WIDTH, HEIGHT, MARGIN, VARIANTS = 320, 240, 120, 8
FACE = pathlib.Path(__file__).resolve().parent / "face.pgm"  # drawn by draw_face.py
SWAY = (-4, 0, 4, 0)  # columns; a person is never still
CHROMA = b"\x80" * (WIDTH * HEIGHT // 2)


def hall(seed=7):
    """Brightness of a hall that is larger than the view, so that a camera can be turned in it."""
    shape, wide, high = random.Random(seed), WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    rows = [[int(90 + 30 * math.sin(x / 37) + 20 * math.cos(y / 29)) for x in range(wide)] for y in range(high)]
    for _ in range(260):
        x0, y0, w, h, tone = (shape.randrange(wide), shape.randrange(high), shape.randint(8, 60), shape.randint(8, 60),
                              shape.randint(20, 220))
        for y in range(y0, min(high, y0 + h)):
            rows[y][x0:x0 + w] = [tone + 12 * ((x // 4 + y // 4) % 2) for x in range(x0, min(wide, x0 + w))]
    return rows


def with_person(view, aside, face):
    """The view with somebody near in it, `aside` columns from its middle, who looks at the camera or shows no face at all."""
    head = FACE.read_bytes().split(b"\n255\n", 1)
    wide, high = map(int, head[0].split(b"\n")[1].split())
    left, top, rows = (WIDTH - wide) // 2 + aside, 20, [list(row) for row in view]
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if math.hypot((x - WIDTH / 2 - aside) / 115, (y - HEIGHT - 10) / 105) < 1:
                rows[y][x] = 70  # shoulders
            fx, fy = x - left, y - top
            if 0 <= fx < wide and 0 <= fy < high and (tone := head[1][fy * wide + fx]):
                rows[y][x] = tone if face else 105
    return rows


class Scene:
    """with Scene(path) as scene: ...; scene.show("dark") - "hall", "moved", "dark", "frozen", "face", "faceless"."""

    def __init__(self, path, per_second=5, persons=False):
        self.path, self.pause = str(path), 1 / per_second
        room, grain = hall(), random.Random(11)

        def noisy(rows):
            return [[bytes(min(255, max(0, v + grain.choice((-3, -2, -1, 0, 0, 1, 2, 3)))) for v in row) for _ in range(VARIANTS)]
                    for row in rows]

        def view(aside):
            return [row[MARGIN + aside:MARGIN + aside + WIDTH] for row in room[MARGIN:MARGIN + HEIGHT]]
        self.rows = {"hall": noisy(view(0)), "moved": noisy(view(40)), "dark": noisy([[3] * WIDTH] * HEIGHT)}
        if persons:
            self.rows |= {f"{who}{i}": noisy(with_person(view(0), aside, who == "face"))
                          for who in ("face", "faceless") for i, aside in enumerate(SWAY)}
        self.scene, self.ending = "hall", False
        self.thread = threading.Thread(target=self.play, daemon=True)

    def picture(self):
        pick = random.choices(range(VARIANTS), k=HEIGHT)
        scene = self.scene
        if scene in ("face", "faceless"):
            scene += str(int(time.monotonic() / 0.8) % len(SWAY))
        return b"".join(row[n] for row, n in zip(self.rows[scene], pick)) + CHROMA

    def play(self):
        last = self.picture()
        while not self.ending:
            try:
                with open(self.path, "wb", buffering=0) as out:
                    while not self.ending:
                        last = last if self.scene == "frozen" else self.picture()
                        rest = memoryview(last)
                        while rest:
                            rest = rest[out.write(rest):]
                        time.sleep(self.pause)  # a camera's own pace
            except BrokenPipeError:
                pass  # its reader was killed; the next one is waited for in open()

    def show(self, scene):
        self.scene = scene

    def __enter__(self):
        os.mkfifo(self.path, 0o644)
        os.chmod(self.path, 0o644)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)  # lets go of a writer that waits
        self.thread.join(5)
        os.close(reader)
        os.unlink(self.path)


def site_with_scene(test, site, name, **scene):
    """For setUpClass: a site with an enrolled kiosk whose camera process can read the scene; test.site, people, device, scene."""
    test.site = site(tempfile.mkdtemp(prefix=f"kw-{name}-"), prefix=f"kw{name[0]}{os.getpid()}")
    test.addClassCleanup(shutil.rmtree, test.site.root, ignore_errors=True)
    test.addClassCleanup(test.site.stop)
    test.site.start()
    os.chmod(test.site.root, 0o711)  # the camera process is nobody
    test.people = test.site.activate()
    test.device = test.site.enrol()
    test.scene = Scene(test.site.root / "scene", **scene)
    test.scene.__enter__()
    test.addClassCleanup(test.scene.__exit__)
