"""Who there is: every figure, how it is drawn, what it may wear and hold."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from lensmith.lab.worlds.characters import controls, others, targets
from lensmith.lab.worlds.characters.looks import COLOURS, FREE_POSES, MOODS, Looks
from lensmith.lab.worlds.characters.pen import Pen, Stand
from lensmith.lab.worlds.characters.things import THINGS
from lensmith.lab.worlds.drawing import Point

DrawFigure = Callable[[Pen, Looks, Random], None]

CARRIED = ("balloon", "flower", "book")
SHEET_SHARE = 0.86
ARMLESS_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Role:
    """One figure.

    Attributes:
        draw: draws it.
        head: the middle of its head, in figure units.
        head_reach: half the breadth that a close-up of its head shows.
        half: half its breadth with empty hands, arms spread.
        hand: how far out the hand is that holds something.
        heads: what it may wear on its head, one drawn by lot.
        holds: what it may hold, one drawn by lot; empty where it has no hands.
    """

    draw: DrawFigure
    head: Point
    head_reach: float
    half: float = 0.46
    hand: float = 0.37
    heads: tuple[str, ...] = ("nothing",)
    holds: tuple[str, ...] = ("nothing", *CARRIED)


CAST: dict[str, Role] = {
    "cheburashka": Role(
        targets.draw_cheburashka,
        (0, 0.27),
        0.39,
        half=0.53,
        heads=("nothing", "cap"),
        holds=("nothing", "orange", *CARRIED),
    ),
    "kolobok": Role(targets.draw_kolobok, (0, 0.53), 0.38, half=0.54, hand=0.47, heads=("nothing", "cap")),
    "alyosha": Role(targets.draw_alyosha, (0, 0.25), 0.28, heads=("helmet",), holds=("nothing", "sword", *CARRIED)),
    "gena": Role(targets.draw_gena, (0.1, 0.24), 0.34, heads=("hat",), holds=("nothing", "accordion", *CARRIED)),
    "matryoshka": Role(controls.draw_matryoshka, (0, 0.26), 0.3, half=0.35, heads=("headscarf",), holds=()),
    "spider-man": Role(controls.draw_spider_man, (0, 0.25), 0.27, heads=("mask",)),
    "superman": Role(controls.draw_superman, (0, 0.26), 0.29),
    "bear": Role(others.draw_bear, (0, 0.24), 0.3),
    "crocodile": Role(others.draw_crocodile, (0.26, 0.55), 0.34, half=0.55, holds=()),
    "monkey": Role(others.draw_monkey, (0, 0.25), 0.3),
    "bun": Role(others.draw_bun, (0, 0.58), 0.42, half=0.48, holds=()),
    "ball": Role(others.draw_ball, (0, 0.56), 0.36, half=0.4, holds=()),
    "knight": Role(others.draw_knight, (0, 0.24), 0.28, heads=("helmet",)),
    "doll": Role(others.draw_doll, (0, 0.27), 0.3),
}
TARGETS = ("cheburashka", "kolobok", "alyosha", "gena")
CONTROLS = ("matryoshka", "spider-man", "superman")
OTHERS = tuple(name for name in CAST if name not in TARGETS + CONTROLS)


def choose_looks(subject: str, random: Random) -> Looks:
    """One way that a figure may look, drawn by lot: mood, arms, what it wears and holds, in which colour.

    Args:
        subject: a name in `CAST`.
        random: decides.

    Raises:
        KeyError: there is no such figure.
    """
    role = CAST[subject]
    holds = random.choice(role.holds) if role.holds else "nothing"
    left, right = random.choice(FREE_POSES), random.choice(FREE_POSES)
    if holds == "accordion":
        left = right = "hip"
    elif holds != "nothing":
        right = "hold"
    elif random.random() < ARMLESS_SHARE:
        left = right = "down"
    return Looks(
        mood=random.choice(MOODS),
        head=random.choice(role.heads),
        holds=holds,
        colour=random.choice(list(COLOURS)),
        cap=random.choice(list(COLOURS)),
        poses=(left, right),
        gaze=random.uniform(-1, 1),
    )


def draw_character(
    subject: str, looks: Looks, random: Random, *, size_px: int, stand: Stand | None = None
) -> Image.Image:
    """A figure on a transparent square sheet.

    Args:
        subject: a name in `CAST`.
        looks: as `choose_looks` gives them.
        random: shifts proportions and shades.
        size_px: the side of the sheet.
        stand: where on the sheet, how large, how tilted; default: upright in the middle, all of it on the sheet.

    Returns:
        RGBA, without a shadow.

    Raises:
        KeyError: there is no such figure.
    """
    pen = Pen(size_px, stand or fit(subject, looks, size_px, size_px * SHEET_SHARE))
    CAST[subject].draw(pen, looks, random)
    return pen.sheet


def fit(subject: str, looks: Looks, size_px: int, height_px: float, breadth: float = 1.0) -> Stand:
    """A stand in the middle of the sheet on which the whole figure and what it holds are on the sheet.

    Args:
        subject: a name in `CAST`.
        looks: what it holds makes it broader on one side.
        size_px: the side of the sheet.
        height_px: lowered where the figure would be too broad.
        breadth: as in `Stand`.
    """
    role = CAST[subject]
    right = max(role.half, role.hand + THINGS[looks.holds].reach) if looks.holds != "nothing" else role.half
    height_px = min(height_px, 0.94 * size_px / (abs(breadth) * (role.half + right)))
    shift = math.copysign((right - role.half) / 2, breadth) * abs(breadth) * height_px
    return Stand((size_px / 2 - shift, size_px / 2), height_px, breadth=breadth)
