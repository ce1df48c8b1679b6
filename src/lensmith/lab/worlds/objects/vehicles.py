"""Car, bus, bicycle, boat and plane, each drawn facing right."""

from lensmith.lab.worlds.drawing import Colour
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.pen import INK, WHITE, Pen

WINDOW: Colour = (178, 216, 238)
TYRE: Colour = (44, 44, 50)
RIM: Colour = (190, 194, 200)
LAMP: Colour = (255, 232, 140)
MAST: Colour = (120, 84, 54)


def _wheel(pen: Pen, x: float, y: float, reach: float) -> None:
    pen.oval((x, y, reach, reach), TYRE)
    pen.oval((x, y, 0.5 * reach, 0.5 * reach), RIM, edged=False)


def draw_car(pen: Pen, look: Look) -> None:
    """A low body, a cabin with two windows, two wheels, lamps."""
    roof = pen.random.uniform(0.26, 0.31)
    cabin = [(0.2, 0.5), (0.3, roof), (0.62, roof), (0.78, 0.5)]
    pen.polygon(cabin, pen.body)
    pen.polygon([(0.27, 0.5), (0.34, roof + 0.045), (0.47, roof + 0.045), (0.47, 0.5)], WINDOW)
    pen.polygon([(0.52, 0.5), (0.52, roof + 0.045), (0.6, roof + 0.045), (0.71, 0.5)], WINDOW)
    pen.blob(
        [(0.03, 0.52), (0.2, 0.47), (0.75, 0.47), (0.95, 0.53), (0.99, 0.66), (0.93, 0.74), (0.07, 0.74), (0.01, 0.64)],
        pen.body,
    )
    pen.line([(0.06, 0.66), (0.94, 0.66)], 0.016, pen.dark)
    pen.oval((0.95, 0.58, 0.035, 0.045), LAMP)
    pen.oval((0.04, 0.58, 0.025, 0.045), (210, 60, 50))
    pen.line([(0.5, 0.55), (0.56, 0.55)], 0.018, pen.dark)
    for x in (0.24, 0.76):
        _wheel(pen, x, 0.75, 0.12)


def draw_bus(pen: Pen, look: Look) -> None:
    """A long high box with a row of windows, a door, two wheels."""
    pen.box((0.01, 0.2, 0.99, 0.78), pen.body, corner=0.05)
    for at in range(4):
        pen.box((0.06 + 0.17 * at, 0.28, 0.2 + 0.17 * at, 0.46), WINDOW, corner=0.015)
    pen.box((0.76, 0.28, 0.87, 0.74), (206, 230, 242), corner=0.01)
    pen.line([(0.815, 0.3), (0.815, 0.73)], 0.014, INK)
    pen.polygon([(0.91, 0.28), (0.985, 0.28), (0.985, 0.5), (0.91, 0.5)], WINDOW)
    pen.line([(0.03, 0.56), (0.74, 0.56)], 0.03, pen.light)
    pen.oval((0.96, 0.68, 0.025, 0.03), LAMP)
    for x in (0.22, 0.66):
        _wheel(pen, x, 0.79, 0.1)


def draw_bicycle(pen: Pen, look: Look) -> None:
    """Two spoked wheels, a frame of tubes in the colour, a saddle, handlebars."""
    for x in (0.22, 0.78):
        for reach, colour in ((0.215, TYRE), (0.165, RIM)):
            pen.ring((x, 0.66, reach), 0.035 if colour == TYRE else 0.012, colour)
        for dx, dy in ((0.15, 0.0), (0.0, 0.15), (0.11, 0.11), (0.11, -0.11)):
            pen.line([(x - dx, 0.66 - dy), (x + dx, 0.66 + dy)], 0.009, RIM)
    tubes = [((0.22, 0.66), (0.38, 0.36)), ((0.38, 0.36), (0.5, 0.67)), ((0.5, 0.67), (0.22, 0.66))]
    tubes += [((0.37, 0.38), (0.67, 0.36)), ((0.67, 0.36), (0.5, 0.67)), ((0.64, 0.24), (0.78, 0.66))]
    for start, end in tubes:
        pen.limb([start, end], 0.042, pen.body.colour)
    pen.line([(0.36, 0.32), (0.35, 0.27)], 0.03, TYRE)
    pen.line([(0.27, 0.26), (0.44, 0.26)], 0.05, TYRE)
    pen.line([(0.64, 0.24), (0.63, 0.16), (0.74, 0.14)], 0.034, TYRE)
    pen.oval((0.5, 0.67, 0.045, 0.045), TYRE)


def draw_boat(pen: Pen, look: Look) -> None:
    """A hull in the colour, a mast and two white sails."""
    pen.line([(0.5, 0.04), (0.5, 0.72)], 0.03, MAST)
    pen.polygon([(0.53, 0.06), (0.9, 0.62), (0.53, 0.62)], WHITE)
    pen.polygon([(0.46, 0.14), (0.46, 0.62), (0.16, 0.62)], (226, 230, 232))
    pen.polygon([(0.5, 0.0), (0.63, 0.035), (0.5, 0.075)], (214, 60, 52))
    pen.blob(
        [
            (0.0, 0.7),
            (0.06, 0.7),
            (0.5, 0.7),
            (0.95, 0.69),
            (1.0, 0.69),
            (0.88, 0.9),
            (0.78, 0.94),
            (0.2, 0.94),
            (0.1, 0.88),
        ],
        pen.body,
    )
    pen.line([(0.04, 0.73), (0.96, 0.73)], 0.03, pen.light)


def draw_plane(pen: Pen, look: Look) -> None:
    """A body with a row of windows, swept wings, a tail fin, seen from the side."""
    pen.polygon([(0.46, 0.44), (0.34, 0.2), (0.43, 0.2), (0.62, 0.44)], pen.dark)
    pen.polygon([(0.06, 0.46), (0.0, 0.2), (0.1, 0.2), (0.26, 0.44)], pen.dark)
    pen.blob(
        [
            (0.02, 0.44),
            (0.2, 0.41),
            (0.8, 0.41),
            (0.94, 0.46),
            (1.0, 0.53),
            (0.92, 0.6),
            (0.76, 0.62),
            (0.3, 0.61),
            (0.1, 0.53),
        ],
        pen.body,
    )
    pen.polygon([(0.86, 0.44), (0.93, 0.47), (0.95, 0.51), (0.86, 0.51)], WINDOW)
    for at in range(6):
        pen.oval((0.32 + 0.085 * at, 0.48, 0.022, 0.026), WINDOW, edged=False)
    pen.polygon([(0.46, 0.56), (0.64, 0.56), (0.4, 0.86), (0.3, 0.86)], pen.dark)
    pen.polygon([(0.06, 0.5), (0.18, 0.5), (0.06, 0.62), (0.0, 0.62)], pen.dark)
    pen.blob([(0.5, 0.66), (0.62, 0.64), (0.66, 0.7), (0.6, 0.74), (0.5, 0.73)], RIM)
