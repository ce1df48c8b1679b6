"""What is behind the things: a room, a street, a meadow, the sky, water, or only a tone, a gradient or a pattern."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.objects.paint import PATTERNS, lighten, tile

NIGHT_SKY: Colour = (44, 54, 110)
PASTELS: tuple[Colour, ...] = (
    (244, 236, 222),
    (222, 232, 240),
    (240, 222, 222),
    (222, 238, 222),
    (232, 226, 242),
    (214, 216, 220),
    (250, 246, 226),
)
DEEPS: tuple[Colour, ...] = ((108, 120, 156), (136, 108, 124), (96, 136, 128), (142, 126, 100))

DrawGround = Callable[[Image.Image, Random, bool], None]


def draw_ground(ground: str, night: bool, size_px: int, random: Random) -> Image.Image:
    """An empty place, RGB, square; by night dark and bluish with a moon.

    Raises:
        KeyError: there is no such ground.
    """
    picture = Image.new("RGB", (size_px, size_px))
    PLACES[ground](picture, random, night)
    return picture


def _room(picture: Image.Image, random: Random, night: bool) -> None:
    """A wall, sometimes with a window or a framed picture, a skirting board, a floor of boards or a carpet."""
    size = picture.width
    foot = round(size * random.uniform(0.58, 0.72))
    wall = jitter(random.choice(PASTELS), random, 12)
    floor = jitter(random.choice(((186, 146, 104), (156, 122, 92), (176, 170, 166), (160, 132, 140))), random, 10)
    _fade(picture, (0, foot), shade(wall, 1.02), shade(wall, 0.92))
    _fade(picture, (foot, size), shade(floor, 0.86), shade(floor, 1.06))
    draw = ImageDraw.Draw(picture)
    if random.random() < 0.6:
        for at in range(-8, 9):
            ends = [(size / 2 + at * size * 0.1, foot), (size / 2 + at * size * 0.19, size)]
            draw.line(ends, shade(floor, 0.84), max(1, size // 190))
    draw.rectangle((0, foot - size // 40, size, foot), fill=lighten(wall, 0.5))
    draw.line([(0, foot), (size, foot)], shade(floor, 0.6), max(1, size // 128))
    if random.random() < 0.5:
        _window(draw, random, size)


def _window(draw: ImageDraw.ImageDraw, random: Random, size: int) -> None:
    left, top = random.choice((0.06, 0.36, 0.64)) * size, random.uniform(0.06, 0.14) * size
    width, height = random.uniform(0.22, 0.3) * size, random.uniform(0.26, 0.34) * size
    frame = size // 48
    draw.rectangle((left - frame, top - frame, left + width + frame, top + height + frame), fill=(250, 250, 246))
    draw.rectangle((left, top, left + width, top + height), fill=jitter((188, 220, 240), random, 12))
    draw.line([(left + width / 2, top), (left + width / 2, top + height)], (250, 250, 246), frame)
    draw.line([(left, top + height / 2), (left + width, top + height / 2)], (250, 250, 246), frame)


def _street(picture: Image.Image, random: Random, night: bool) -> None:
    """House fronts with windows under the sky, behind an unmarked pavement."""
    size = picture.width
    foot = round(size * random.uniform(0.58, 0.68))
    _sky_above(picture, foot, random, night)
    draw = ImageDraw.Draw(picture)
    left = -size * random.uniform(0.0, 0.2)
    while left < size:
        width, top = size * random.uniform(0.24, 0.42), foot - size * random.uniform(0.3, 0.52)
        tones = ((204, 176, 152), (188, 192, 198), (214, 196, 160), (184, 158, 150), (170, 180, 168))
        front = shade(jitter(random.choice(tones), random, 10), 0.56 if night else 1.0)
        draw.rectangle((left, top, left + width, foot), fill=front)
        draw.rectangle((left, top, left + width, top + size // 40), fill=shade(front, 0.8))
        _panes(draw, (left, top, left + width, foot), random, night)
        left += width
    paving = shade(jitter((168, 166, 164), random, 10), 0.6 if night else 1.0)
    _fade(picture, (foot, size), shade(paving, 0.88), shade(paving, 1.06))
    draw.line([(0, foot), (size, foot)], shade(paving, 0.66), max(1, size // 110))


def _panes(draw: ImageDraw.ImageDraw, front: tuple[float, float, float, float], random: Random, night: bool) -> None:
    left, top, right, bottom = front
    step = (bottom - top) / 4
    columns = max(2, round((right - left) / (1.2 * step)))
    for row in range(3):
        for column in range(columns):
            lit = night and random.random() < 0.5
            tone = (250, 220, 130) if lit else (48, 58, 84) if night else (146, 178, 200)
            x = left + (column + 0.5) * (right - left) / columns
            y = top + (row + 0.75) * step
            draw.rectangle((x - 0.24 * step, y - 0.3 * step, x + 0.24 * step, y + 0.3 * step), fill=tone)


def _meadow(picture: Image.Image, random: Random, night: bool) -> None:
    """Sky over one or two hills and grass with tufts."""
    size = picture.width
    foot = round(size * random.uniform(0.42, 0.62))
    _sky_above(picture, foot + size // 8, random, night)
    grass = shade(jitter((122, 186, 92), random, 14), 0.56 if night else 1.0)
    draw = ImageDraw.Draw(picture)
    for tone in (0.8, 0.88):
        middle, wide = size * random.uniform(0.1, 0.9), size * random.uniform(0.5, 0.9)
        high = size * random.uniform(0.04, 0.13)
        draw.ellipse((middle - wide, foot - high, middle + wide, foot + 4 * high), fill=shade(grass, tone))
    _fade(picture, (foot, size), shade(grass, 0.94), shade(grass, 1.08))
    for _ in range(26):
        x, y = random.uniform(0, size), random.uniform(foot + 4, size)
        reach = size * random.uniform(0.008, 0.02)
        draw.line(
            [(x - reach, y - 2 * reach), (x, y), (x + reach, y - 2 * reach)], shade(grass, 0.82), max(1, size // 190)
        )


def _sky(picture: Image.Image, random: Random, night: bool) -> None:
    _sky_above(picture, picture.width, random, night)


def _water(picture: Image.Image, random: Random, night: bool) -> None:
    """Sky over water with rows of short waves."""
    size = picture.width
    foot = round(size * random.uniform(0.22, 0.42))
    _sky_above(picture, foot, random, night)
    sea = shade(jitter((66, 142, 188), random, 14), 0.56 if night else 1.0)
    _fade(picture, (foot, size), lighten(sea, 0.15), shade(sea, 0.86))
    draw = ImageDraw.Draw(picture)
    for _ in range(34):
        x, y = random.uniform(0, size), random.uniform(foot + 5, size)
        reach = size * random.uniform(0.02, 0.05)
        box = (x - reach, y, x + reach, y + 0.6 * reach)
        draw.arc(box, 200, 340, lighten(sea, 0.35), max(1, size // 150))


def _sky_above(picture: Image.Image, foot: int, random: Random, night: bool) -> None:
    """Sky down to `foot`: by day with clouds and sometimes a sun, by night with stars and a moon."""
    size = picture.width
    draw = ImageDraw.Draw(picture)
    x, y, reach = random.uniform(0.1, 0.9) * size, random.uniform(0.07, 0.16) * size, random.uniform(0.035, 0.06) * size
    if night:
        dark = jitter(NIGHT_SKY, random, 10)
        _fade(picture, (0, foot), dark, lighten(dark, 0.16))
        for _ in range(30):
            at = (random.uniform(0, size), random.uniform(0, foot))
            draw.ellipse((*at, at[0] + size / 130, at[1] + size / 130), fill=(236, 236, 214))
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(246, 242, 212))
        draw.ellipse((x - 0.4 * reach, y - 1.1 * reach, x + 1.4 * reach, y + 0.7 * reach), fill=dark)
        return
    blue = jitter(random.choice(((126, 190, 240), (156, 206, 240), (178, 206, 228))), random, 12)
    _fade(picture, (0, foot), blue, lighten(blue, 0.45))
    if random.random() < 0.4:
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(255, 230, 130))
    for _ in range(random.randint(1, 4)):
        _cloud(draw, random, (random.uniform(0, size), random.uniform(0.06, 0.9) * foot), 0.05 * size)


def _cloud(draw: ImageDraw.ImageDraw, random: Random, at: tuple[float, float], reach: float) -> None:
    tone = random.randint(238, 252)
    for shift in (-1.5, -0.6, 0.4, 1.4):
        radius = reach * random.uniform(0.6, 1.0) * (1.1 - 0.3 * abs(shift))
        x, y = at[0] + shift * reach, at[1] + random.uniform(-0.2, 0.2) * reach
        draw.ellipse((x - 1.3 * radius, y - radius, x + 1.3 * radius, y + radius), fill=(tone, tone, tone))


def _plain(picture: Image.Image, random: Random, night: bool) -> None:
    picture.paste(_tone(random), (0, 0, *picture.size))


def _gradient(picture: Image.Image, random: Random, night: bool) -> None:
    """From one tone to another, in any of four directions."""
    ramp = Image.linear_gradient("L").rotate(random.choice((0, 90, 180, 270))).resize(picture.size)
    one = _tone(random)
    other = shade(jitter(one, random, 24), random.uniform(0.72, 0.9))
    picture.paste(Image.composite(_full(picture, one), _full(picture, other), ramp))


def _pattern(picture: Image.Image, random: Random, night: bool) -> None:
    """Pale stripes, checks or dots, so near in tone that what stands before them is seen first."""
    one = jitter(random.choice(PASTELS), random, 10)
    other = shade(jitter(one, random, 14), random.uniform(0.86, 0.92))
    mask = tile(random.choice(PATTERNS)).resize(picture.size).rotate(random.choice((0, 90)))
    picture.paste(Image.composite(_full(picture, other), _full(picture, one), mask.filter(ImageFilter.BoxBlur(1))))


def _tone(random: Random) -> Colour:
    return jitter(random.choice(DEEPS if random.random() < 0.2 else PASTELS), random, 12)


def _full(picture: Image.Image, colour: Colour) -> Image.Image:
    return Image.new("RGB", picture.size, colour)


def _fade(picture: Image.Image, rows: tuple[int, int], upper: Colour, lower: Colour) -> None:
    """From one colour to another over these pixel rows."""
    top, bottom = rows
    size = (picture.width, max(1, bottom - top))
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.NEAREST)
    picture.paste(Image.composite(Image.new("RGB", size, lower), Image.new("RGB", size, upper), ramp), (0, top))


PLACES: dict[str, DrawGround] = {
    "room": _room,
    "street": _street,
    "meadow": _meadow,
    "sky": _sky,
    "water": _water,
    "plain": _plain,
    "gradient": _gradient,
    "pattern": _pattern,
}
