"""A plan as a picture, and what is then to be seen on it: every thing with the box that it fills."""

from dataclasses import dataclass, replace
from random import Random

from PIL import Image, ImageChops, ImageFilter

from lensmith.lab.worlds.characters.cast import choose_looks, draw_character
from lensmith.lab.worlds.everyday.grounds import draw_ground
from lensmith.lab.worlds.everyday.plan import STANDING, Item, Plan
from lensmith.lab.worlds.objects import OBJECTS, Look, draw_figure, draw_object, draw_sign, place

PICTURE_PX = 192
OVERSAMPLING = 2
NIGHT_LIGHT = (0.84, 0.86, 0.94)


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing on a picture.

    Attributes:
        sort: "object", "figure", "sign" or "character".
        name: what it is.
        look: how it looks.
        text: what a sign says.
        box: left, top, right and bottom edge, as fractions of the picture's sides.
    """

    sort: str
    name: str
    look: Look
    text: str
    box: tuple[float, float, float, float]

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, from the left and from the top."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def area(self) -> float:
        """The part of the picture that its box fills, 0–1."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


@dataclass(frozen=True, slots=True)
class View:
    """All that can be asked about a picture.

    Attributes:
        things: from left to right.
        ground: a name in `plan.GROUNDS`, or "" where it is none of these.
        night: whether it is dark outside.
    """

    things: tuple[Seen, ...]
    ground: str
    night: bool


def paint(plan: Plan, random: Random) -> tuple[Image.Image, View]:
    """The picture, RGB, `PICTURE_PX` square, and what is on it.

    Args:
        plan: what is to be drawn.
        random: decides all that no question asks for: tones, light, sharpness, noise, turn and perspective.
    """
    size_px = PICTURE_PX * OVERSAMPLING
    picture = draw_ground(plan.ground, plan.night, size_px, random)
    seen = []
    for item in sorted(plan.items, key=lambda item: item.centre[1] + item.side / 2):
        sprite = draw_item_sprite(item, random, size_px)
        if plan.night:
            sprite = _in_light(sprite, NIGHT_LIGHT)
        centre = (item.centre[0] * size_px, item.centre[1] * size_px)
        place(picture, sprite, centre, shadow=plan.ground in STANDING and _stands(item))
        seen.append(Seen(item.sort, item.name, item.look, item.text, _box(centre, sprite, size_px)))
    view = View(tuple(sorted(seen, key=lambda each: each.centre)), plan.ground, plan.night)
    return develop(picture, random), view


def look_over(plan: Plan) -> View:
    """What would be seen of the plan, drawn or not: every box as large as was planned for."""
    seen = []
    for item in plan.items:
        (x, y), reach = item.centre, item.side / 2
        seen.append(Seen(item.sort, item.name, item.look, item.text, (x - reach, y - reach, x + reach, y + reach)))
    return View(tuple(sorted(seen, key=lambda each: each.centre)), plan.ground, plan.night)


def draw_item_sprite(item: Item, random: Random, size_px: int) -> Image.Image:
    """The thing cut out, its longer side at most `item.side` of the picture's `size_px`."""
    side_px = round(item.side * size_px)
    if item.sort == "character":
        return _draw_character(item.name, random, side_px)
    if item.sort == "figure":
        sprite = draw_figure(item.name, item.look, random, side_px)
    elif item.sort == "sign":
        sprite = draw_sign(item.text, item.look.colour, random, side_px)
    else:
        sprite = draw_object(item.name, item.look, random, side_px)
    # What a person holds reaches beyond; the room that was planned for it is kept to.
    if max(sprite.size) > 1.08 * side_px:
        sprite.thumbnail((round(1.08 * side_px), round(1.08 * side_px)), Image.Resampling.BILINEAR)
    return sprite


def develop(picture: Image.Image, random: Random) -> Image.Image:
    """The large picture as a camera might give it: turned or skewed a little, lit, blurred and noisy; small."""
    if random.random() < 0.3:
        picture = _skew(picture, random)
    picture = picture.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)
    lot = random.random()
    if lot < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 1.2)))
    if random.random() < 0.5:
        warm, level = random.uniform(-0.05, 0.05), random.uniform(0.84, 1.1)
        picture = _in_light(picture, (level * (1 + warm), level, level * (1 - warm)))
    if random.random() < 0.35:
        grain = Image.frombytes("L", picture.size, random.randbytes(PICTURE_PX * PICTURE_PX))
        grain = grain.filter(ImageFilter.BoxBlur(0.5))
        picture = ImageChops.blend(picture, Image.merge("RGB", (grain, grain, grain)), random.uniform(0.02, 0.1))
    return picture


def _draw_character(name: str, random: Random, side_px: int) -> Image.Image:
    looks = choose_looks(name, random)
    left, right = looks.poses
    # Empty hands: what they held would be one more thing on the picture, of which no question knows.
    looks = replace(looks, holds="nothing", poses=(left, "down" if right == "hold" else right))
    sheet = draw_character(name, looks, random, size_px=round(side_px / 0.86))
    return sheet.crop(sheet.getbbox())


def _stands(item: Item) -> bool:
    return item.sort in ("character", "sign") or (item.sort == "object" and OBJECTS[item.name].stands)


def _box(centre: tuple[float, float], sprite: Image.Image, size_px: int) -> tuple[float, float, float, float]:
    """The box of a sprite, cut at the picture's edges."""
    half = (sprite.width / 2, sprite.height / 2)
    edges = [(at + way * reach) / size_px for way in (-1, 1) for at, reach in zip(centre, half, strict=True)]
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in edges)
    return left, top, right, bottom


def _in_light(picture: Image.Image, light: tuple[float, float, float]) -> Image.Image:
    """The picture with each colour channel multiplied; transparency stays."""
    table = [min(255, round(level * factor)) for factor in light for level in range(256)]
    if picture.mode == "RGBA":
        table += range(256)
    return picture.point(table)


def _skew(picture: Image.Image, random: Random) -> Image.Image:
    """Seen a little from the side: each corner is moved inwards, by up to 1/28 of the picture."""
    size, reach = picture.width, picture.width / 28
    pull = [random.uniform(0, reach) for _ in range(8)]
    # PIL's order: upper left, lower left, lower right, upper right, as places in the picture that is read.
    corners = (pull[0], pull[1], pull[2], size - pull[3], size - pull[4], size - pull[5], size - pull[6], pull[7])
    return picture.transform(picture.size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
