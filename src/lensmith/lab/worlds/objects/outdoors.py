"""Tree, flower, mushroom and house."""

import math

from lensmith.lab.worlds.drawing import Colour, shade
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import RGB, brightness
from lensmith.lab.worlds.objects.pen import WHITE, Pen

BARK: Colour = (124, 84, 52)
STEM: Colour = (62, 142, 62)
LEAF: Colour = (80, 166, 72)
PANE: Colour = (170, 212, 238)


def draw_tree(pen: Pen, look: Look) -> None:
    """A trunk and a crown in the colour: round and leafy, or a fir."""
    if look.colour == "green" and pen.random.random() < 0.4:
        pen.box((0.43, 0.78, 0.57, 1.0), BARK)
        for top, reach, foot in ((0.44, 0.42, 0.86), (0.2, 0.34, 0.6), (0.0, 0.24, 0.36)):
            pen.polygon([(0.5, top), (0.5 + reach, foot), (0.5 - reach, foot)], pen.body)
        return
    pen.polygon([(0.44, 0.56), (0.56, 0.56), (0.6, 1.0), (0.4, 1.0)], BARK)
    pen.line([(0.5, 0.72), (0.66, 0.54)], 0.05, BARK)
    count = 9
    turn = pen.random.uniform(0, 1)
    crown = []
    for at in range(2 * count):
        angle, reach = math.tau * (at + turn) / (2 * count), 1.0 if at % 2 else 0.86
        crown.append((0.5 + 0.44 * reach * math.cos(angle), 0.36 + 0.36 * reach * math.sin(angle)))
    pen.blob(crown, pen.body)
    for _ in range(7):
        x, y = pen.random.uniform(0.22, 0.78), pen.random.uniform(0.16, 0.54)
        pen.oval((x, y, 0.07, 0.05), pen.light if pen.random.random() < 0.5 else pen.dark, edged=False)


def draw_flower(pen: Pen, look: Look) -> None:
    """A stem with two leaves, petals in the colour around a round middle."""
    pen.limb([(0.5, 0.4), (0.51, 0.7), (0.5, 0.98)], 0.045, STEM)
    pen.blob([(0.5, 0.84), (0.62, 0.68), (0.8, 0.64), (0.74, 0.78), (0.6, 0.86)], LEAF)
    pen.blob([(0.5, 0.92), (0.38, 0.76), (0.22, 0.74), (0.28, 0.88), (0.42, 0.93)], LEAF)
    petals = pen.random.choice((5, 6, 8))
    reach = {5: 0.135, 6: 0.125, 8: 0.1}[petals]
    for at in range(petals):
        angle = math.tau * at / petals - math.pi / 2
        pen.oval((0.5 + 0.2 * math.cos(angle), 0.32 + 0.2 * math.sin(angle), reach, reach), pen.body)
    pen.oval((0.5, 0.32, 0.11, 0.11), (250, 206, 60) if look.colour not in ("yellow", "orange") else (116, 72, 40))


def draw_mushroom(pen: Pen, look: Look) -> None:
    """A pale stalk and a domed cap in the colour; white dots on a red one."""
    pen.blob([(0.4, 0.46), (0.6, 0.46), (0.63, 0.8), (0.68, 0.96), (0.32, 0.96), (0.37, 0.8)], (240, 230, 208))
    pen.oval((0.5, 0.53, 0.44, 0.08), (222, 204, 178))
    dome = [
        (0.02, 0.52),
        (0.08, 0.3),
        (0.28, 0.1),
        (0.5, 0.05),
        (0.72, 0.1),
        (0.92, 0.3),
        (0.98, 0.52),
        (0.75, 0.56),
        (0.5, 0.575),
        (0.25, 0.56),
    ]
    pen.blob(dome, pen.body)
    if look.colour == "red":
        for x, y, reach in (
            (0.3, 0.3, 0.06),
            (0.54, 0.2, 0.055),
            (0.74, 0.36, 0.065),
            (0.5, 0.44, 0.05),
            (0.16, 0.44, 0.04),
        ):
            pen.oval((x, y, reach, 0.85 * reach), WHITE, edged=False)
    else:
        pen.blob([(0.2, 0.32), (0.34, 0.18), (0.46, 0.15), (0.36, 0.26), (0.26, 0.36)], pen.light, edged=False)


def draw_house(pen: Pen, look: Look) -> None:
    """Walls in the colour under a pitched roof, a door, windows, a chimney."""
    roofs = [name for name in ("red", "brown", "grey", "blue", "green", "orange") if name != look.colour]
    roof = shade(RGB[pen.random.choice(roofs)], 0.86)
    pen.box((0.68, 0.08, 0.8, 0.34), (150, 86, 70))
    pen.box((0.1, 0.4, 0.9, 0.98), pen.body)
    pen.polygon([(0.0, 0.44), (0.5, 0.02), (1.0, 0.44)], roof)
    frame = WHITE if brightness(pen.body.colour) < 0.8 else (120, 90, 64)
    for x in (0.26, 0.74):
        pen.box((x - 0.12, 0.53, x + 0.12, 0.76), frame)
        pen.box((x - 0.09, 0.56, x + 0.09, 0.73), PANE)
        pen.line([(x, 0.56), (x, 0.73)], 0.016, frame)
    pen.box((0.42, 0.62, 0.58, 0.98), (112, 70, 44), corner=0.02)
    pen.oval((0.55, 0.8, 0.015, 0.015), (240, 210, 90), edged=False)
