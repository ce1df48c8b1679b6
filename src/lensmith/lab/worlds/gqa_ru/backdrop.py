"""The four places: a room, a street, a meadow and a beach, drawn so that nothing in them is a thing to ask about."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, jitter, shade

WALLS: tuple[Colour, ...] = ((232, 222, 204), (206, 220, 228), (226, 210, 214), (214, 224, 206), (222, 220, 232))
FLOORS: tuple[Colour, ...] = ((176, 138, 100), (150, 120, 96), (190, 168, 140), (156, 152, 156))
SKIES: tuple[Colour, ...] = ((150, 202, 238), (184, 218, 240), (206, 216, 226), (236, 212, 190))
PLASTERS: tuple[Colour, ...] = ((206, 178, 158), (186, 190, 194), (212, 200, 172), (178, 158, 150))
GRASSES: tuple[Colour, ...] = ((126, 188, 96), (150, 200, 110), (112, 172, 100))
SANDS: tuple[Colour, ...] = ((238, 220, 172), (230, 208, 160), (240, 226, 190))
SEAS: tuple[Colour, ...] = ((84, 156, 196), (96, 180, 190), (74, 136, 180))


def draw_backdrop(place: str, size_px: int, random: Random) -> Image.Image:
    """The empty place, RGB, with the ground in its lower part.

    Raises:
        KeyError: there is no such place.
    """
    picture = Image.new("RGB", (size_px, size_px))
    BACKDROPS[place](picture, random)
    return picture


def _room(picture: Image.Image, random: Random) -> None:
    """A papered wall, a skirting board and floor boards that run towards the eye."""
    size = picture.width
    horizon = size * random.uniform(0.64, 0.72)
    wall, floor = _tone(WALLS, random), _tone(FLOORS, random)
    _fade(picture, 0, horizon, shade(wall, 1.04), shade(wall, 0.94))
    _fade(picture, horizon, size, shade(floor, 0.9), shade(floor, 1.08))
    draw = ImageDraw.Draw(picture)
    if random.random() < 0.6:
        step = size / random.choice((9, 12, 16))
        for at in range(int(size / step) + 1):
            draw.line([(at * step, 0), (at * step, horizon)], shade(wall, 0.955), max(1, size // 96))
    for at in range(-9, 10):
        line = [(size / 2 + at * size * 0.09, horizon), (size / 2 + at * size * 0.17, size)]
        draw.line(line, shade(floor, 0.82), max(1, size // 190))
    draw.rectangle((0, horizon - size * 0.025, size, horizon + size * 0.004), fill=shade(wall, 1.14))
    draw.line([(0, horizon + size * 0.008), (size, horizon + size * 0.008)], shade(floor, 0.6), max(1, size // 120))


def _street(picture: Image.Image, random: Random) -> None:
    """Sky over a long plastered wall with a coping, and a pavement of slabs with a kerb."""
    size = picture.width
    top, horizon = size * random.uniform(0.24, 0.36), size * random.uniform(0.6, 0.68)
    sky, wall = _tone(SKIES, random), _tone(PLASTERS, random)
    pavement = shade((178, 176, 174), random.uniform(0.92, 1.08))
    _fade(picture, 0, top, sky, shade(sky, 1.08))
    _fade(picture, top, horizon, wall, shade(wall, 0.9))
    _fade(picture, horizon, size, shade(pavement, 0.9), shade(pavement, 1.06))
    draw = ImageDraw.Draw(picture)
    course = size * 0.045
    for row in range(int((horizon - top) / course) + 1):
        y = top + row * course
        draw.line([(0, y), (size, y)], shade(wall, 0.9), max(1, size // 150))
        for at in range(-1, 12):
            x = (at + row % 2 / 2) * size * 0.1
            draw.line([(x, y), (x, min(horizon, y + course))], shade(wall, 0.9), max(1, size // 190))
    draw.rectangle((0, top - size * 0.02, size, top + size * 0.012), fill=shade(wall, 0.78))
    for at in range(-10, 11):
        line = [(size / 2 + at * size * 0.1, horizon), (size / 2 + at * size * 0.24, size)]
        draw.line(line, shade(pavement, 0.84), max(1, size // 150))
    for depth in (0.1, 0.28, 0.56):
        y = horizon + (size - horizon) * depth
        draw.line([(0, y), (size, y)], shade(pavement, 0.84), max(1, size // 150))
    draw.rectangle((0, size * 0.965, size, size), fill=shade(pavement, 0.66))


def _meadow(picture: Image.Image, random: Random) -> None:
    """Sky with clouds, hills far away, and grass."""
    size = picture.width
    horizon = size * random.uniform(0.52, 0.62)
    sky, grass = _tone(SKIES, random), _tone(GRASSES, random)
    _fade(picture, 0, horizon, sky, shade(sky, 1.12))
    _clouds(picture, horizon * 0.7, random)
    draw = ImageDraw.Draw(picture)
    for factor in (0.86, 0.93):
        x, reach = random.uniform(0, size), size * random.uniform(0.5, 0.9)
        draw.ellipse((x - reach, horizon - size * 0.1, x + reach, horizon + size * 0.5), fill=shade(grass, factor))
    _fade(picture, horizon, size, shade(grass, 0.94), shade(grass, 1.06))
    for _ in range(260):
        x, y = random.uniform(0, size), random.uniform(horizon, size)
        length = size * (0.008 + 0.026 * (y - horizon) / (size - horizon))
        tone = shade(grass, random.choice((0.84, 0.9, 1.1)))
        draw.line([(x, y), (x + random.uniform(-0.4, 0.4) * length, y - length)], tone, max(1, size // 190))


def _beach(picture: Image.Image, random: Random) -> None:
    """Sky, a strip of sea with waves, foam and sand."""
    size = picture.width
    horizon = size * random.uniform(0.4, 0.48)
    shore = horizon + size * random.uniform(0.14, 0.2)
    sky, sea, sand = _tone(SKIES, random), _tone(SEAS, random), _tone(SANDS, random)
    _fade(picture, 0, horizon, sky, shade(sky, 1.1))
    _clouds(picture, horizon * 0.8, random)
    _fade(picture, horizon, shore, shade(sea, 0.88), shade(sea, 1.12))
    _fade(picture, shore, size, shade(sand, 0.94), shade(sand, 1.03))
    draw = ImageDraw.Draw(picture)
    for _ in range(26):
        x, y = random.uniform(0, size), random.uniform(horizon + 2, shore - size * 0.03)
        draw.line([(x, y), (x + size * random.uniform(0.03, 0.1), y)], shade(sea, 1.25), max(1, size // 150))
    for at in range(-1, 9):
        x = (at + random.uniform(0, 0.3)) * size / 8
        draw.ellipse((x, shore - size * 0.02, x + size * 0.17, shore + size * 0.018), fill=(246, 248, 248))
    for _ in range(220):
        x, y = random.uniform(0, size), random.uniform(shore + size * 0.03, size)
        draw.point((x, y), fill=shade(sand, random.choice((0.8, 0.88, 1.08))))


def _clouds(picture: Image.Image, below: float, random: Random) -> None:
    size = picture.width
    mask = Image.new("L", picture.size, 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(random.randint(0, 3)):
        x, y = random.uniform(0, size), random.uniform(0, below)
        for _ in range(5):
            puff, dx = size * random.uniform(0.03, 0.06), size * random.uniform(-0.09, 0.09)
            draw.ellipse((x + dx - puff * 1.6, y - puff, x + dx + puff * 1.6, y + puff), fill=150)
    picture.paste((255, 255, 255), mask=mask.filter(ImageFilter.BoxBlur(size // 60)))


def _fade(picture: Image.Image, top: float, bottom: float, first: Colour, last: Colour) -> None:
    """Fills the full width between two heights with tones that run from one colour to another."""
    height = round(bottom) - round(top)
    if height > 0:
        ramp = Image.linear_gradient("L").resize((picture.width, height))
        band = Image.composite(Image.new("RGB", ramp.size, last), Image.new("RGB", ramp.size, first), ramp)
        picture.paste(band, (0, round(top)))


def _tone(tones: tuple[Colour, ...], random: Random) -> Colour:
    return jitter(random.choice(tones), random, 8)


BACKDROPS: dict[str, Callable[[Image.Image, Random], None]] = {
    "room": _room,
    "street": _street,
    "meadow": _meadow,
    "beach": _beach,
}
