"""Draws one object, figure or sign as a picture with transparent surroundings, and puts it into another picture."""

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageFilter

from lensmith.errors import DataError, Problem, suggest
from lensmith.lab.worlds.drawing import Point
from lensmith.lab.worlds.objects.catalogue import HELD, OBJECTS, PEOPLE, POSES, Kind
from lensmith.lab.worlds.objects.figures import FIGURES
from lensmith.lab.worlds.objects.figures import draw_figure as draw_figure_parts
from lensmith.lab.worlds.objects.figures import draw_sign as draw_sign_parts
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import COLOURS, PATTERNS, Paint, mix_paint
from lensmith.lab.worlds.objects.pen import Pen, Stance

LABEL_CHARACTERS = 4
HELD_SIZE = {"umbrella": 0.62, "flower": 0.4}


def draw_object(name: str, look: Look, random: Random, size_px: int) -> Image.Image:
    """An object as a person would know it, cut out close around what is drawn.

    Proportions, a few degrees of tilt, which way it faces, edges and small details vary with `random`.

    Args:
        name: a key of `OBJECTS`.
        look: what can be asked about it.
        random: of everything that `look` leaves open.
        size_px: its longer side, about: what a person holds, and hats, may reach a quarter beyond.

    Returns:
        An RGBA picture.

    Raises:
        DataError: there is no such object, or it cannot look so; every reason is told.
    """
    check_look(name, look)
    paint = mix_paint(look.colour, random, look.material, look.pattern)
    if name in PEOPLE:
        paint = replace(paint, repeats=2)  # clothes fill a small part of the square
    held = None
    if look.holds:
        held = draw_object(
            look.holds[0], Look(look.holds[1]), random, round(HELD_SIZE.get(look.holds[0], 0.3) * size_px)
        )
    mirrored = random.random() < 0.5
    return _draw(lambda pen: OBJECTS[name].draw(pen, look), paint, random, size_px, (mirrored, held))


def draw_figure(shape: str, look: Look, random: Random, size_px: int) -> Image.Image:
    """A plain figure in a colour, cut out; a little turned.

    Args:
        shape: a key of `FIGURES`.
        look: its colour and pattern; the ring has no pattern.
        random: tone, turn and edge.
        size_px: its longer side, about.

    Raises:
        DataError: there is no such figure or colour.
    """
    _refuse([*_unlisted("figure", shape, FIGURES), *_unlisted("colour", look.colour, COLOURS)])
    paint = mix_paint(look.colour, random, pattern=look.pattern)
    return _draw(lambda pen: draw_figure_parts(pen, shape), paint, random, size_px, (False, None))


def draw_sign(text: str, colour: str, random: Random, size_px: int) -> Image.Image:
    """A card, a plate or a board on a post with a short text that can be read at a quarter of the size.

    Args:
        text: 1–4 characters.
        colour: of the card, a name in `COLOURS`.
        random: which of the three, its tone and tilt.
        size_px: its longer side, about.

    Raises:
        DataError: the text is too long or empty, or there is no such colour.
    """
    _refuse([*_unlisted("colour", colour, COLOURS), *_wrong_label(text)])
    paint = mix_paint(colour, random)
    return _draw(lambda pen: draw_sign_parts(pen, text), paint, random, size_px, (False, None))


def place(picture: Image.Image, sprite: Image.Image, centre: Point, *, shadow: bool = False) -> None:
    """Puts a sprite into an RGB picture, its middle at `centre` in pixels; what would stick out is cut off.

    Args:
        picture: is drawn on.
        sprite: an RGBA picture.
        centre: in the picture's pixels.
        shadow: a soft shadow under its foot, as of something that stands.
    """
    left, top = round(centre[0] - sprite.width / 2), round(centre[1] - sprite.height / 2)
    if shadow:
        width, height = max(4, round(1.08 * sprite.width)), max(4, round(0.2 * sprite.width))
        blot = _blot().resize((width, height), Image.Resampling.BILINEAR)
        at = (round(centre[0] - width / 2), top + sprite.height - round(0.62 * height))
        picture.paste((24, 24, 32), at, blot)
    picture.paste(sprite, (left, top), sprite)


