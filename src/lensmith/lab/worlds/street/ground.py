"""Sky, earth, pavements and the road, with the lines that any road has."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.street.camera import FAR_M, Vec, rectangle
from lensmith.lab.worlds.street.stage import Stage

# (top, at the horizon)
SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((92, 148, 214), (202, 224, 240)),
    ((122, 170, 220), (226, 234, 236)),
    ((150, 166, 186), (214, 218, 222)),
    ((176, 182, 190), (222, 222, 220)),
    ((110, 130, 186), (246, 206, 164)),
)
EARTHS: tuple[Colour, ...] = ((112, 146, 84), (138, 152, 96), (150, 140, 116), (164, 158, 146))
PAVEMENTS: tuple[Colour, ...] = ((176, 172, 164), (190, 178, 162), (158, 158, 160), (184, 164, 152))
ROADS: tuple[Colour, ...] = ((84, 86, 92), (104, 104, 106), (70, 72, 80), (112, 106, 100), (94, 90, 96))

DASH_M = (2.0, 2.5)
LINE_M = 0.16


@dataclass(frozen=True, slots=True)
class Road:
    """A straight road from far behind to far ahead.

    Attributes:
        half_m: half its width.
        pavement_m: the width of the pavement on either side.
        colour: of the asphalt.
        paint: of the marks on it.
    """

    half_m: float
    pavement_m: float
    colour: Colour
    paint: Colour

    @classmethod
    def drawn_by_lot(cls, random: Random) -> "Road":
        """Any road."""
        colour = jitter(shade(random.choice(ROADS), random.uniform(0.88, 1.12)), random, 3)
        return cls(random.uniform(2.9, 4.2), random.uniform(1.6, 2.8), colour, jitter((232, 232, 226), random, 10))


def paint_sky(stage: Stage, *, clouds: bool) -> None:
    """Covers everything above the horizon: a sky, a few clouds, and far hills or woods."""
    random, size_px = stage.random, stage.picture.width
    top, low = (jitter(colour, random, 8) for colour in random.choice(SKIES))
    ramp = Image.linear_gradient("L").resize((size_px, round(size_px * stage.camera.horizon) + 1))
    stage.picture.paste(Image.composite(Image.new("RGB", ramp.size, low), Image.new("RGB", ramp.size, top), ramp))
    horizon_px = size_px * stage.camera.horizon
    if clouds:
        puffs = Image.new("L", (size_px // 4, size_px // 4), 0)
        pen = ImageDraw.Draw(puffs)
        for _ in range(random.randint(2, 5)):
            x, y = random.uniform(0, size_px / 4), random.uniform(0, horizon_px / 4 * 0.7)
            for _ in range(4):
                across, down = x + random.uniform(-9, 9), y + random.uniform(-2, 2)
                wide, high = random.uniform(4, 11), random.uniform(1.5, 4)
                pen.ellipse((across - wide, down - high, across + wide, down + high), fill=random.randint(120, 210))
        puffs = puffs.filter(ImageFilter.GaussianBlur(1.6)).resize(stage.picture.size)
        stage.lay(puffs, shade(low, 1.08))
    _paint_far(stage, low)


def _paint_far(stage: Stage, haze: Colour) -> None:
    """A line of hills or woods, paled by the air before it."""
    random, size_px = stage.random, stage.picture.width
    green = jitter(random.choice(((104, 130, 96), (120, 134, 138), (90, 116, 90))), random, 8)
    tint = tuple(round(0.55 * a + 0.45 * b) for a, b in zip(green, haze, strict=True))
    horizon_px, steps = size_px * stage.camera.horizon, 14
    tops = [(at * size_px / steps, horizon_px - random.uniform(0.01, 0.05) * size_px) for at in range(steps + 1)]
    stage.pen.polygon([(0, horizon_px + 2), *tops, (size_px, horizon_px + 2)], fill=(tint[0], tint[1], tint[2]))


def paint_ground(stage: Stage, road: Road) -> None:
    """Covers everything below the horizon: earth, pavements with kerbs, the road; all a little uneven."""
    random, size_px = stage.random, stage.picture.width
    earth, pavement = jitter(random.choice(EARTHS), random, 8), jitter(random.choice(PAVEMENTS), random, 8)
    stage.pen.rectangle((0, size_px * stage.camera.horizon, size_px, size_px), fill=earth)
    length = (stage.camera.z_m - 60.0, stage.camera.z_m + FAR_M)
    edge = road.half_m + road.pavement_m
    stage.fill(rectangle((-edge, edge), length), pavement)
    _paint_slabs(stage, road, shade(pavement, 0.9))
    stage.fill(rectangle((-road.half_m - 0.18, road.half_m + 0.18), length), shade(pavement, 0.78))
    stage.fill(rectangle((-road.half_m, road.half_m), length), road.colour)
    ground = Image.new("L", stage.picture.size, 0)
    ImageDraw.Draw(ground).rectangle((0, size_px * stage.camera.horizon + 1, size_px, size_px), fill=255)
    blotches = ImageChops.blend(stage.noise(24), stage.noise(size_px), 0.5).point(lambda grey: 150 + grey * 105 // 255)
    uneven = ImageChops.multiply(stage.picture, Image.merge("RGB", (blotches,) * 3))
    stage.picture.paste(ImageChops.blend(stage.picture, uneven, random.uniform(0.25, 0.6)), (0, 0), ground)


def _paint_slabs(stage: Stage, road: Road, colour: Colour) -> None:
    """The joints between the slabs of the pavements."""
    for side in (-1, 1):
        near, far = side * road.half_m, side * (road.half_m + road.pavement_m)
        for step in range(-6, 22):
            z = stage.camera.z_m + 1.5 * step
            stage.fill(rectangle((min(near, far), max(near, far)), (z, z + 0.06)), colour)


def centre_line(road: Road, z: tuple[float, float], gap: tuple[float, float]) -> list[list[Vec]]:
    """Dashes along the middle of the road, none within `gap`."""
    dashes, at = [], z[0]
    while at < z[1]:
        if at + DASH_M[0] < gap[0] or at > gap[1]:
            dashes.append(rectangle((-LINE_M / 2, LINE_M / 2), (at, at + DASH_M[0])))
        at += sum(DASH_M)
    return dashes


def lay_paint(stage: Stage, road: Road, marks: list[list[Vec]], *, strength: float, worn: float) -> None:
    """Paints marks on the road, worn as all paint is.

    Args:
        stage: to paint on.
        road: whose paint it is.
        marks: polygons on the ground.
        strength: how much of the asphalt the paint hides, 0–1.
        worn: the share of the paint that is gone in patches, 0–1.
    """
    mask = stage.mask(marks)
    threshold = round(255 * worn)
    patches = ImageChops.blend(stage.noise(40), stage.noise(110), 0.5)
    # Noise gathers around the middle grey: stretched, so that a share of it lies below the same share of greys.
    there = patches.point(lambda grey: max(0, min(255, 8 * (round((grey - 128) * 1.9) + 128 - threshold) + 128)))
    kept = there.point(lambda grey: round((90 + grey * 165 / 255) * strength))
    stage.lay(ImageChops.multiply(mask, kept), road.paint)
