"""Colours by name, and what they are laid on with: plain, a material's texture, or a pattern."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

from PIL import Image, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, shade

# Far enough from each other to be told apart when moved by a jitter of 10 and lit a little differently.
RGB: dict[str, Colour] = {
    "red": (214, 36, 38),
    "orange": (246, 128, 24),
    "yellow": (250, 214, 48),
    "green": (54, 160, 70),
    "blue": (38, 98, 214),
    "purple": (130, 58, 178),
    "pink": (246, 142, 190),
    "brown": (122, 74, 40),
    "black": (40, 40, 45),
    "white": (244, 244, 240),
    "grey": (144, 147, 152),
}
COLOURS = tuple(RGB)
NEUTRAL = ("black", "white", "grey")

Material = Literal["wooden", "metal", "glass", "fabric", "brick", "straw"]
Pattern = Literal["stripes", "checks", "dots"]
MATERIALS: tuple[Material, ...] = ("wooden", "metal", "glass", "fabric", "brick", "straw")
PATTERNS: tuple[Pattern, ...] = ("stripes", "checks", "dots")

TILE_PX = 256


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour and how it is laid on.

    Attributes:
        colour: the main colour.
        texture: a material, a pattern, or "" for plain.
        other: the second colour of a pattern; for a material, the tone its texture runs to.
        repeats: how often the texture's tile goes into the square, each way.
    """

    colour: Colour
    texture: str = ""
    other: Colour = (255, 255, 255)
    repeats: int = 1

    def cover(self, size_px: int) -> Image.Image:
        """A square of the textured colour."""
        step_px = -(-size_px // self.repeats)
        once = tile(self.texture).resize((step_px, step_px), Image.Resampling.BILINEAR)
        reach = Image.new("L", (size_px, size_px))
        for at in range(self.repeats**2):
            reach.paste(once, (at % self.repeats * step_px, at // self.repeats * step_px))
        base = lighten(self.colour, 0.3) if self.texture == "metal" else self.colour
        return Image.composite(_plain(self.other, size_px), _plain(base, size_px), reach)


def mix_paint(colour: str, random: Random, material: str = "", pattern: str = "") -> Paint:
    """The paint for a named colour, its tone moved a little.

    A pattern's second colour is white on dark colours and dark on light ones; a material's texture stays in the
    colour's own tones, so that the colour can still be named.
    """
    spread = 3 if colour in NEUTRAL else 9  # a grey that leans to a hue has no sure name
    red, green, blue = (channel + random.randint(-spread, spread) for channel in RGB[colour])
    tone = shade((red, green, blue), random.uniform(0.94, 1.05))
    if pattern:
        return Paint(tone, pattern, (250, 250, 246) if brightness(tone) < 0.62 else shade(tone, 0.36))
    if material == "metal":
        return Paint(tone, material, shade(tone, 0.62))
    if material:
        return Paint(tone, material, shade(tone, 0.52) if brightness(tone) > 0.3 else (112, 112, 118))
    return Paint(tone)


def lighten(colour: Colour, amount: float) -> Colour:
    """The colour moved towards white by a fraction of the way.

    >>> lighten((0, 100, 255), 0.5)
    (128, 178, 255)
    """
    red, green, blue = (round(channel + amount * (255 - channel)) for channel in colour)
    return red, green, blue


def brightness(colour: Colour) -> float:
    """How light a colour looks, 0–1.

    >>> round(brightness((255, 255, 255)), 2), brightness((0, 0, 0))
    (1.0, 0.0)
    """
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


@cache
def tile(texture: str) -> Image.Image:
    """How far each point of a square goes to the second colour, 0–255; always the same square; not to be drawn on."""
    drawn = Image.new("L", (TILE_PX, TILE_PX), 0)
    TILES[texture](ImageDraw.Draw(drawn))
    return drawn.filter(ImageFilter.GaussianBlur(1.2)) if texture in MATERIALS else drawn


def _plain(colour: Colour, size_px: int) -> Image.Image:
    return Image.new("RGB", (size_px, size_px), colour)


def _wood(draw: ImageDraw.ImageDraw) -> None:
    """Grain: long wavy lines, closer in some places, and two knots."""
    random = Random("wood")
    y = 4.0
    while y < TILE_PX:
        depth, wave = random.uniform(3, 8), random.uniform(0, 6)
        points = [(x, y + depth * math.sin(x / 40 + wave)) for x in range(-4, TILE_PX + 9, 8)]
        draw.line(points, random.randint(130, 235), random.choice((3, 5, 7)))
        y += random.uniform(11, 19)
    for x, y in ((70, 90), (190, 170)):
        for reach in (16, 9, 3):
            draw.ellipse((x - 1.5 * reach, y - reach, x + 1.5 * reach, y + reach), outline=210, width=4)


def _metal(draw: ImageDraw.ImageDraw) -> None:
    """Slanting glints, sharp-edged, from dark to light; light is where nothing of the second tone is."""
    for x in range(-TILE_PX, 2 * TILE_PX):
        glint = 0.5 + 0.5 * math.sin(x / 14) * math.sin(x / 45 + 1)
        draw.line([(x, TILE_PX), (x + TILE_PX // 2, 0)], round(235 * glint**1.5), 2)


def _fabric(draw: ImageDraw.ImageDraw) -> None:
    """A coarse weave: threads over and under each other."""
    step = 16
    for row in range(0, TILE_PX, step):
        for column in range(0, TILE_PX, step):
            over = (row + column) // step % 2
            inset = (1, 5) if over else (5, 1)
            box = (column + inset[0], row + inset[1], column + step - inset[0], row + step - inset[1])
            draw.rounded_rectangle(box, 4, fill=200 if over else 90)


def _brick(draw: ImageDraw.ImageDraw) -> None:
    """Courses of bricks, each moved by half a brick; the joints are the second colour."""
    height, width = 26, 52
    for course, y in enumerate(range(0, TILE_PX + height, height)):
        draw.line([(0, y), (TILE_PX, y)], 255, 5)
        for x in range(-(course % 2) * width // 2, TILE_PX + width, width):
            draw.line([(x, y), (x, y + height)], 255, 5)


def _straw(draw: ImageDraw.ImageDraw) -> None:
    """Plaited straw: short strokes, slanting by turns."""
    for band, x in enumerate(range(0, TILE_PX, 20)):
        for y in range(-20, TILE_PX + 20, 13):
            lean = 14 if band % 2 else -14
            draw.line([(x, y), (x + 19, y + lean)], 220, 4)


def _stripes(draw: ImageDraw.ImageDraw) -> None:
    for y in range(0, TILE_PX, 52):
        draw.rectangle((0, y, TILE_PX, y + 23), fill=255)


def _checks(draw: ImageDraw.ImageDraw) -> None:
    step = 32
    for row in range(0, TILE_PX, step):
        for column in range(row % (2 * step), TILE_PX, 2 * step):
            draw.rectangle((column, row, column + step - 1, row + step - 1), fill=255)


def _dots(draw: ImageDraw.ImageDraw) -> None:
    for row, y in enumerate(range(16, TILE_PX + 16, 40)):
        for x in range(16 + row % 2 * 22, TILE_PX + 16, 44):
            draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill=255)


def _nothing(draw: ImageDraw.ImageDraw) -> None:
    """Glass has no texture of its own: it is seen through."""


TILES: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "wooden": _wood,
    "metal": _metal,
    "glass": _nothing,
    "fabric": _fabric,
    "brick": _brick,
    "straw": _straw,
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
}
