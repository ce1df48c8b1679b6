"""Chair, table, lamp and clock."""

import math

from lensmith.lab.worlds.drawing import Colour
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.pen import INK, WHITE, Pen

STAND: Colour = (104, 100, 104)


def draw_chair(pen: Pen, look: Look) -> None:
    """A back, a seat and four legs, a little from the side."""
    for x, foot in ((0.3, 0.86), (0.86, 0.86)):
        pen.limb([(x, 0.6), (x, foot)], 0.055, pen.dark)
    pen.box((0.14, 0.02, 0.26, 0.98), pen.body, corner=0.02)
    pen.polygon([(0.2, 0.04), (0.42, 0.0), (0.42, 0.5), (0.2, 0.56)], pen.body)
    pen.polygon([(0.14, 0.56), (0.36, 0.47), (0.94, 0.5), (0.8, 0.62)], pen.body)
    pen.polygon([(0.14, 0.56), (0.8, 0.62), (0.8, 0.7), (0.14, 0.64)], pen.body)
    pen.polygon([(0.8, 0.62), (0.94, 0.5), (0.94, 0.57), (0.8, 0.7)], pen.dark)
    pen.box((0.7, 0.68, 0.79, 0.98), pen.body, corner=0.015)


def draw_table(pen: Pen, look: Look) -> None:
    """A flat top seen from a little above, four legs; a glass one shows them through the top."""
    for x in (0.24, 0.76):
        pen.box((x - 0.025, 0.36, x + 0.025, 0.76), pen.dark)
    pen.polygon([(0.16, 0.28), (0.84, 0.28), (1.0, 0.48), (0.0, 0.48)], pen.body)
    pen.polygon([(0.0, 0.48), (1.0, 0.48), (1.0, 0.56), (0.0, 0.56)], pen.body)
    for x in (0.07, 0.93):
        pen.box((x - 0.045, 0.56, x + 0.045, 0.96), pen.body)
    if pen.body.texture == "glass":
        pen.glint([(0.3, 0.32), (0.2, 0.44)], 0.025)
        pen.glint([(0.42, 0.32), (0.34, 0.42)], 0.018)


def draw_lamp(pen: Pen, look: Look) -> None:
    """A shade in the colour on a stand with a round foot, light under it."""
    pen.oval((0.5, 0.52, 0.24, 0.05), (255, 240, 170), edged=False)
    pen.limb([(0.5, 0.48), (0.5, 0.9)], 0.055, STAND)
    pen.blob([(0.3, 0.97), (0.32, 0.9), (0.5, 0.86), (0.68, 0.9), (0.7, 0.97), (0.5, 0.985)], STAND)
    pen.polygon([(0.32, 0.04), (0.68, 0.04), (0.9, 0.5), (0.1, 0.5)], pen.body)
    if pen.body.texture == "glass":
        pen.oval((0.5, 0.34, 0.09, 0.1), (255, 232, 120), edged=False)
        pen.glint([(0.36, 0.12), (0.26, 0.42)], 0.028)
    pen.line([(0.6, 0.5), (0.6, 0.66)], 0.012, STAND)


def draw_clock(pen: Pen, look: Look) -> None:
    """A round frame in the colour, a white face, twelve marks, two hands."""
    pen.oval((0.5, 0.5, 0.48, 0.48), pen.body)
    pen.oval((0.5, 0.5, 0.36, 0.36), WHITE)
    for hour in range(12):
        angle = math.tau * hour / 12
        near = 0.27 if hour % 3 == 0 else 0.3
        ends = [(0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle)) for reach in (near, 0.33)]
        pen.line(ends, 0.022, INK)
    for reach, width in ((0.19, 0.036), (0.27, 0.024)):
        angle = pen.random.uniform(0, math.tau)
        pen.line([(0.5, 0.5), (0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle))], width, INK)
    pen.oval((0.5, 0.5, 0.03, 0.03), (206, 50, 50), edged=False)
