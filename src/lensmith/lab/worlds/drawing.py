"""Shapes, colours and backgrounds, drawn large and scaled down, so that edges are smooth."""

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

OVERSAMPLING = 4

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
    ramp = Image.linear_gradient("L").rotate(random.choice((0, 90, 180, 270))).resize((size_px, size_px))
    ground = Image.composite(Image.new("RGB", ramp.size, tone), Image.new("RGB", ramp.size, other), ramp)
    grain = Image.frombytes("L", ramp.size, random.randbytes(size_px * size_px)).filter(ImageFilter.BoxBlur(1))
    amount = random.uniform(0.0, 0.1)
    return ImageChops.blend(ground, Image.merge("RGB", (grain, grain, grain)), amount)


def outline(shape: str, centre: Point, radius_px: float, turn: float) -> list[Point]:
    """The corners of a shape whose farthest point is `radius_px` from its centre, turned by `turn` radians.

    Raises:
        KeyError: there is no such shape.
    """
    polar = {"circle": _circle, "square": _square, "triangle": _triangle, "star": _star, "heart": _heart}[shape]()
    cosine, sine = math.cos(turn), math.sin(turn)
    return [
        (centre[0] + radius_px * (x * cosine - y * sine), centre[1] + radius_px * (x * sine + y * cosine))
        for x, y in polar
    ]


def draw_shape(picture: Image.Image, corners: list[Point], colour: Colour) -> Image.Image:
    """The picture with a filled shape on it: a soft shadow under it, a darker edge, light from above."""
    size_px = picture.width
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    shadow = ImageChops.offset(mask, 0, size_px // 40).filter(ImageFilter.GaussianBlur(size_px / 45))
    picture = Image.composite(Image.new("RGB", picture.size, (16, 16, 22)), picture, shadow.point(lambda v: v * 0.4))
    light = Image.linear_gradient("L").resize(picture.size)
    top, bottom = (Image.new("RGB", picture.size, shade(colour, factor)) for factor in (1.12, 0.88))
    picture = Image.composite(Image.composite(bottom, top, light), picture, mask)
    ImageDraw.Draw(picture).line([*corners, corners[0], corners[1]], shade(colour, 0.6), size_px // 50, "curve")
    return picture


def _on_circle(corners: int, radii: tuple[float, ...] = (1.0,)) -> list[Point]:
    """Points around the centre from the top, their distances taken from `radii` in turn."""
    turns = [2 * math.pi * at / corners - math.pi / 2 for at in range(corners)]
    return [(radii[at % len(radii)] * math.cos(t), radii[at % len(radii)] * math.sin(t)) for at, t in enumerate(turns)]


def _circle() -> list[Point]:
    return _on_circle(60, (0.88,))


def _square() -> list[Point]:
    return [(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)]


def _triangle() -> list[Point]:
    return [(x, y + 0.12) for x, y in _on_circle(3)]


def _star() -> list[Point]:
    return _on_circle(10, (1.0, 0.42))


def _heart() -> list[Point]:
    """A heart from its usual parametric curve, scaled into the unit circle."""
    turns = [2 * math.pi * at / 60 for at in range(60)]
    return [
        (
            0.9 * math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 17.0 - 0.08,
        )
        for t in turns
    ]
