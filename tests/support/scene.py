"""Scene: a hall as a camera's sensor sees it, written picture by picture into a FIFO that section "camera" takes for one.

Pictures are I420. No two are equal, since each row is one of several that differ by a sensor's noise.
"""
import math
import os
import random
import threading
import time

WIDTH, HEIGHT, MARGIN, VARIANTS = 320, 240, 120, 8
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


class Scene:
    """with Scene(path) as scene: ...; scene.show("dark") - "hall", "moved", "dark", "frozen"."""

    def __init__(self, path, per_second=5):
        self.path, self.pause = str(path), 1 / per_second
        room, grain = hall(), random.Random(11)

        def noisy(rows):
            return [[bytes(min(255, max(0, v + grain.choice((-3, -2, -1, 0, 0, 1, 2, 3)))) for v in row) for _ in range(VARIANTS)]
                    for row in rows]

        def view(aside):
            return [row[MARGIN + aside:MARGIN + aside + WIDTH] for row in room[MARGIN:MARGIN + HEIGHT]]
        self.rows = {"hall": noisy(view(0)), "moved": noisy(view(40)), "dark": noisy([[3] * WIDTH] * HEIGHT)}
        self.scene, self.ending = "hall", False
        self.thread = threading.Thread(target=self.play, daemon=True)

    def picture(self):
        pick = random.choices(range(VARIANTS), k=HEIGHT)
        return b"".join(row[n] for row, n in zip(self.rows[self.scene], pick)) + CHROMA

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
