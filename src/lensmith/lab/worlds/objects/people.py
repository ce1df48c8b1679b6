"""Man, woman and child in clothes of the colour; standing or sitting, with a hat, something in the hand, a label."""

from typing import NamedTuple

from lensmith.lab.worlds.drawing import Colour, shade
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import RGB, brightness, mix_paint
from lensmith.lab.worlds.objects.pen import INK, WHITE, Pen

SKINS: tuple[Colour, ...] = ((250, 214, 180), (236, 186, 146), (198, 142, 100), (140, 94, 64))
HAIRS: tuple[Colour, ...] = ((58, 42, 36), (110, 70, 42), (172, 112, 56), (226, 184, 104), (40, 38, 44))
TROUSERS: tuple[Colour, ...] = ((62, 76, 110), (86, 84, 90), (110, 88, 66), (58, 62, 66))
CHAIR: Colour = (150, 108, 70)
SHOE: Colour = (70, 52, 46)
CHEEK: Colour = (240, 150, 140)


class Build(NamedTuple):
    """A person's proportions.

    Attributes:
        head: its radius.
        neck: how far down the neck is.
        hips: how far down the hips are.
        shoulders: half their width.
        leg: how wide a leg is.
    """

    head: float
    neck: float
    hips: float
    shoulders: float
    leg: float


BUILDS = {
    "man": Build(0.115, 0.26, 0.6, 0.2, 0.1),
    "woman": Build(0.11, 0.26, 0.56, 0.165, 0.07),
    "child": Build(0.17, 0.4, 0.68, 0.165, 0.1),
}
HAND = (0.83, 0.5)


def draw_man(pen: Pen, look: Look) -> None:
    """A man in a shirt of the colour and dark trousers; short hair, sometimes a beard."""
    _draw_person(pen, look, "man")


def draw_woman(pen: Pen, look: Look) -> None:
    """A woman in a dress of the colour; long hair."""
    _draw_person(pen, look, "woman")


def draw_child(pen: Pen, look: Look) -> None:
    """A child: a large head, a jumper of the colour, short trousers."""
    _draw_person(pen, look, "child")


def _draw_person(pen: Pen, look: Look, who: str) -> None:
    build = BUILDS[who]
    skin, hair = pen.random.choice(SKINS), pen.random.choice(HAIRS)
    seated = look.pose == "sitting"
    if who == "woman":
        reach = build.head
        back = [(-1.2, -0.5), (0, -1.25), (1.2, -0.5), (1.5, 1.6), (0.8, 2.0), (-0.8, 2.0), (-1.5, 1.6)]
        pen.blob([(0.5 + x * reach, build.neck - 0.9 * reach + y * reach) for x, y in back], hair)
    cloth = pen.random.choice(TROUSERS)
    cloths = {"man": (cloth, cloth), "woman": (skin, skin), "child": (cloth, skin)}[who]
    (_draw_seat if seated else _draw_legs)(pen, build, cloths)
    _draw_trunk(pen, build, who, seated)
    if seated and who != "woman":
        _draw_knees(pen, build, cloth)
    _draw_arms(pen, look, build, skin)
    _draw_head(pen, look, build, (skin, hair), who)
    if look.label:
        middle = (build.neck + build.hips) / 2 + 0.02
        pen.box((0.36, middle - 0.095, 0.64, middle + 0.095), WHITE)
        pen.text(look.label, (0.5, middle), (0.25, 0.14), INK)


def _draw_legs(pen: Pen, build: Build, cloths: tuple[Colour, Colour]) -> None:
    """Two straight legs: (what covers the thigh, what covers the shin)."""
    knee = build.hips + (0.98 - build.hips) * 0.45
    for side in (-1, 1):
        x, foot = 0.5 + side * 0.5 * build.shoulders, 0.5 + side * (0.5 * build.shoulders + 0.02)
        pen.limb([(x, build.hips), ((x + foot) / 2, knee), (foot, 0.95)], build.leg, cloths[1])
        if cloths[0] != cloths[1]:
            pen.limb([(x, build.hips), ((x + foot) / 2, knee)], build.leg + 0.02, cloths[0])
        _draw_shoe(pen, foot, side)


def _draw_seat(pen: Pen, build: Build, cloths: tuple[Colour, Colour]) -> None:
    """A chair behind the trunk, and the shins before it."""
    seat = build.hips + 0.06
    pen.box((0.27, build.neck + 0.06, 0.73, seat), CHAIR, corner=0.04)
    for x in (0.25, 0.75):
        pen.limb([(x, seat), (x, 0.96)], 0.05, CHAIR)
    pen.box((0.2, seat, 0.8, seat + 0.09), CHAIR, corner=0.03)
    for side in (-1, 1):
        pen.limb([(0.5 + side * 0.11, seat), (0.5 + side * 0.12, 0.95)], build.leg, cloths[1])
        _draw_shoe(pen, 0.5 + side * 0.12, side)


