"""Where a figure stands: a room, a forest, a street without road marks, a meadow, a plain or a patterned ground."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, jitter, shade

DrawGround = Callable[[ImageDraw.ImageDraw, int, Random], None]

WALLS: tuple[Colour, ...] = ((236, 220, 190), (196, 214, 226), (222, 200, 204), (204, 220, 190), (224, 224, 228))
FLOORS: tuple[Colour, ...] = ((170, 122, 80), (140, 100, 74), (186, 156, 120), (128, 124, 130))
SKIES: tuple[Colour, ...] = ((150, 200, 236), (186, 216, 236), (208, 220, 228), (240, 206, 176))
HOUSES: tuple[Colour, ...] = ((206, 150, 120), (222, 196, 150), (172, 176, 186), (196, 130, 120), (160, 180, 160))
PLAINS: tuple[Colour, ...] = (
    (244, 240, 230),
    (214, 226, 240),
    (246, 222, 222),
    (222, 238, 214),
    (250, 236, 190),
    (226, 214, 240),
    (96, 106, 128),
    (150, 156, 162),
)


def draw_place(place: str, size_px: int, random: Random) -> Image.Image:
    """A ground of a kind named in `PLACES`, RGB; real places are a little out of focus.

    Raises:
        KeyError: there is no such place.
    """
    picture = Image.new("RGB", (size_px, size_px), jitter(random.choice(PLAINS), random, 10))
    PLACES[place](ImageDraw.Draw(picture), size_px, random)
    focus = 0 if place in ("plain", "pattern") else random.choice((0, 1, 2))
    return picture.filter(ImageFilter.BoxBlur(focus)) if focus else picture


def _fade(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], top: Colour, bottom: Colour) -> None:
    """A box that runs from one colour to another, in bands."""
    left, high, right, low = box
    bands = 24
    for at in range(bands):
        share = at / (bands - 1)
        colour = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        draw.rectangle(
            (left, high + (low - high) * at / bands, right, high + (low - high) * (at + 1) / bands + 1), colour
        )


def _room(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """A wall with wallpaper, a skirting board, a floor, and a window, a picture or a shelf."""
    s = size_px
    wall, floor = jitter(random.choice(WALLS), random, 8), jitter(random.choice(FLOORS), random, 8)
    line = s * random.uniform(0.68, 0.8)
    draw.rectangle((0, 0, s, line), wall)
    if random.random() < 0.5:
        step = round(s * random.uniform(0.06, 0.1))
        for across in range(0, s, step):
            draw.line((across, 0, across, line), shade(wall, 0.94), max(2, step // 5))
    _fade(draw, (0, line, s, s), floor, shade(floor, 0.78))
    for at in range(1, 4):
        y = line + (s - line) * (at / 4) ** 1.5
        draw.line((0, y, s, y), shade(floor, 0.72), 2)
    draw.rectangle((0, line - s * 0.02, s, line + s * 0.012), shade(wall, 1.12))
    random.choice(ROOM_PIECES)(draw, s * random.choice((0.03, 0.66)), s, random)
    if random.random() < 0.5:
        rug = jitter(random.choice(HOUSES), random, 24)
        draw.ellipse((s * 0.1, line + (s - line) * 0.25, s * 0.9, s * 1.02), rug, shade(rug, 0.7), s // 60)


def _window(draw: ImageDraw.ImageDraw, x: float, s: int, random: Random) -> None:
    """A window onto the sky, its curtain at the side."""
    left, top, right, low = x, s * 0.1, x + s * 0.3, s * 0.5
    draw.rectangle((left, top, right, low), jitter(random.choice(SKIES), random, 8), (250, 250, 248), s // 36)
    draw.line(((left + right) / 2, top, (left + right) / 2, low), (250, 250, 248), s // 60)
    draw.line((left, s * 0.26, right, s * 0.26), (250, 250, 248), s // 60)
    curtain = jitter(random.choice(HOUSES), random, 30)
    draw.polygon(
        [(left - 8, top - 8), (left + s * 0.09, top - 8), (left + s * 0.03, low + 8), (left - 8, low + 8)], curtain
    )


def _frame(draw: ImageDraw.ImageDraw, x: float, s: int, random: Random) -> None:
    """A painting of hills in a wooden frame."""
    top, right, low = s * 0.12, x + s * 0.27, s * 0.36
    draw.rectangle((x, top, right, low), random.choice(SKIES))
    draw.ellipse((x + s * 0.02, low - s * 0.1, right - s * 0.06, low + s * 0.1), (110, 160, 90))
    draw.rectangle((x, low - s * 0.03, right, low + s * 0.1), (120, 170, 96))
    draw.rectangle((x, top, right, low + s * 0.1), None, (130, 88, 48), s // 40)


def _shelf(draw: ImageDraw.ImageDraw, x: float, s: int, random: Random) -> None:
    """A shelf with books."""
    low, at = s * 0.34, x
    while at < x + s * 0.24:
        wide, tall = s * random.uniform(0.022, 0.04), s * random.uniform(0.1, 0.16)
        draw.rectangle((at, low - tall, at + wide, low), jitter(random.choice(HOUSES), random, 50), (70, 60, 56))
        at += wide
    draw.rectangle((x - s * 0.02, low, x + s * 0.3, low + s * 0.024), (128, 86, 50))


ROOM_PIECES = (_window, _frame, _shelf)


def _forest(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """Green depth, trunks of birches and firs, grass."""
    s = size_px
    deep = jitter((96, 140, 92), random, 18)
    _fade(draw, (0, 0, s, s), shade(deep, 1.5), shade(deep, 0.9))
    for _ in range(7):
        x, wide = random.uniform(0, s), s * random.uniform(0.08, 0.14)
        top, tone = s * random.uniform(-0.05, 0.25), shade(deep, random.uniform(0.6, 0.85))
        for tier in range(3):
            y = top + tier * s * 0.17
            spread = wide * (0.6 + tier * 0.35)
            draw.polygon([(x, y), (x + spread, y + s * 0.26), (x - spread, y + s * 0.26)], tone)
    for _ in range(random.randint(2, 4)):
        x, wide = (
            random.choice((random.uniform(0, 0.25), random.uniform(0.75, 1.0))) * s,
            s * random.uniform(0.03, 0.055),
        )
        birch = random.random() < 0.5
        draw.rectangle((x, 0, x + wide, s * 0.86), (236, 234, 226) if birch else (112, 80, 56))
        for _ in range(8 if birch else 0):
            y = random.uniform(0, s * 0.8)
            draw.rectangle((x, y, x + wide * random.uniform(0.3, 0.8), y + s * 0.012), (50, 48, 48))
    _grass(draw, s, s * random.uniform(0.76, 0.84), jitter((88, 142, 62), random, 14), random)


def _grass(draw: ImageDraw.ImageDraw, s: int, line: float, green: Colour, random: Random) -> None:
    """Ground of grass below a line."""
    _fade(draw, (0, line, s, s), green, shade(green, 0.8))
    for _ in range(60):
        x, y = random.uniform(0, s), random.uniform(line, s)
        draw.line((x, y, x + random.uniform(-5, 5), y - s * 0.03), shade(green, random.uniform(0.75, 1.25)), 3)


def _street(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """Houses with windows under the sky, a pavement without any mark."""
    s = size_px
    sky = jitter(random.choice(SKIES), random, 8)
    line = s * random.uniform(0.74, 0.82)
    _fade(draw, (0, 0, s, line), sky, shade(sky, 1.1))
    x = -s * random.uniform(0, 0.1)
    while x < s:
        wide, top = s * random.uniform(0.24, 0.4), s * random.uniform(0.06, 0.34)
        wall = jitter(random.choice(HOUSES), random, 14)
        draw.rectangle((x, top, x + wide, line), wall, shade(wall, 0.8), 2)
        draw.polygon([(x - 6, top), (x + wide / 2, top - s * 0.09), (x + wide + 6, top)], shade(wall, 0.62))
        pane = random.choice(((90, 110, 130), (250, 226, 140), (180, 204, 220)))
        for row in range(int((line - top) / (s * 0.15))):
            for column in (0.16, 0.58):
                left, high = x + wide * column, top + s * (0.05 + row * 0.15)
                draw.rectangle((left, high, left + wide * 0.26, high + s * 0.08), pane, (244, 240, 232), 3)
        x += wide
    stone = jitter((162, 160, 158), random, 12)
    _fade(draw, (0, line, s, s), stone, shade(stone, 0.84))
    draw.rectangle((0, line, s, line + s * 0.018), shade(stone, 1.18))


def _meadow(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """Sky with clouds, hills, grass with small flowers."""
    s = size_px
    sky = jitter(random.choice(SKIES), random, 8)
    _fade(draw, (0, 0, s, s * 0.7), sky, shade(sky, 1.12))
    for _ in range(random.randint(1, 3)):
        x, y = random.uniform(0, s), random.uniform(s * 0.04, s * 0.3)
        for across in (-0.07, 0, 0.07):
            draw.ellipse(
                (x + s * (across - 0.06), y - s * 0.035, x + s * (across + 0.06), y + s * 0.035), (250, 250, 250)
            )
    hill = jitter((124, 176, 100), random, 16)
    draw.ellipse((-s * 0.4, s * 0.54, s * 0.7, s * 1.1), hill)
    draw.ellipse((s * 0.3, s * 0.58, s * 1.4, s * 1.1), shade(hill, 0.93))
    _grass(draw, s, s * random.uniform(0.68, 0.78), jitter((110, 172, 72), random, 14), random)
    for _ in range(26):
        x, y = random.uniform(0, s), random.uniform(s * 0.8, s)
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), random.choice(((250, 230, 90), (250, 250, 250), (240, 130, 170))))


def _plain(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """One colour that runs softly into another."""
    tone = jitter(random.choice(PLAINS), random, 12)
    _fade(draw, (0, 0, size_px, size_px), tone, shade(tone, random.uniform(0.75, 1.15)))


def _pattern(draw: ImageDraw.ImageDraw, size_px: int, random: Random) -> None:
    """Dots, checks or diamonds in a tone near the ground's."""
    ground = jitter(random.choice(PLAINS), random, 12)
    tone = shade(ground, random.choice((0.84, 0.9, 1.12)))
    draw.rectangle((0, 0, size_px, size_px), ground)
    kind, step = random.choice(("dots", "checks", "diamonds")), round(size_px * random.uniform(0.08, 0.15))
    for row in range(size_px // step + 2):
        for column in range(size_px // step + 2):
            if (row + column) % 2:
                continue
            x, y = column * step, row * step
            half = step / 2
            if kind == "dots":
                draw.ellipse((x - half, y - half, x + half, y + half), tone)
            elif kind == "checks":
                draw.rectangle((x - half, y - half, x + half, y + half), tone)
            else:
                draw.polygon([(x, y - half), (x + half, y), (x, y + half), (x - half, y)], tone)


PLACES: dict[str, DrawGround] = {
    "room": _room,
    "forest": _forest,
    "street": _street,
    "meadow": _meadow,
    "plain": _plain,
    "pattern": _pattern,
}
