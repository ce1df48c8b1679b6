"""Everything that is decided about a street before it is painted, none of it by whether there is a zebra crossing."""

import math
from dataclasses import dataclass
from random import Random
from typing import Literal

from lensmith.lab.worlds.street.camera import Camera
from lensmith.lab.worlds.street.ground import Road
from lensmith.lab.worlds.street.stage import STAGE_PX

Condition = Literal["clear", "faded", "dark", "wet", "occluded"]
Distractor = Literal["plain", "shadow", "stairs", "fence", "marks"]
View = Literal["driver", "corner", "pedestrian"]

CONDITIONS: tuple[Condition, ...] = ("clear", "faded", "dark", "wet", "occluded")
DISTRACTORS: tuple[Distractor, ...] = ("plain", "shadow", "stairs", "fence", "marks")
VIEWS: tuple[View, ...] = ("driver", "corner", "pedestrian")


@dataclass(frozen=True, slots=True)
class Plan:
    """A street.

    Attributes:
        view: from where it is seen.
        camera: the same, exactly.
        road: with its colours.
        spot: from where to where along the road a crossing is, or would be.
        stripes: how many a crossing has.
        condition: light, weather, wear, or what stands in the way.
        distractor: what could be mistaken for a crossing.
        strength: how much of the asphalt paint hides, 0–1.
        worn: the share of paint that is gone, 0–1.
    """

    view: View
    camera: Camera
    road: Road
    spot: tuple[float, float]
    stripes: int
    condition: Condition
    distractor: Distractor
    strength: float
    worn: float

    @property
    def middle(self) -> float:
        """The middle of the spot, along the road."""
        return sum(self.spot) / 2


def draw_plan(random: Random) -> Plan:
    """Any street, each view, condition and distractor as often as the others."""
    view, road = random.choice(VIEWS), Road.drawn_by_lot(random)
    camera = place_camera(view, road, random)
    condition, distractor = random.choice(CONDITIONS), random.choice(DISTRACTORS)
    faded = condition == "faded"
    long_m = random.uniform(3.2, 4.6)
    begin = _spot_begin(view, camera, random, long_m)
    return Plan(
        view=view,
        camera=camera,
        road=road,
        spot=(begin, begin + long_m),
        stripes=random.randint(4, 9),
        condition=condition,
        distractor=distractor,
        strength=random.uniform(0.42, 0.6) if faded else random.uniform(0.84, 0.98),
        worn=random.uniform(0.2, 0.36) if faded else random.uniform(0.0, 0.14),
    )


def place_camera(view: View, road: Road, random: Random) -> Camera:
    """A driver's eye in a lane, or a pedestrian's on the left pavement, looking across or along; z is 0 there."""
    horizon = random.uniform(0.3, 0.42)
    if view == "driver":
        x, height = random.uniform(-0.55, 0.55) * road.half_m, random.uniform(1.5, 2.5)
        yaw = random.uniform(-9, 9)
        return Camera(x, 0.0, height, math.radians(yaw), random.uniform(0.8, 1.1), horizon, STAGE_PX)
    x = -road.half_m - random.uniform(0.4, 1.4)
    height = random.uniform(1.55, 1.95)
    yaw = random.uniform(28, 52) if view == "corner" else random.uniform(62, 100)
    return Camera(x, 0.0, height, math.radians(yaw), random.uniform(0.68, 0.9), horizon, STAGE_PX)


def _spot_begin(view: View, camera: Camera, random: Random, long_m: float) -> float:
    """Where along the road the spot begins, so that the camera sees it."""
    if view == "driver":
        return random.uniform(3.4, 7.2)
    if view == "corner":
        return random.uniform(2.2, 4.5)
    # The line of sight meets the road's middle here; the spot lies around it.
    ahead = -camera.x_m / math.tan(camera.yaw)
    return ahead * 0.7 - long_m / 2 + random.uniform(-1.2, 1.2)
