"""A planned street as a picture, with its traffic light or without."""

from random import Random

from PIL import Image, ImageChops, ImageEnhance

from lensmith.lab.worlds.drawing import Colour
from lensmith.lab.worlds.street.beside import plant_tree, put_lamp
from lensmith.lab.worlds.street.camera import FAR_M, Vec, rectangle, wall
from lensmith.lab.worlds.street.ground import centre_line, lay_paint, paint_ground, paint_sky
from lensmith.lab.worlds.street.houses import line_with_houses
from lensmith.lab.worlds.street.stage import STAGE_PX, Stage
from lensmith.lab.worlds.street.traffic import put_car, put_person
from lensmith.lab.worlds.street.weather import fall_dark, rain
from lensmith.lab.worlds.street_lights.plan import Plan
from lensmith.lab.worlds.street_lights.signals import put_globe, put_sign, put_signal

NEON: tuple[Colour, ...] = ((255, 60, 52), (60, 224, 116), (80, 150, 255), (255, 190, 60))


def paint_street(plan: Plan, random: Random) -> Image.Image:
    """The street under its weather."""
    picture = Image.new("RGB", (STAGE_PX, STAGE_PX))
    stage = Stage(picture, plan.camera, random, (random.uniform(0.85, 1.05), random.uniform(0.62, 0.9)))
    paint_sky(stage, clouds=random.random() < 0.6)
    paint_ground(stage, plan.road)
    if random.random() < 0.7:
        lay_paint(stage, plan.road, centre_line(plan.road, (-8.0, 60.0), (0.0, 0.0)), strength=0.9, worn=0.08)
    lit = _furnish(stage, plan)
    _distract(stage, plan)
    if plan.answer != "none":
        put_signal(stage, plan)
    bare = stage.picture.copy()
    stage.raise_all()
    _weather(stage, plan, bare, lit)
    finished = stage.finished()
    finished = ImageEnhance.Brightness(finished).enhance(random.uniform(0.9, 1.1))
    return _underexpose(finished, random) if plan.condition == "too dark" else finished


def _furnish(stage: Stage, plan: Plan) -> list[tuple[Vec, float]]:
    """Lets houses, trees, lamps, cars and people stand, none before the light; returns what the lamps light."""
    random, road, mount = stage.random, plan.road, plan.mount
    edge = road.half_m + road.pavement_m
    line_with_houses(stage, edge + random.uniform(0.2, 3.0))
    for _ in range(random.choice((0, 2, 4))):
        plant_tree(stage, random.choice((-1, 1)) * (edge + random.uniform(-0.4, 0.4)), mount.z + random.uniform(2, 25))
    for side in (-1, 1):
        if random.random() < 0.4:
            put_car(stage, side * road.half_m / 2, random.uniform(8.0, 26.0), ahead=side > 0)
    for _ in range(random.choice((0, 1, 2))):
        put_person(stage, random.choice((-1, 1)) * (road.half_m + 0.8), random.uniform(6.0, 20.0))
    lit: list[tuple[Vec, float]] = []
    side = random.choice((-1, 1))
    for at in (1, 2, 3):
        z = 9.0 * at + random.uniform(-1.0, 1.0)
        put_lamp(stage, side * (road.half_m + 0.5), z)
        lit.append(((side * road.half_m * 0.3, 0.0, z), random.uniform(4.5, 6.5)))
    return lit


def _distract(stage: Stage, plan: Plan) -> None:
    """Lets things stand that could be mistaken for a traffic light, not before it."""
    random, road = stage.random, plan.road
    beside, beyond = road.half_m + 0.45, min(plan.mount.z, 8.0) + 0.6
    count = random.randint(1, 3)
    for at in range(count):
        side, z = random.choice((-1, 1)), beyond + 3.2 * at + random.uniform(0.0, 1.5)
        if plan.distractor == "globes":
            put_globe(stage, side * beside, z, random.uniform(2.6, 3.8))
        elif plan.distractor == "signs":
            put_sign(stage, side * beside, z, random.uniform(2.2, 3.0))
        elif plan.distractor == "cars":
            put_car(stage, side * road.half_m / 2, z + 2.0 + 2.2 * at, ahead=side > 0)
        elif plan.distractor == "shops":
            _hang_shop_sign(stage, side * (road.half_m + road.pavement_m + 0.05), z)


def _hang_shop_sign(stage: Stage, x: float, z: float) -> None:
    """A coloured sign at a wall, square to the road; at night it shines."""
    random = stage.random
    colour, out, low = random.choice(NEON), 1.1 if x < 0 else -1.1, random.uniform(2.4, 3.2)
    board = wall((x, z), (x + out, z), (low, low + 0.7))

    def paint() -> None:
        stage.fill(board, colour, 0.85)
        stage.glow(board, colour)

    stage.stand(x, z, paint)


def _weather(stage: Stage, plan: Plan, bare: Image.Image, lit: list[tuple[Vec, float]]) -> None:
    if plan.weather == "night":
        fall_dark(stage, lit)
    elif plan.weather == "wet":
        rain(stage, stage.mask([rectangle((-plan.road.half_m, plan.road.half_m), (-30.0, FAR_M))]), bare)
    elif plan.weather == "haze":
        _haze(stage, plan)


def _haze(stage: Stage, plan: Plan) -> None:
    """Air that whitens what is far more than what is near."""
    random = stage.random
    air = Image.new("RGB", stage.picture.size, (206, 210, 214))
    amount = random.uniform(0.42, 0.55) if plan.condition == "too far" else random.uniform(0.3, 0.5)
    horizon = stage.camera.horizon
    rows = [amount * max(0.35, 1 - max(0.0, at / 63 - horizon) * 2.2) for at in range(64)]
    veil = Image.frombytes("L", (1, 64), bytes(round(255 * share) for share in rows))
    stage.picture.paste(air, (0, 0), veil.resize(stage.picture.size))


def _underexpose(picture: Image.Image, random: Random) -> Image.Image:
    """A picture with hardly any light, and the grain of a camera that strains to see."""
    dim = ImageEnhance.Brightness(ImageEnhance.Color(picture).enhance(0.35)).enhance(random.uniform(0.05, 0.1))
    grain = Image.frombytes("RGB", picture.size, random.randbytes(3 * picture.width * picture.height))
    return ImageChops.add(dim, grain.point(lambda value: value // 24))
