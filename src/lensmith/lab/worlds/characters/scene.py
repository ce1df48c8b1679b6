"""One figure in a place, in a light, near or far: the pictures of the characters world."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from lensmith.lab.worlds.characters.cast import CAST, choose_looks, draw_character, fit
from lensmith.lab.worlds.characters.grounds import PLACES, draw_place
from lensmith.lab.worlds.characters.looks import Looks
from lensmith.lab.worlds.characters.pen import Stand

PICTURE_PX = 192
OVERSAMPLING = 2
CLOSE_SHARE = 0.3
LIGHTS = {"day": (1.0, 1.0, 1.0), "warm": (1.06, 0.96, 0.8), "cool": (0.9, 0.97, 1.08), "dim": (0.66, 0.66, 0.76)}

Framing = Literal["whole", "close"]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A drawn picture and what is on it.

    Attributes:
        picture: RGB, `PICTURE_PX` square.
        subject: a name in `cast.CAST`.
        looks: of the figure.
        place: a name in `grounds.PLACES`.
        framing: "whole", or "close": its head fills the picture and hands may be out of it.
        light: a name in `LIGHTS`.
    """

    picture: Image.Image
    subject: str
    looks: Looks
    place: str
    framing: Framing
    light: str


def draw_portrait(subject: str, random: Random) -> Portrait:
    """One picture of a figure, everything about it drawn by lot but who it is.

    Args:
        subject: a name in `cast.CAST`.
        random: decides all.

    Raises:
        KeyError: there is no such figure.
    """
    size_px = PICTURE_PX * OVERSAMPLING
    looks = choose_looks(subject, random)
    place, light = random.choice(list(PLACES)), random.choice(list(LIGHTS))
    framing: Framing = "close" if random.random() < CLOSE_SHARE else "whole"
    stand = _stand(subject, looks, framing, size_px, random)
    figure = _round_off(draw_character(subject, looks, random, size_px=size_px, stand=stand))
    ground = draw_place(place, size_px, random)
    if framing == "whole":
        ground = _cast_shadow(ground, figure)
    ground.paste(figure, mask=figure.getchannel("A"))
    picture = _light(ground.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS), light, random)
    return Portrait(picture, subject, looks, place, framing, light)


def _stand(subject: str, looks: Looks, framing: Framing, size_px: int, random: Random) -> Stand:
    """Where and how large: the whole figure near the lower edge, or its head around the middle."""
    breadth = random.choice((-1, 1)) * random.uniform(0.93, 1.07)
    if framing == "whole":
        height_px = size_px * random.uniform(0.66, 0.93)
        found = fit(subject, looks, size_px, height_px, breadth)
        slack = size_px - found.height_px
        centre = (found.centre[0] + random.uniform(-0.2, 0.2) * slack, size_px / 2 + random.uniform(0.05, 0.42) * slack)
        return Stand(centre, found.height_px, random.uniform(-0.12, 0.12), breadth)
    role = CAST[subject]
    height_px = size_px * random.uniform(0.42, 0.52) / role.head_reach
    x = size_px * random.uniform(0.46, 0.54) - role.head[0] * breadth * height_px
    y = size_px * random.uniform(0.44, 0.52) + (0.5 - role.head[1]) * height_px
    return Stand((x, y), height_px, random.uniform(-0.1, 0.1), breadth)


def _round_off(figure: Image.Image) -> Image.Image:
    """The figure with its lower right side in soft shade, which makes it look round."""
    alpha = figure.getchannel("A")
    step = figure.width // 32
    lit = ImageChops.offset(alpha, -step, -step).filter(ImageFilter.BoxBlur(step))
    shaded = ImageChops.multiply(ImageChops.invert(lit), alpha).point([round(level * 0.34) for level in range(256)])
    dark = Image.new("RGB", figure.size, (40, 20, 50))
    body = Image.composite(dark, figure.convert("RGB"), shaded)
    body.putalpha(alpha)
    return body


def _cast_shadow(ground: Image.Image, figure: Image.Image) -> Image.Image:
    """The ground with a soft dark spot under the figure."""
    left, _, right, low = figure.getchannel("A").getbbox() or (0, 0, 0, 0)
    x, reach = (left + right) / 2, (right - left) * 0.4
    spot = Image.new("L", ground.size, 0)
    ImageDraw.Draw(spot).ellipse((x - reach, low - reach * 0.24, x + reach, low + reach * 0.12), fill=120)
    spot = spot.filter(ImageFilter.BoxBlur(ground.width // 48))
    return Image.composite(Image.new("RGB", ground.size, (24, 22, 30)), ground, spot)


def _light(picture: Image.Image, light: str, random: Random) -> Image.Image:
    """The picture in a light, its strength a little by lot."""
    strength = random.uniform(0.94, 1.06)
    table: list[int] = []
    for factor in LIGHTS[light]:
        table += [min(255, round(level * factor * strength)) for level in range(256)]
    return picture.point(table)
