"""Shapes, colours and backgrounds, drawn large and scaled down, so that edges are smooth."""

import math
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

OVERSAMPLING = 3

Point = tuple[float, float]
Colour = tuple[int, int, int]

HUES: dict[str, tuple[int, int, int]] = {
    "red": (214, 48, 44),
    "yellow": (243, 199, 36),
    "green": (52, 158, 76),
    "blue": (42, 96, 204),
    "purple": (146, 70, 178),
}

# Light and dark grounds, none near a shape's own colour.
GROUNDS: tuple[Colour, ...] = (
    (244, 240, 230),
    (226, 232, 238),
    (236, 222, 214),
    (214, 220, 210),
    (70, 74, 84),
    (44, 46, 56),
    (92, 84, 80),
)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (`factor` below 1) or lighter.

    >>> shade((100, 200, 50), 1.5)
    (150, 255, 75)
    """
    red, green, blue = (min(255, max(0, round(channel * factor))) for channel in colour)
    return red, green, blue


def jitter(colour: Colour, random: Random, spread: int) -> Colour:
    """The colour, each channel moved by at most `spread`."""
    red, green, blue = (min(255, max(0, channel + random.randint(-spread, spread))) for channel in colour)
    return red, green, blue


def draw_ground(random: Random, size_px: int) -> Image.Image:
    """A background that runs softly from one tone to another, in a random direction, with a little grain."""
    tone = jitter(random.choice(GROUNDS), random, 8)
    other = shade(tone, random.uniform(0.82, 1.12))
    ramp = _ramp(size_px, random.choice((0, 90, 180, 270)))
    ground = Image.composite(Image.new("RGB", ramp.size, tone), Image.new("RGB", ramp.size, other), ramp)
    grain = Image.frombytes("L", ramp.size, random.randbytes(size_px * size_px)).filter(ImageFilter.BoxBlur(1))
    amount = random.uniform(0.0, 0.1)
    return ImageChops.blend(ground, Image.merge("RGB", (grain, grain, grain)), amount)


def outlines(shape: str, centre: Point, radius_px: float, turn: float) -> list[list[Point]]:
    """The edges of a shape: the outer one, which reaches `radius_px` from the centre, then those of its holes.

    Args:
        shape: a name in `EDGES`.
        centre: in pixels.
        radius_px: how far the farthest point is from the centre.
        turn: clockwise, in radians.

    Raises:
        KeyError: there is no such shape.
    """
    cosine, sine = math.cos(turn), math.sin(turn)
    return [
        [
            (centre[0] + radius_px * (x * cosine - y * sine), centre[1] + radius_px * (x * sine + y * cosine))
            for x, y in edge
        ]
        for edge in EDGES[shape]
    ]


def draw_shape(picture: Image.Image, edges: list[list[Point]], colour: Colour) -> Image.Image:
    """The picture with a filled shape on it: a soft shadow under it, a darker edge, light from above."""
    size_px = picture.width
    mask = Image.new("L", picture.size, 0)
    for at, edge in enumerate(edges):
        ImageDraw.Draw(mask).polygon(edge, fill=0 if at else 255)
    shadow = ImageChops.offset(mask, 0, size_px // 40).filter(ImageFilter.GaussianBlur(size_px / 45))
    picture = Image.composite(Image.new("RGB", picture.size, (16, 16, 22)), picture, shadow.point(lambda v: v * 0.4))
    top, bottom = (Image.new("RGB", picture.size, shade(colour, factor)) for factor in (1.12, 0.88))
    picture = Image.composite(Image.composite(bottom, top, _ramp(size_px, 0)), picture, mask)
    for edge in edges:
        ImageDraw.Draw(picture).line([*edge, edge[0], edge[1]], shade(colour, 0.6), size_px // 50, "curve")
    return picture


@cache
def _ramp(size_px: int, turn: int) -> Image.Image:
    """Black to white across a square, from the top when `turn` is 0 degrees; not to be drawn on."""
    return Image.linear_gradient("L").rotate(turn).resize((size_px, size_px))


def _around(corners: int, *radii: float) -> list[Point]:
    """Points around the centre from the top, their distances taken from `radii` in turn."""
    turns = [2 * math.pi * at / corners - math.pi / 2 for at in range(corners)]
    return [(radii[at % len(radii)] * math.cos(t), radii[at % len(radii)] * math.sin(t)) for at, t in enumerate(turns)]


# Each reaches 1 from its centre. Their areas differ, which helps a model that cannot yet tell a corner.
EDGES: dict[str, tuple[list[Point], ...]] = {
    "circle": (_around(60, 1.0),),
    "ring": (_around(60, 1.0), _around(60, 0.5)),
    "square": ([(-0.7, -0.7), (0.7, -0.7), (0.7, 0.7), (-0.7, 0.7)],),
    "star": (_around(10, 1.0, 0.4),),
}
