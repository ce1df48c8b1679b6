"""What stands beside a road: trees, street lamps, fences and flights of steps."""

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.street.camera import Vec, wall
from lensmith.lab.worlds.street.stage import Stage

LEAVES: tuple[Colour, ...] = ((74, 122, 58), (98, 138, 62), (60, 104, 66), (150, 128, 52), (122, 142, 78))
BARK: Colour = (96, 74, 58)
POLE: Colour = (70, 74, 80)
LAMP_LIGHT: Colour = (255, 226, 160)
LAMP_HEIGHT_M = 5.2
FENCES: tuple[Colour, ...] = ((238, 238, 232), (206, 208, 210), (214, 190, 150), (84, 88, 92))
STONES: tuple[Colour, ...] = ((206, 202, 194), (190, 186, 184), (200, 184, 164))


def plant_tree(stage: Stage, x: float, z: float) -> None:
    """Lets a tree stand at a place: a trunk and a crown of round clusters, lit from above."""
    random = stage.random
    high, wide = random.uniform(3.4, 6.0), random.uniform(1.1, 1.9)
    leaves = jitter(random.choice(LEAVES), random, 10)
    clusters = [(random.gauss(0, 0.45), random.gauss(0, 0.4), random.uniform(0.45, 0.75)) for _ in range(9)]
    clusters.sort(key=lambda cluster: cluster[1])

    def paint() -> None:
        foot = stage.camera.point((x, 0.0, z))
        if foot is None:
            return
        metre_px = stage.camera.scale_at(x, z)
        trunk = 0.16 * metre_px
        stage.pen.rectangle((foot[0] - trunk, foot[1] - (high - wide) * metre_px, foot[0] + trunk, foot[1]), fill=BARK)
        for right, up, size in clusters:
            cx, cy = foot[0] + right * wide * metre_px, foot[1] - (high - wide * (0.4 - up)) * metre_px
            reach = size * wide * metre_px
            stage.pen.ellipse((cx - reach, cy - reach, cx + reach, cy + reach), fill=shade(leaves, 0.86 + 0.22 * up))

    stage.stand(x, z, paint)


def put_lamp(stage: Stage, x: float, z: float) -> None:
    """Lets a street lamp stand at a place, its arm over the road; at night it shines."""

    def paint() -> None:
        pole = wall((x - 0.06, z), (x + 0.06, z), (0.0, LAMP_HEIGHT_M))
        tip = x - math.copysign(1.3, x)
        stage.fill(pole, POLE)
        stage.fill(wall((x, z), (tip, z), (LAMP_HEIGHT_M - 0.1, LAMP_HEIGHT_M)), POLE)
        head = wall((tip - 0.32, z), (tip + 0.32, z), (LAMP_HEIGHT_M - 0.28, LAMP_HEIGHT_M - 0.08))
        stage.fill(head, (206, 206, 196))
        stage.glow(head, LAMP_LIGHT)

    stage.stand(x, z, paint)


@dataclass(frozen=True, slots=True)
class Fence:
    """Upright bars between two rails.

    Attributes:
        colour: of both.
        height_m: of the bars.
        bar_m: the width of a bar.
        gap_m: the width between two.
    """

    colour: Colour
    height_m: float
    bar_m: float
    gap_m: float

    @classmethod
    def drawn_by_lot(cls, random: Random) -> "Fence":
        """Pickets or a railing."""
        wide = random.uniform(0.14, 0.3)
        colour = jitter(random.choice(FENCES), random, 8)
        return cls(colour, random.uniform(0.9, 1.3), wide, wide * random.uniform(0.8, 1.5))


def put_fence(stage: Stage, fence: Fence, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Lets a fence stand along a line on the ground, from (x, z) to (x, z), in pieces that wait their turn."""
    length = math.dist(start, end)
    pieces = max(1, round(length / 3))
    ends = [_between(start, end, at / pieces) for at in range(pieces + 1)]
    for first, last in pairwise(ends):
        middle = _between(first, last, 0.5)
        stage.stand(*middle, _FencePiece(stage, fence, first, last))


@dataclass(frozen=True, slots=True)
class _FencePiece:
    stage: Stage
    fence: Fence
    start: tuple[float, float]
    end: tuple[float, float]

    def __call__(self) -> None:
        fence, length = self.fence, math.dist(self.start, self.end)
        for rail in (0.25, 0.8):
            low = fence.height_m * rail
            self.stage.fill(wall(self.start, self.end, (low, low + 0.09)), fence.colour, 0.82)
        at = 0.0
        while at < length:
            first = _between(self.start, self.end, at / length)
            last = _between(self.start, self.end, min(1.0, (at + fence.bar_m) / length))
            self.stage.fill(wall(first, last, (0.05, fence.height_m)), fence.colour)
            at += fence.bar_m + fence.gap_m


def put_stairs(stage: Stage, foot: tuple[float, float], *, away: tuple[float, float], wide_m: float) -> None:
    """Lets a flight of steps rise from a place on the ground.

    Args:
        stage: to stand on.
        foot: (x, z) of the middle of the lowest step.
        away: (x, z), the direction in which it rises; of length 1.
        wide_m: the width of the steps.
    """
    random = stage.random
    stone, steps = jitter(random.choice(STONES), random, 8), random.randint(5, 9)
    rise, tread = random.uniform(0.17, 0.24), random.uniform(0.32, 0.5)
    left = (-away[1] * wide_m / 2, away[0] * wide_m / 2)

    def corner(step: float, side: int, up: float) -> Vec:
        x, z = (f + a * tread * step + side * offset for f, a, offset in zip(foot, away, left, strict=True))
        return x, rise * up, z

    def paint() -> None:
        top = steps - 1
        for side in (-1, 1):
            cheek = [corner(0, side, 0), corner(steps, side, 0), corner(steps, side, steps), corner(top, side, steps)]
            stage.fill(cheek, stone, 0.7)
        for step in reversed(range(steps)):
            riser = [(step, -1, step), (step, 1, step), (step, 1, step + 1), (step, -1, step + 1)]
            stage.fill([corner(*place) for place in riser], stone, 0.6)
            level = [(step, -1, step + 1), (step, 1, step + 1), (step + 1, 1, step + 1), (step + 1, -1, step + 1)]
            stage.fill([corner(*place) for place in level], stone, 1.1)

    stage.stand(*foot, paint)


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
