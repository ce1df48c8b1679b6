"""Small things that lie on a table or in a hand: cup, bottle, apple, banana, book, umbrella, ball, hat."""

from lensmith.lab.worlds.drawing import Colour
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import RGB, brightness
from lensmith.lab.worlds.objects.pen import INK, WHITE, Pen

PAPER: Colour = (248, 244, 230)
LEAF: Colour = (76, 156, 66)


def draw_cup(pen: Pen, look: Look) -> None:
    """A cup with a handle, something to drink in it, sometimes steam."""
    pen.ring((0.78, 0.56, 0.16), 0.085, pen.body.colour)
    pen.polygon([(0.08, 0.3), (0.78, 0.3), (0.7, 0.86), (0.62, 0.92), (0.24, 0.92), (0.16, 0.86)], pen.body)
    pen.oval((0.43, 0.3, 0.35, 0.075), pen.light)
    pen.oval((0.43, 0.31, 0.29, 0.05), (104, 64, 40) if pen.body.texture != "glass" else (186, 120, 60), edged=False)
    if not pen.body.texture or pen.body.texture == "glass":
        pen.glint([(0.2, 0.44), (0.25, 0.76)], 0.035)
    if pen.random.random() < 0.4:
        for x in (0.36, 0.5):
            pen.line([(x, 0.2), (x - 0.03, 0.13), (x + 0.02, 0.06), (x, 0.0)], 0.02, (226, 228, 232))


def draw_bottle(pen: Pen, look: Look) -> None:
    """A bottle with shoulders, a neck, a cork and a label."""
    pen.box((0.43, 0.0, 0.57, 0.09), (176, 128, 82), corner=0.02)
    sides = [(0.43, 0.07), (0.57, 0.07), (0.57, 0.3), (0.69, 0.42), (0.71, 0.5), (0.71, 0.95), (0.67, 0.99)]
    pen.polygon(sides + [(1 - x, y) for x, y in reversed(sides)], pen.body)
    if pen.body.texture == "glass":
        pen.polygon([(0.32, 0.62), (0.68, 0.62), (0.68, 0.95), (0.32, 0.95)], pen.dark, edged=False)
        pen.glint([(0.36, 0.5), (0.36, 0.84)], 0.035)
        pen.glint([(0.46, 0.12), (0.46, 0.28)], 0.025)
    elif not pen.body.texture:
        pen.box((0.3, 0.56, 0.7, 0.8), PAPER if brightness(pen.body.colour) < 0.85 else (178, 60, 60))
        pen.line([(0.38, 0.65), (0.62, 0.65)], 0.02, (120, 110, 100))
        pen.line([(0.38, 0.72), (0.56, 0.72)], 0.02, (120, 110, 100))


def draw_apple(pen: Pen, look: Look) -> None:
    """A round apple, dented above, with a stalk and a leaf."""
    pen.line([(0.5, 0.26), (0.52, 0.12), (0.58, 0.04)], 0.04, (104, 70, 44))
    pen.blob([(0.55, 0.16), (0.68, 0.04), (0.84, 0.05), (0.76, 0.16), (0.64, 0.2)], LEAF)
    half = [(0.5, 0.26), (0.64, 0.19), (0.84, 0.25), (0.94, 0.48), (0.86, 0.76), (0.68, 0.95), (0.54, 0.93)]
    pen.blob(half + [(1 - x, y) for x, y in reversed(half[1:])], pen.body)
    pen.blob([(0.2, 0.5), (0.26, 0.36), (0.36, 0.3), (0.32, 0.42), (0.26, 0.54)], pen.light, edged=False)


def draw_banana(pen: Pen, look: Look) -> None:
    """A bent banana with dark ends."""
    outer = [(0.02, 0.3), (0.12, 0.56), (0.34, 0.76), (0.62, 0.8), (0.86, 0.68), (0.98, 0.5)]
    inner = [(0.92, 0.46), (0.78, 0.54), (0.58, 0.57), (0.38, 0.52), (0.22, 0.4), (0.12, 0.24)]
    pen.blob([*outer, *inner], pen.body)
    pen.line([(0.12, 0.36), (0.3, 0.58), (0.54, 0.68), (0.8, 0.62)], 0.02, pen.dark)
    pen.polygon([(0.02, 0.3), (0.0, 0.14), (0.08, 0.12), (0.13, 0.26)], (96, 74, 36))
    pen.oval((0.95, 0.48, 0.035, 0.03), (76, 58, 34), edged=False)


