"""From metres in a street to pixels.

The street's axes: x to the right across the road, from its middle; y up from the ground; z along the road. Metres.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lensmith.lab.worlds.drawing import Point

Vec = tuple[float, float, float]

# Nothing nearer than this is drawn: where the depth nears 0, places run away to infinity.
NEAR_M = 0.35
FAR_M = 90.0


@dataclass(frozen=True, slots=True)
class Camera:
    """An eye in the street.

    Attributes:
        x_m: across the road.
        z_m: along it.
        height_m: above the ground.
        yaw: radians from looking along the road, to the right.
        focal: in picture widths; 1.0 sees 53 degrees.
        horizon: where it lies, a fraction of the picture from its top.
        size_px: of the square picture.
    """

    x_m: float
    z_m: float
    height_m: float
    yaw: float
    focal: float
    horizon: float
    size_px: int

    def depth_m(self, x: float, z: float) -> float:
        """How far ahead a place is; negative behind."""
        return (x - self.x_m) * math.sin(self.yaw) + (z - self.z_m) * math.cos(self.yaw)

    def scale_at(self, x: float, z: float) -> float:
        """Pixels a metre has at a place ahead."""
        return self.focal * self.size_px / max(NEAR_M, self.depth_m(x, z))

    def point(self, place: Vec) -> Point | None:
        """Where a place is seen; None where it is not ahead."""
        found = self._from_view(self._to_view(place))
        return found if self.depth_m(place[0], place[2]) >= NEAR_M else None

    def project(self, places: Sequence[Vec]) -> list[Point]:
        """A flat polygon as it is seen, cut where it comes too near; [] where nothing of it is ahead."""
        return [self._from_view(place) for place in _cut_near([self._to_view(place) for place in places])]

    def _to_view(self, place: Vec) -> Vec:
        """To the right of the line of sight, up from the ground, ahead."""
        x, z = place[0] - self.x_m, place[2] - self.z_m
        sine, cosine = math.sin(self.yaw), math.cos(self.yaw)
        return x * cosine - z * sine, place[1], x * sine + z * cosine

    def _from_view(self, place: Vec) -> Point:
        right, up, ahead = place
        scale = self.focal * self.size_px / max(ahead, NEAR_M)
        return self.size_px / 2 + right * scale, self.size_px * self.horizon + (self.height_m - up) * scale


def rectangle(x: tuple[float, float], z: tuple[float, float], y: float = 0.0) -> list[Vec]:
    """The corners of a level rectangle."""
    return [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])]


def wall(start: tuple[float, float], end: tuple[float, float], y: tuple[float, float]) -> list[Vec]:
    """The corners of an upright rectangle over a line on the ground, from (x, z) to (x, z), between two heights."""
    return [(start[0], y[0], start[1]), (end[0], y[0], end[1]), (end[0], y[1], end[1]), (start[0], y[1], start[1])]


def along(start: Vec, end: Vec, share: float) -> Vec:
    """The place that divides a line.

    >>> along((0.0, 0.0, 0.0), (2.0, 4.0, 8.0), 0.5)
    (1.0, 2.0, 4.0)
    """
    x, y, z = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    return x, y, z


def _cut_near(places: Sequence[Vec]) -> Iterable[Vec]:
    """A polygon in view coordinates without the part that is nearer than `NEAR_M` (Sutherland and Hodgman 1974)."""
    kept: list[Vec] = []
    for at, place in enumerate(places):
        before = places[at - 1]
        if (place[2] >= NEAR_M) != (before[2] >= NEAR_M):
            kept.append(along(before, place, (NEAR_M - before[2]) / (place[2] - before[2])))
        if place[2] >= NEAR_M:
            kept.append(place)
    return kept
