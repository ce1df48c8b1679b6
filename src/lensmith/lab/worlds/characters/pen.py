"""A pen that draws figures in their own units, whatever their size, tilt and side on the sheet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from lensmith.lab.worlds.drawing import Colour, Point, shade

BLACK: Colour = (34, 30, 34)
WHITE: Colour = (248, 247, 242)
EDGE_SHADE = 0.5
EDGE_WIDTH = 0.011
CORNERS = 36
STEPS = 6


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a figure stands on its sheet.

    Attributes:
        centre: where the figure's middle, (0, 0.5) in its own units, falls; in pixels.
        height_px: from the top of the figure to its feet.
        tilt: clockwise, in radians.
        breadth: how much broader than drawn; negative mirrors it.
    """

    centre: Point
    height_px: float
    tilt: float = 0.0
    breadth: float = 1.0


class Pen:
    """Draws on a transparent sheet in figure units: x from the middle to the right, y from 0 (top) to 1 (feet).

    Everything closed gets a darker edge, so that figures stay readable when they are small.

    Args:
        size_px: the side of the square sheet.
        stand: how figure units become pixels.
    """

    def __init__(self, size_px: int, stand: Stand) -> None:
        self.sheet = Image.new("RGBA", (size_px, size_px), (0, 0, 0, 0))
        self.stand = stand
        self._draw = ImageDraw.Draw(self.sheet)
        self._cosine, self._sine = math.cos(stand.tilt), math.sin(stand.tilt)
        self._edge_px = max(1, round(stand.height_px * EDGE_WIDTH))

    def at(self, point: Point) -> Point:
        """The pixel that a point in figure units falls on.

        >>> Pen(100, Stand(centre=(50, 50), height_px=80)).at((0, 1))
        (50.0, 90.0)
        """
        x = point[0] * self.stand.breadth * self.stand.height_px
        y = (point[1] - 0.5) * self.stand.height_px
        return (
            self.stand.centre[0] + x * self._cosine - y * self._sine,
            self.stand.centre[1] + x * self._sine + y * self._cosine,
        )

    def blob(self, centre: Point, radii: Point, colour: Colour, *, turn: float = 0.0, edge: bool = True) -> None:
        """A filled ellipse; `turn` is clockwise, in radians."""
        self.shape(oval(centre, radii, turn), colour, edge=edge)

    def shape(self, points: Sequence[Point], colour: Colour, *, edge: bool = True) -> None:
        """A filled polygon."""
        pixels = [self.at(point) for point in points]
        self._draw.polygon(pixels, fill=(*colour, 255))
        if edge:
            self._draw.line([*pixels, *pixels[:2]], (*shade(colour, EDGE_SHADE), 255), self._edge_px, "curve")

    def soft(self, points: Sequence[Point], colour: Colour, *, edge: bool = True) -> None:
        """A filled outline that runs smoothly through the points."""
        self.shape(smooth(points, closed=True), colour, edge=edge)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A smooth open line with round ends, without an edge."""
        pixels = [self.at(point) for point in smooth(points, closed=False)]
        width_px = max(1, round(width * self.stand.height_px))
        self._draw.line(pixels, (*colour, 255), width_px, "curve")
        for x, y in (pixels[0], pixels[-1]):
            reach = width_px / 2 - 0.5
            self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(*colour, 255))

    def limb(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A thick smooth line with round ends and an edge: an arm, a leg, a tail."""
        self.stroke(points, shade(colour, EDGE_SHADE), width + 2 * EDGE_WIDTH)
        self.stroke(points, colour, width)


def oval(centre: Point, radii: Point, turn: float = 0.0) -> list[Point]:
    """Points around an ellipse, clockwise from its right."""
    cosine, sine = math.cos(turn), math.sin(turn)
    turns = [2 * math.pi * at / CORNERS for at in range(CORNERS)]
    spots = [(radii[0] * math.cos(each), radii[1] * math.sin(each)) for each in turns]
    return [(centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine) for x, y in spots]


def mirrored(points: Sequence[Point]) -> list[Point]:
    """An outline of which `points` are the right half from the top down: those, then the same on the left going up."""
    return [*points, *((-x, y) for x, y in reversed(points) if x)]


def smooth(points: Sequence[Point], *, closed: bool) -> list[Point]:
    """Points on a Catmull-Rom curve through the given ones."""
    count = len(points)
    if count < 3:
        return list(points)
    found: list[Point] = []
    for at in range(count if closed else count - 1):
        near = [at - 1, at, at + 1, at + 2]
        a, b, c, d = (points[i % count if closed else min(max(i, 0), count - 1)] for i in near)
        found += [_between(a, b, c, d, step / STEPS) for step in range(STEPS)]
    return found if closed else [*found, points[-1]]


def _between(a: Point, b: Point, c: Point, d: Point, share: float) -> Point:
    """The point at `share` of the way from b to c."""
    square, cube = share * share, share**3
    weights = (-cube + 2 * square - share, 3 * cube - 5 * square + 2, -3 * cube + 4 * square + share, cube - square)
    x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2 for axis in (0, 1))
    return x, y
