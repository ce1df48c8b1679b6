"""A planned street as a picture. The only thing that depends on the answer is whether stripes are among the marks."""

from collections.abc import Callable
from random import Random

from PIL import Image

from lensmith.lab.worlds.crosswalk.marks import other_marks, stripes, throw_shadow, usual_marks
from lensmith.lab.worlds.crosswalk.plan import Distractor, Plan
from lensmith.lab.worlds.street.beside import Fence, plant_tree, put_fence, put_lamp, put_stairs
from lensmith.lab.worlds.street.camera import FAR_M, Vec, rectangle
from lensmith.lab.worlds.street.ground import lay_paint, paint_ground, paint_sky
from lensmith.lab.worlds.street.houses import line_with_houses
from lensmith.lab.worlds.street.stage import STAGE_PX, Stage
from lensmith.lab.worlds.street.traffic import put_car, put_person
from lensmith.lab.worlds.street.weather import fall_dark, rain


def paint_street(plan: Plan, random: Random, *, zebra: bool) -> Image.Image:
    """The street, with a zebra crossing at its spot or without."""
    picture = Image.new("RGB", (STAGE_PX, STAGE_PX))
    stage = Stage(picture, plan.camera, random, (random.uniform(0.85, 1.05), random.uniform(0.62, 0.9)))
    paint_sky(stage, clouds=random.random() < 0.6)
    paint_ground(stage, plan.road)
    marks = usual_marks(plan, random)
    if plan.distractor == "marks":
        marks += other_marks(plan, random)
    if zebra:
        marks += stripes(plan)
    lay_paint(stage, plan.road, marks, strength=plan.strength, worn=plan.worn)
    if plan.distractor == "shadow":
        throw_shadow(stage, plan)
    lamps = furnish(stage, plan)
    DISTRACTIONS.get(plan.distractor, _nothing)(stage, plan)
    populate(stage, plan)
    bare = stage.picture.copy()
    stage.raise_all()
    if plan.condition == "wet":
        rain(
            stage, stage.mask([rectangle((-plan.road.half_m, plan.road.half_m), (plan.camera.z_m - 30.0, FAR_M))]), bare
        )
    if plan.condition == "dark":
        fall_dark(stage, lamps)
    brightness, contrast = random.uniform(0.9, 1.1), random.uniform(0.9, 1.1)
    # Around a fixed grey: around the picture's own, white stripes would be felt in every pixel.
    return stage.finished().point(lambda value: round((value * brightness - 118) * contrast + 118))


def furnish(stage: Stage, plan: Plan) -> list[tuple[Vec, float]]:
    """Lets houses, trees and lamps stand; returns what the lamps light, the spot among it."""
    random, edge = stage.random, plan.road.half_m + plan.road.pavement_m
    free = (plan.middle - 5.0, plan.middle + 5.0) if plan.distractor == "stairs" else (0.0, 0.0)
    line_with_houses(stage, edge + random.uniform(0.2, 3.0), (free, free))
    trees = random.choice((0, 3, 6))
    for _ in range(trees):
        side = random.choice((-1, 1))
        z = plan.camera.z_m + random.uniform(-2.0, 30.0)
        if abs(z - plan.middle) > 3.5 and not (side < 0 and z < plan.camera.z_m + 5):
            plant_tree(stage, side * (edge - random.uniform(-0.4, 0.5)), z)
    lit: list[tuple[Vec, float]] = []
    side = random.choice((-1, 1)) if plan.view == "driver" else 1
    for at in range(3):
        z = plan.middle + random.uniform(-0.8, 0.8) + 13.0 * at
        put_lamp(stage, side * (plan.road.half_m + 0.5), z)
        lit.append(((side * plan.road.half_m * 0.3, 0.0, z), random.uniform(4.5, 6.5)))
    return lit


def _nothing(stage: Stage, plan: Plan) -> None:
    """A street without anything that could be mistaken."""


def _put_stairs(stage: Stage, plan: Plan) -> None:
    random, edge = stage.random, plan.road.half_m + 0.5
    wide = random.uniform(2.5, 5.0)
    if plan.view == "driver":
        side = random.choice((-1, 1))
        x = side * (plan.road.half_m + plan.road.pavement_m / 2 + 0.4)
        put_stairs(stage, (x, plan.spot[1] + random.uniform(0.5, 5.0)), away=(0.0, 1.0), wide_m=wide / 1.6)
    else:
        put_stairs(stage, (edge, plan.middle + random.uniform(-1.5, 2.5)), away=(1.0, 0.0), wide_m=wide)


def _put_fence(stage: Stage, plan: Plan) -> None:
    random, edge = stage.random, plan.road.half_m + 0.4
    fence = Fence.drawn_by_lot(random)
    gap = (plan.spot[0] - 0.3, plan.spot[1] + 0.3)
    sides = random.choice(((-1,), (1,), (-1, 1))) if plan.view == "driver" else (1,)
    whole = random.random() < 0.5
    for side in sides:
        x = side * edge if not whole else side * (edge + plan.road.pavement_m - 0.6)
        if whole:
            put_fence(stage, fence, (x, plan.camera.z_m - 6), (x, plan.camera.z_m + 22))
        else:
            put_fence(stage, fence, (x, plan.camera.z_m - 6), (x, gap[0]))
            put_fence(stage, fence, (x, gap[1]), (x, plan.camera.z_m + 22))


DISTRACTIONS: dict[Distractor, Callable[[Stage, Plan], None]] = {"stairs": _put_stairs, "fence": _put_fence}


def populate(stage: Stage, plan: Plan) -> None:
    """Lets cars and people stand and walk; where the spot is covered, on the spot itself."""
    random, half = stage.random, plan.road.half_m
    lane = half / 2
    taken: list[int] = []
    if plan.condition == "occluded":
        if plan.view == "driver" or random.random() < 0.5:
            side = random.choice((-1, 1)) if plan.view == "driver" else 1  # a near lane's car would hide the street
            put_car(stage, side * lane, plan.middle + random.uniform(-1.6, 2.2), ahead=side > 0)
            taken.append(side)
        for _ in range(random.randint(2, 4)):
            x = random.uniform(0.1, 0.9) * half * (-taken[0] if taken else random.choice((-1, 1)))
            put_person(stage, x, random.uniform(*plan.spot))  # in the lane that the car leaves free
    for side in (-1, 1):
        if random.random() < 0.35 and side not in taken:
            z = plan.spot[1] + random.uniform(4.5, 22.0)
            put_car(stage, side * lane, z, ahead=side > 0)
    for _ in range(random.choice((0, 0, 1, 2, 3))):
        z = plan.camera.z_m + random.uniform(3.0, 20.0)
        side = random.choice((-1, 1)) if plan.view == "driver" else 1
        put_person(stage, side * (half + random.uniform(0.4, plan.road.pavement_m)), z)