def draw_book(pen: Pen, look: Look) -> None:
    """A closed book, a little from the side: the cover in the colour, the pages' white edge."""
    pen.polygon([(0.12, 0.82), (0.24, 0.94), (0.92, 0.86), (0.82, 0.74)], PAPER)
    pen.polygon([(0.8, 0.06), (0.9, 0.16), (0.92, 0.86), (0.82, 0.76)], PAPER)
    for lift in (0.03, 0.06):
        pen.line([(0.81 + lift, 0.1 + lift), (0.83 + lift, 0.75 + lift)], 0.009, (186, 180, 164))
    pen.polygon([(0.08, 0.12), (0.8, 0.04), (0.83, 0.76), (0.11, 0.84)], pen.body)
    pen.polygon([(0.08, 0.12), (0.17, 0.11), (0.2, 0.83), (0.11, 0.84)], pen.dark)
    if not pen.body.texture:
        ink = WHITE if brightness(pen.body.colour) < 0.75 else INK
        pen.line([(0.34, 0.26), (0.68, 0.22)], 0.045, ink)
        pen.line([(0.4, 0.36), (0.64, 0.33)], 0.03, ink)


def draw_umbrella(pen: Pen, look: Look) -> None:
    """An open umbrella: a scalloped dome in the colour, a shaft with a hook."""
    shaft = [(0.5, 0.1), (0.5, 0.88), (0.54, 0.95), (0.61, 0.95), (0.65, 0.88)]
    pen.limb(shaft, 0.035, (92, 70, 56))
    pen.line([(0.5, 0.0), (0.5, 0.08)], 0.03, (92, 70, 56))
    dome = [
        (0.0, 0.52),
        (0.04, 0.36),
        (0.14, 0.2),
        (0.3, 0.09),
        (0.5, 0.055),
        (0.7, 0.09),
        (0.86, 0.2),
        (0.96, 0.36),
        (1.0, 0.52),
    ]
    hem = [
        (0.92, 0.47),
        (0.84, 0.46),
        (0.75, 0.52),
        (0.63, 0.46),
        (0.5, 0.52),
        (0.37, 0.46),
        (0.25, 0.52),
        (0.16, 0.46),
        (0.08, 0.47),
    ]
    pen.polygon([*dome, *hem], pen.body)
    for x, bend in ((0.25, 0.33), (0.75, 0.67)):
        pen.line([(x, 0.51), (bend, 0.25), (0.5, 0.06)], 0.014, pen.dark)


def draw_ball(pen: Pen, look: Look) -> None:
    """A round ball with a seam and a light spot."""
    pen.oval((0.5, 0.5, 0.48, 0.48), pen.body)
    if pen.body.texture == "glass":
        pen.glint([(0.26, 0.44), (0.3, 0.32), (0.38, 0.24)], 0.06)
        pen.glint([(0.66, 0.8), (0.76, 0.7)], 0.03)
        return
    if not pen.body.texture:
        band = WHITE if brightness(pen.body.colour) < 0.7 else RGB["red"] if look.colour != "orange" else RGB["blue"]
        pen.polygon(
            [
                (0.035, 0.4),
                (0.2, 0.5),
                (0.5, 0.55),
                (0.8, 0.5),
                (0.965, 0.4),
                (0.98, 0.5),
                (0.965, 0.58),
                (0.8, 0.66),
                (0.5, 0.71),
                (0.2, 0.66),
                (0.035, 0.58),
                (0.02, 0.5),
            ],
            band,
            edged=False,
        )
    pen.oval((0.34, 0.26, 0.09, 0.06), WHITE, edged=False)


def draw_hat(pen: Pen, look: Look) -> None:
    """A wide brim, a rounded crown, a ribbon."""
    ribbon = RGB["red"] if look.colour not in ("red", "pink", "orange", "brown", "purple") else (250, 240, 220)
    pen.oval((0.5, 0.72, 0.5, 0.14), pen.body)
    crown = [
        (0.22, 0.7),
        (0.25, 0.46),
        (0.3, 0.28),
        (0.42, 0.2),
        (0.5, 0.22),
        (0.58, 0.2),
        (0.7, 0.28),
        (0.75, 0.46),
        (0.78, 0.7),
        (0.64, 0.745),
        (0.5, 0.76),
        (0.36, 0.745),
    ]
    pen.polygon(crown, pen.body)
    pen.polygon([(0.235, 0.58), (0.5, 0.65), (0.765, 0.58), (0.78, 0.69), (0.5, 0.76), (0.22, 0.69)], ribbon)
