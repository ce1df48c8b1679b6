"""Everything that is decided about a street and its traffic light before they are painted."""

import math
from dataclasses import dataclass
from random import Random
from typing import Literal

from lensmith.lab.worlds.street.camera import Camera
from lensmith.lab.worlds.street.ground import Road
from lensmith.lab.worlds.street.stage import STAGE_PX

Answer = Literal["red", "green", "off", "none", "unknown"]
Condition = Literal["day", "night", "wet", "haze", "too dark", "too far", "covered"]
Distractor = Literal["plain", "globes", "signs", "cars", "shops"]

ANSWERS: tuple[Answer, ...] = ("red", "green", "off", "none", "unknown")
PLAIN_CONDITIONS: tuple[Condition, ...] = ("day", "night", "wet", "haze")
REASONS: tuple[Condition, ...] = ("too dark", "too far", "covered")
DISTRACTORS: tuple[Distractor, ...] = ("plain", "globes", "signs", "cars", "shops")


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a traffic light is.

    Attributes:
        x, z: over which place of the street.
        y: the height of the middle of its face, in metres.
        pole_x: where its pole stands; an arm reaches from there where it differs from `x`.
    """

    x: float
    z: float
    y: float
    pole_x: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A street with a place for a traffic light.

    Attributes:
        camera: the eye.
        road: with its colours.
        mount: where the light is, or would be.
        lamps: how many its face has.
        lit: "red", "green", or "" when no lamp is lit.
        answer: what is right to say.
        condition: light and weather, or why it cannot be told.
        distractor: what could be mistaken for a light.
    """

    camera: Camera
    road: Road
    mount: Mount
    lamps: int
    lit: str
    answer: Answer
    condition: Condition
    distractor: Distractor

    @property
    def weather(self) -> Condition:
        """The light and weather that are painted: a reason stands on a plain day, but for distance, in haze."""
        if self.condition == "too far":
            return "haze"
        return "day" if self.condition in REASONS else self.condition


def draw_plan(random: Random, answer: Answer) -> Plan:
    """Any street whose right answer this is."""
    road = Road.drawn_by_lot(random)
    x = random.uniform(-0.6, 0.6) * road.half_m if random.random() < 0.6 else -road.half_m - random.uniform(0.3, 1.2)
    yaw = math.radians(random.uniform(-9, 9) if abs(x) < road.half_m else random.uniform(8, 30))
    horizon = random.uniform(0.56, 0.68)
    camera = Camera(x, 0.0, random.uniform(1.45, 1.9), yaw, random.uniform(0.8, 1.0), horizon, STAGE_PX)
    condition = random.choice(REASONS if answer == "unknown" else PLAIN_CONDITIONS)
    # Only what is covered whole may be lit: in the dark, and far away, a lit lamp could still be guessed.
    lit = answer if answer in ("red", "green") else ""
    if condition == "covered":
        lit = random.choice(("red", "green", ""))
    return Plan(
        camera=camera,
        road=road,
        mount=_mount(camera, road, random, far=condition == "too far"),
        lamps=random.choice((2, 3, 3)),
        lit=lit,
        answer=answer,
        condition=condition,
        distractor=random.choice(DISTRACTORS),
    )


def _mount(camera: Camera, road: Road, random: Random, *, far: bool) -> Mount:
    """A place for a light that the camera sees whole, above the ground on a pole of a usual height."""
    beside = road.half_m + 0.35
    depth = random.uniform(16.0, 21.0) if far else random.uniform(4.2, 7.6)
    x, z = _ahead(camera, random.uniform(-0.32, 0.32), depth)
    while far and abs(x) > beside + 0.5:  # as far away as this, a house may stand there
        x, z = _ahead(camera, random.uniform(-0.36, 0.36), depth)
    from_top = random.uniform(0.16, 0.36)
    y = random.uniform(3.2, 4.4) if far else camera.height_m + (camera.horizon - from_top) * depth / camera.focal
    pole_x = math.copysign(beside, x) if abs(x) < beside else x
    return Mount(x, z, y, pole_x)


def _ahead(camera: Camera, across: float, depth: float) -> tuple[float, float]:
    """The place (x, z) at a depth that is seen so far from the picture's middle, in picture widths."""
    right = across * depth / camera.focal
    sine, cosine = math.sin(camera.yaw), math.cos(camera.yaw)
    return camera.x_m + right * cosine + depth * sine, camera.z_m - right * sine + depth * cosine
