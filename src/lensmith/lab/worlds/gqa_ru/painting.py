"""A plan as a picture: the place, then each thing where it stands, lies, is held or flies."""

from dataclasses import replace
from random import Random

from PIL import Image

from lensmith.lab.worlds.gqa_ru.backdrop import draw_backdrop
from lensmith.lab.worlds.gqa_ru.plan import Plan, Thing
from lensmith.lab.worlds.objects import Look, draw_object, place

PICTURE_PX = 192
OVERSAMPLING = 2
# How far down its bearer's height something rests, and how far it may be from the middle, in its bearer's widths.
REST = {"table": 0.1, "chair": 0.54}
SPREAD = {"table": 0.25, "chair": 0.0}
# A thing under a table is between its legs; one under a tree is beside the trunk.
ASIDE = {"table": 0.08, "tree": 0.3}

Box = tuple[float, float, float, float]


def paint(plan: Plan, random: Random) -> Image.Image:
    """The picture of a plan, RGB, `PICTURE_PX` square.

    Args:
        plan: what stands where.
        random: decides tones, proportions and other variation that no question asks for.
    """
    size_px = PICTURE_PX * OVERSAMPLING
    picture = draw_backdrop(plan.place, size_px, random)
    boxes: dict[str, Box] = {}
    for thing in plan.things:
        if thing.stands in ("held", "worn"):
            continue  # drawn with the person
        sprite = draw_object(thing.name, _look(plan, thing), random, round(thing.side * size_px))
        bearer = plan.bearer(thing)
        box = _rest(thing, sprite, (bearer.name, boxes[bearer.id]) if bearer else None, random)
        boxes[thing.id] = box
        centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        place(picture, sprite, centre, shadow=thing.stands in ("alone", "under"))
    return picture.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)


def _look(plan: Plan, thing: Thing) -> Look:
    """How a thing is drawn, with what it holds and wears."""
    hat, held = plan.borne(thing, "worn"), plan.borne(thing, "held")
    return replace(thing.look, hat=hat.colour if hat else "", holds=(held.name, held.colour) if held else None)


def _rest(thing: Thing, sprite: Image.Image, bearer: tuple[str, Box] | None, random: Random) -> Box:
    """Where a sprite comes to lie, in pixels: on its own foot, or on or under its bearer; all of it in the picture."""
    size_px = PICTURE_PX * OVERSAMPLING
    x, foot = thing.centre * size_px, thing.foot * size_px
    if bearer:
        name, (left, top, right, bottom) = bearer
        width = right - left
        x = (left + right) / 2
        if thing.stands == "on":
            x += random.uniform(-1, 1) * SPREAD[name] * width
            foot = top + REST[name] * (bottom - top)
        else:
            x += random.choice((-1, 1)) * ASIDE[name] * width
            foot = bottom + 0.01 * size_px
    x = min(max(x, sprite.width / 2 + 2), size_px - sprite.width / 2 - 2)
    foot = min(max(foot, sprite.height + 2), size_px - 2)
    return x - sprite.width / 2, foot - sprite.height, x + sprite.width / 2, foot
