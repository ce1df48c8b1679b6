"""A pen that draws in a unit square, whatever the turn, the side and the size of what is drawn.

Coordinates run from (0, 0), top left, to (1, 1), bottom right; an object may reach a little beyond them. Lengths are
fractions of the square's side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

from lensmith.lab.worlds.drawing import Colour, Point, shade
from lensmith.lab.worlds.objects.paint import Paint, brightness, lighten

MARGIN = 0.2
# Dark glass lets less through, or black would look grey.
GLASS_ALPHA, DARK_GLASS_ALPHA = 150, 200
INK: Colour = (36, 34, 42)
WHITE: Colour = (250, 250, 248)

# Points on a circle, from the right, clockwise; and the weights of four neighbours along a smooth curve.
CIRCLE = [(math.cos(math.tau * at / 28), math.sin(math.tau * at / 28)) for at in range(28)]
SPLINE = [
    ((-t + 2 * t**2 - t**3) / 2, (2 - 5 * t**2 + 3 * t**3) / 2, (t + 4 * t**2 - 3 * t**3) / 2, (t**3 - t**2) / 2)
    for t in (0.0, 0.2, 0.4, 0.6, 0.8)
]


@dataclass(frozen=True, slots=True)
class Stance:
    """How an object stands in its square.

    Attributes:
        tilt: clockwise, in radians.
        mirrored: left and right exchanged.
        stretch: wider than drawn where above 1.
        edge: the width of the dark edge around every part; 0 for none.
    """

    tilt: float = 0.0
    mirrored: bool = False
    stretch: float = 1.0
    edge: float = 0.012


class Pen:
    """Draws parts onto a transparent square, later ones over earlier ones.

    Args:
        size_px: the side of the unit square; the canvas is wider by a margin on each side.
        random: for details that vary.
        body: the paint of the region that carries the object's colour.
        stance: turn, side and proportions.
        held: what a person is to hold, drawn already.
    """

    def __init__(
        self, size_px: int, random: Random, body: Paint, stance: Stance, held: Image.Image | None = None
    ) -> None:
        self.size_px = size_px
        self.held = held
        self.random = random
        self.body = body
        self.stance = stance
        self.canvas_px = round(size_px * (1 + 2 * MARGIN))
        self.canvas = Image.new("RGBA", (self.canvas_px, self.canvas_px))
        self._draw = ImageDraw.Draw(self.canvas)
        self._cover: Image.Image | None = None
        cosine, sine = math.cos(stance.tilt), math.sin(stance.tilt)
        across = (-1 if stance.mirrored else 1) * stance.stretch * size_px
        self._matrix = (
            across * cosine,
            -size_px / stance.stretch * sine,
            across * sine,
            size_px / stance.stretch * cosine,
        )

    @property
    def dark(self) -> Colour:
        """The body's colour in shade."""
        return shade(self.body.colour, 0.74)

    @property
    def light(self) -> Colour:
        """The body's colour in light."""
        return lighten(self.body.colour, 0.5)

    def at(self, x: float, y: float) -> Point:
        """Where a point of the unit square lies on the canvas, in pixels."""
        a, b, c, d = self._matrix
        x, y, middle = x - 0.5, y - 0.5, self.canvas_px / 2
        return a * x + b * y + middle, c * x + d * y + middle

    def polygon(self, points: Sequence[Point], ink: Colour | Paint, *, edged: bool = True) -> None:
        """A filled area with straight sides."""
        placed = [self.at(x, y) for x, y in points]
        colour = ink.colour if isinstance(ink, Paint) else ink
        if isinstance(ink, Paint) and ink.texture == "glass":
            self._draw.polygon(placed, (*colour, GLASS_ALPHA if brightness(colour) > 0.35 else DARK_GLASS_ALPHA))
        elif isinstance(ink, Paint) and ink.texture:
            mask = Image.new("L", self.canvas.size)
            ImageDraw.Draw(mask).polygon(placed, 255)
            self.canvas.paste(self._covered(ink), (0, 0), mask)
        else:
            self._draw.polygon(placed, colour)
        if edged and self.stance.edge:
            self._draw.line([*placed, placed[0], placed[1]], edge_of(colour), self._width(self.stance.edge), "curve")

    def blob(self, points: Sequence[Point], ink: Colour | Paint, *, edged: bool = True) -> None:
        """A filled area whose outline runs smoothly through the points."""
        self.polygon(smooth(points), ink, edged=edged)

    def oval(self, box: tuple[float, float, float, float], ink: Colour | Paint, *, edged: bool = True) -> None:
        """A filled ellipse: (centre x, centre y, half width, half height)."""
        x, y, across, down = box
        self.polygon([(x + across * c, y + down * s) for c, s in CIRCLE], ink, edged=edged)

    def box(self, box: tuple[float, float, float, float], ink: Colour | Paint, corner: float = 0.0) -> None:
        """A filled rectangle: (left, top, right, bottom), with corners rounded by `corner`."""
        left, top, right, bottom = box
        if not corner:
            self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], ink)
            return
        middles = ((right, bottom, -1, -1), (left, bottom, 1, -1), (left, top, 1, 1), (right, top, -1, 1))
        points = [
            (x + corner * (dx + c), y + corner * (dy + s))
            for quarter, (x, y, dx, dy) in enumerate(middles)
            for c, s in CIRCLE[7 * quarter : 7 * quarter + 8 if quarter < 3 else 28]
        ]
        self.polygon(points, ink)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A stroke with round ends."""
        placed, width_px = [self.at(x, y) for x, y in points], self._width(width)
        self._draw.line(placed, colour, width_px, "curve")
        if width_px > 3:
            for x, y in (placed[0], placed[-1]):
                reach = width_px / 2 - 0.5
                self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), colour)

    def ring(self, circle: tuple[float, float, float], width: float, colour: Colour) -> None:
        """A circle's line: (centre x, centre y, radius)."""
        x, y, reach = circle
        around = [(x + reach * c, y + reach * s) for c, s in (*CIRCLE, CIRCLE[0])]
        self.limb(around, width, colour)

    def limb(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A stroke with the same edge that areas have."""
        if self.stance.edge:
            self.line(points, width + 1.6 * self.stance.edge, edge_of(colour))
        self.line(points, width, colour)

    def text(self, text: str, centre: Point, box: Point, colour: Colour) -> None:
        """Text as large as fits a box of this width and height around `centre`, upright and never mirrored."""
        font = font_for(text, box[0] * self.size_px, box[1] * self.size_px)
        self._draw.text(self.at(*centre), text, colour, font, "mm", stroke_width=max(0, round(font.size / 34)))

    def attach(self, sprite: Image.Image, at: Point) -> None:
        """Another picture, its centre at a point of the unit square."""
        x, y = self.at(*at)
        self.canvas.alpha_composite(sprite, (max(0, round(x - sprite.width / 2)), max(0, round(y - sprite.height / 2))))

    def glint(self, points: Sequence[Point], width: float) -> None:
        """A streak of light on glass or gloss."""
        self.line(points, width, (255, 255, 255) if brightness(self.body.colour) < 0.85 else (196, 206, 216))

    def _covered(self, paint: Paint) -> Image.Image:
        """The canvas's square in the body's texture, made once."""
        if paint is not self.body:
            return paint.cover(self.canvas_px).convert("RGBA")
        if self._cover is None:
            self._cover = paint.cover(self.canvas_px).convert("RGBA")
        return self._cover

    def _width(self, width: float) -> int:
        return max(1, round(width * self.size_px))


def smooth(points: Sequence[Point]) -> list[Point]:
    """A closed curve through the points (Catmull-Rom), five points for each one given."""
    found = []
    for at in range(len(points)):
        a, b, c, d = (points[(at + shift) % len(points)] for shift in (-1, 0, 1, 2))
        found += [
            (wa * a[0] + wb * b[0] + wc * c[0] + wd * d[0], wa * a[1] + wb * b[1] + wc * c[1] + wd * d[1])
            for wa, wb, wc, wd in SPLINE
        ]
    return found


def edge_of(colour: Colour) -> Colour:
    """The colour of the edge around an area: darker than it, or lighter where it is almost black."""
    return (98, 98, 108) if brightness(colour) < 0.22 else shade(colour, 0.5)


def font_for(text: str, width_px: float, height_px: float) -> ImageFont.FreeTypeFont:
    """Pillow's own font, as large as lets the text fit."""
    trial = _font(100)
    left, top, right, bottom = trial.getbbox(text)
    return _font(max(6, int(100 * min(width_px / (right - left), height_px / (bottom - top)))))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise OSError("this Pillow was built without FreeType, so it cannot write on pictures")
    return font