def _draw_knees(pen: Pen, build: Build, cloth: Colour) -> None:
    """Thighs that come towards the one who looks."""
    for side in (-1, 1):
        pen.oval((0.5 + side * 0.11, build.hips + 0.06, 0.105, 0.085), cloth)


def _draw_shoe(pen: Pen, x: float, side: int) -> None:
    pen.oval((x + side * 0.02, 0.965, 0.07, 0.035), SHOE)


def _draw_trunk(pen: Pen, build: Build, who: str, seated: bool) -> None:
    top, wide = build.neck + 0.01, build.shoulders
    half = [(0.5 + wide, top + 0.05), (0.5 + 0.92 * wide, build.hips), (0.5 + 0.95 * wide, build.hips + 0.05)]
    if who == "woman":
        hem, flare = (build.hips + 0.16, 0.27) if seated else (0.8, 0.3)
        half = [(0.5 + wide, top + 0.04), (0.5 + 0.62 * wide, (top + build.hips) / 2 + 0.02), (0.5 + flare, hem)]
    neck = 0.5 * wide
    shoulders = [(0.5 - neck, top - 0.015), (0.5 + neck, top - 0.015)]
    pen.polygon([*shoulders, *half, *((1 - x, y) for x, y in reversed(half))], pen.body)


def _draw_arms(pen: Pen, look: Look, build: Build, skin: Colour) -> None:
    top, wide = build.neck + 0.06, build.shoulders
    sleeve = shade(pen.body.colour, 0.9)
    low = (0.5 - wide - 0.09, build.hips - 0.02)
    pen.limb([(0.5 - wide + 0.02, top), (0.5 - wide - 0.06, (top + low[1]) / 2), low], 0.07, sleeve)
    pen.oval((*low, 0.042, 0.042), skin)
    up = HAND if look.holds else (0.5 + wide + 0.09, build.hips - 0.02)
    bend = (0.5 + wide + 0.08, build.hips - 0.06) if look.holds else (0.5 + wide + 0.06, (top + up[1]) / 2)
    if look.holds:
        up = (HAND[0], build.hips - 0.16)
    pen.limb([(0.5 + wide - 0.02, top), bend, up], 0.07, sleeve)
    if pen.held is not None:
        # What is long is held by its foot, what is short by its middle.
        rise = 0.42 * pen.held.height / pen.size_px if pen.held.height > 0.36 * pen.size_px else 0.05
        pen.attach(pen.held, (up[0], up[1] - rise))
    pen.oval((*up, 0.045, 0.045), skin)


def _draw_head(pen: Pen, look: Look, build: Build, tones: tuple[Colour, Colour], who: str) -> None:
    (skin, hair), reach = tones, build.head
    y = build.neck - 0.9 * reach
    pen.box((0.5 - 0.35 * reach, y, 0.5 + 0.35 * reach, build.neck + 0.03), skin)
    pen.oval((0.5, y, reach, 1.08 * reach), skin)
    if who == "man" and pen.random.random() < 0.35:
        beard = [(-0.95, 0.1), (-0.6, 0.35), (0, 0.3), (0.6, 0.35), (0.95, 0.1), (0.7, 0.95), (0, 1.2), (-0.7, 0.95)]
        pen.blob([(0.5 + dx * reach, y + dy * reach) for dx, dy in beard], hair, edged=False)
    top = [
        (-1.05, 0.05),
        (-1.05, -0.6),
        (-0.5, -1.2),
        (0.4, -1.25),
        (1.05, -0.6),
        (1.05, 0.05),
        (0.75, -0.45),
        (0, -0.62),
        (-0.75, -0.45),
    ]
    pen.blob([(0.5 + dx * reach, y + dy * reach) for dx, dy in top], hair, edged=False)
    for side in (-1, 1):
        pen.oval((0.5 + side * 0.36 * reach, y + 0.02, 0.11 * reach, 0.14 * reach), INK, edged=False)
        pen.oval((0.5 + side * 0.6 * reach, y + 0.4 * reach, 0.16 * reach, 0.12 * reach), CHEEK, edged=False)
    pen.line(
        [(0.5 - 0.3 * reach, y + 0.52 * reach), (0.5, y + 0.64 * reach), (0.5 + 0.3 * reach, y + 0.52 * reach)],
        0.016,
        (170, 60, 60),
    )
    if look.hat:
        _draw_headgear(pen, mix_paint(look.hat, pen.random).colour, y, reach)


def _draw_headgear(pen: Pen, colour: Colour, y: float, reach: float) -> None:
    pen.polygon(
        [(0.5 + x * reach, y + dy * reach) for x, dy in ((-0.95, -0.5), (-0.8, -1.5), (0.8, -1.5), (0.95, -0.5))],
        colour,
    )
    pen.oval((0.5, y - 0.52 * reach, 1.65 * reach, 0.24 * reach), colour)
    band = RGB["red"] if brightness(colour) > 0.5 else (240, 226, 190)
    pen.line([(0.5 - 0.9 * reach, y - 0.76 * reach), (0.5 + 0.9 * reach, y - 0.76 * reach)], 0.026, band)
