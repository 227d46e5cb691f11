"""Draws tests/support/face.pgm: a face that a detector of frontal faces accepts and that is nobody's. Our own drawing, made of ovals
and a light from the front; brightness 0 stands for "not part of it".

    python3 tests/support/draw_face.py
"""
import math
import pathlib

FILE = pathlib.Path(__file__).resolve().parent / "face.pgm"
WIDTH, HEIGHT, SIZE = 100, 150, 50  # SIZE octets of the face's own unit: the oval is 1.5 wide and 2 high


def smooth(low, high, x):
    t = min(1, max(0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


def oval(u, v, at, radius, soft):
    d = math.hypot((u - at[0]) / radius[0], (v - at[1]) / radius[1])
    return 1 - smooth(1 - soft, 1 + soft, d)


# Of one half of the face: middle, radii, softness; then the tone it draws towards, or what it takes away.
HALF = [
    ((0.33, -0.25), (0.24, 0.17), 0.8, None, 42),    # socket of the eye
    ((0.34, -0.43), (0.22, 0.05), 0.5, 45, 0),       # brow
    ((0.33, -0.22), (0.14, 0.065), 0.3, 190, 0),     # white of the eye
    ((0.33, -0.22), (0.065, 0.07), 0.3, 25, 0),      # iris
    ((0.33, -0.285), (0.16, 0.022), 0.6, 50, 0),     # lid
    ((0.16, 0.05), (0.07, 0.3), 0.9, None, 25),      # side of the nose
    ((0.085, 0.235), (0.05, 0.032), 0.5, 60, 0),     # nostril
    ((0.36, 0.42), (0.05, 0.18), 0.9, None, 22),     # fold of the cheek
]
MIDDLE = [
    ((0, 0.0), (0.08, 0.28), 0.9, None, -25),        # ridge of the nose
    ((0, 0.27), (0.18, 0.06), 0.8, None, 22),        # below it
    ((0, 0.5), (0.29, 0.085), 0.35, 105, 0),         # lips
    ((0, 0.495), (0.28, 0.02), 0.6, 45, 0),          # mouth
    ((0, 0.66), (0.2, 0.06), 0.9, None, 30),         # below it
]


def tone(u, v):
    """Brightness at (u, v), the face's middle at (0, 0); 0 where nothing is drawn."""
    out = 125.0 if abs(u) < 0.42 and 0.7 < v else 0.0  # neck
    if v < 0.35 and oval(u, v, (0, -0.32), (0.92, 1.0), 0.06) > 0.5:
        out = 38.0  # hair
    if oval(u, v, (0, 0), (0.74, 1.02), 0.05) < 0.5:
        return out
    out = 95 + 100 * math.sqrt(max(0, 1 - (u / 0.8) ** 2 - (v / 1.15) ** 2)) - 12 * v
    out += (40 - out) * smooth(-0.62, -0.74, v + 0.12 * math.cos(u * 3))
    for parts, x in ((HALF, abs(u)), (MIDDLE, u)):
        for at, radius, soft, towards, less in parts:
            much = oval(x, v, at, radius, soft)
            out += (towards - out) * much if towards is not None else -less * much
    return out


def draw():
    rows = [[tone((x + 0.5 - WIDTH / 2) / SIZE, (y + 0.5) / SIZE - 1.4) for x in range(WIDTH)] for y in range(HEIGHT)]
    return b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(min(255, max(0, round(t))) for row in rows for t in row)


if __name__ == "__main__":
    FILE.write_bytes(draw())