def check_look(name: str, look: Look) -> None:
    """Refuses what cannot be drawn, with every reason.

    Raises:
        DataError: there is no such object, or it has no such colour, material, pattern, pose or company.
    """
    if name not in OBJECTS:
        _refuse(_unlisted("object", name, OBJECTS))
    kind = OBJECTS[name]
    problems = [*_unlisted(f"colour of a {name}", look.colour, kind.colours), *_wrong_surface(name, kind, look)]
    problems += _unlisted(f"pose of a {name}", look.pose, ("", *POSES.get(name, ())))
    if name not in PEOPLE and (look.hat or look.holds or look.label):
        problems.append(_problem(f"a {name} wears, holds and bears nothing", "leave hat, holds and label out"))
    if look.hat:
        problems += _unlisted("colour of a hat", look.hat, COLOURS)
    if look.holds:
        problems += _unlisted("object to hold", look.holds[0], HELD)
        if look.holds[0] in HELD:
            problems += _unlisted(f"colour of a {look.holds[0]}", look.holds[1], OBJECTS[look.holds[0]].colours)
    if look.label:
        problems += _wrong_label(look.label)
    _refuse(problems)


def _wrong_surface(name: str, kind: Kind, look: Look) -> list[Problem]:
    problems = _unlisted(f"material of a {name}", look.material, ("", *kind.materials))
    problems += _unlisted(f"pattern of a {name}", look.pattern, ("", *PATTERNS) if kind.patterned else ("",))
    if look.material and look.pattern:
        problems.append(_problem(f"a {name} is both {look.material} and has {look.pattern}", "choose one of them"))
    return problems


def _wrong_label(text: str) -> list[Problem]:
    if 0 < len(text) <= LABEL_CHARACTERS and text.isascii() and text.isalnum():
        return []
    return [_problem(f"{text!r} cannot be a label", f"give 1–{LABEL_CHARACTERS} Latin letters or digits")]


def _unlisted(what: str, name: str, listed: Collection[str]) -> list[Problem]:
    names = [each for each in listed if each]
    return [] if name in listed else [_problem(f"there is no {what} called `{name}`", suggest(name, names))]


def _problem(found: str, fix: str) -> Problem:
    return Problem("lab/cannot-draw", "object", found, fix=fix)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise DataError(problems)


def _draw(
    draw: Callable[[Pen], None],
    paint: Paint,
    random: Random,
    size_px: int,
    company: tuple[bool, Image.Image | None],
) -> Image.Image:
    """A cut-out of what `draw` draws, in a stance drawn by lot, lit from above."""
    mirrored, held = company
    edge = random.choice((0.0, 0.008, 0.012, 0.016))
    stance = Stance(random.gauss(0, math.radians(3)), mirrored, random.uniform(0.94, 1.07), edge)
    pen = Pen(size_px, random, paint, stance, held)
    draw(pen)
    box = pen.canvas.getbbox()
    return _lit(pen.canvas.crop(box), random.uniform(0.04, 0.2))


def _lit(sprite: Image.Image, amount: float) -> Image.Image:
    """The sprite lighter above and darker below."""
    ramp = Image.linear_gradient("L").resize(sprite.size, Image.Resampling.NEAREST)
    shade = ramp.point([round(255 * (1 - amount * at / 255)) for at in range(256)])
    lit = ImageChops.multiply(sprite.convert("RGB"), Image.merge("RGB", (shade, shade, shade)))
    lit.putalpha(sprite.getchannel("A"))
    return lit


@cache
def _blot() -> Image.Image:
    """A soft dark oval as a mask; not to be drawn on."""
    blot = Image.new("L", (128, 32), 0)
    blot.paste(120, (14, 8, 114, 24))
    return blot.filter(ImageFilter.GaussianBlur(6))
