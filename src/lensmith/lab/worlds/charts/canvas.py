"""Drawing in the pixels of the finished picture on a sheet that is larger, so that edges come out smooth."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from lensmith.lab.worlds.drawing import OVERSAMPLING, Colour, Point

PICTURE_PX = 192

# Of the sheet's pixels, around every letter of a heading.
STROKE = 2

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels of the finished picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> Point:
        """The point in the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def inset(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> "Box":
        """What is left after cutting so many pixels off the sides.

        >>> Box(0, 0, 10, 10).inset(left=2, bottom=1)
        Box(left=2, top=0, right=10, bottom=9)
        """
        return Box(self.left + left, self.top + top, self.right - right, self.bottom - bottom)

    def slots(self, count: int, *, down: bool = False) -> list["Box"]:
        """Equal parts side by side from the left, or `down` from the top.

        >>> Box(0, 0, 10, 4).slots(2)
        [Box(left=0.0, top=0, right=5.0, bottom=4), Box(left=5.0, top=0, right=10.0, bottom=4)]
        """
        if down:
            step = self.height / count
            return [Box(self.left, self.top + k * step, self.right, self.top + (k + 1) * step) for k in range(count)]
        step = self.width / count
        return [Box(self.left + k * step, self.top, self.left + (k + 1) * step, self.bottom) for k in range(count)]


class Canvas:
    """A square picture under way; every length and place is in pixels of the finished one.

    Args:
        ground: the colour it starts with.
    """

    def __init__(self, ground: Colour) -> None:
        self._sheet = Image.new("RGB", (PICTURE_PX * OVERSAMPLING,) * 2, ground)
        self._draw = ImageDraw.Draw(self._sheet)
        self.box = Box(0, 0, PICTURE_PX, PICTURE_PX)

    def finish(self) -> Image.Image:
        """The picture at its own size."""
        return self._sheet.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)

    def rectangle(self, box: Box, fill: Colour, edge: Colour | None = None) -> None:
        """A filled rectangle, with a thin outline where `edge` is given."""
        corners = [_wide(value) for value in (box.left, box.top, box.right, box.bottom)]
        corners[2], corners[3] = max(corners[0], corners[2] - 1), max(corners[1], corners[3] - 1)
        self._draw.rectangle(corners, fill, edge, OVERSAMPLING)

    def line(self, points: Sequence[Point], colour: Colour, width_px: float = 1) -> None:
        """A line through points, its joints round."""
        self._draw.line([_place(point) for point in points], colour, max(1, _wide(width_px)), "curve")

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """A filled shape."""
        self._draw.polygon([_place(point) for point in points], fill)

    def dot(self, centre: Point, radius_px: float, fill: Colour, edge: Colour | None = None) -> None:
        """A filled circle, with a thin outline where `edge` is given."""
        x, y = _place(centre)
        self._draw.circle((round(x), round(y)), round(radius_px * OVERSAMPLING), fill, edge, OVERSAMPLING)

    def slice(self, centre: Point, radius_px: float, turns: tuple[float, float], fill: Colour) -> None:
        """A sector between two angles, in turns of the whole circle, clockwise from the top."""
        (x, y), reach = _place(centre), radius_px * OVERSAMPLING
        start, end = (360 * turn - 90 for turn in turns)
        self._draw.pieslice((x - reach, y - reach, x + reach, y + reach), start, end, fill)

    def text(self, place: Point, words: str, colour: Colour, size_px: float, anchor: str = "mm") -> None:
        """Words at a place; the anchor is Pillow's: "lm" begins there, "mm" is centred, "rm" ends there."""
        self._draw.text(_place(place), words, colour, _font(size_px), anchor)

    def heading(self, place: Point, words: str, colour: Colour, size_px: float, anchor: str) -> None:
        """Words in heavier strokes."""
        self._draw.text(_place(place), words, colour, _font(size_px), anchor, stroke_width=STROKE)

    def text_upwards(self, centre: Point, words: str, colour: Colour, size_px: float) -> None:
        """Words that run from below to above."""
        font = _font(size_px)
        left, top, right, bottom = font.getbbox(words)
        mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(mask).text((2 - left, 2 - top), words, 255, font)
        mask = mask.transpose(Image.Transpose.ROTATE_90)
        x, y = _place(centre)
        self._sheet.paste(colour, (round(x - mask.width / 2), round(y - mask.height / 2)), mask)


def text_width(words: str, size_px: float) -> float:
    """How many pixels of the finished picture words take."""
    return _font(size_px).getlength(words) / OVERSAMPLING


def fit_size(words: Sequence[str], room_px: float, sizes: tuple[float, ...]) -> float:
    """The first of `sizes` in which each of `words` fits into the room; the last where none does."""
    fitting = (size_px for size_px in sizes if all(text_width(word, size_px) <= room_px for word in words))
    return next(fitting, sizes[-1])


@cache
def _font(size_px: float) -> Font:
    return ImageFont.load_default(size_px * OVERSAMPLING)


def _wide(length_px: float) -> int:
    return round(length_px * OVERSAMPLING)


def _place(point: Point) -> Point:
    return point[0] * OVERSAMPLING, point[1] * OVERSAMPLING
