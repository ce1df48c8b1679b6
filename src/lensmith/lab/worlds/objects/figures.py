"""Plain figures: circle, square, triangle, star, ring, heart, cross, diamond; and signs to read."""

import math

from lensmith.lab.worlds.drawing import Colour, Point
from lensmith.lab.worlds.objects.pen import CIRCLE, INK, WHITE, Pen


def draw_figure(pen: Pen, shape: str) -> None:
    """One figure in the pen's paint, filling the unit square.

    Raises:
        KeyError: there is no such shape.
    """
    if shape == "ring":
        if pen.stance.edge:
            pen.ring((0.5, 0.5, 0.37), 0.22, pen.body.colour)
        else:
            pen.line([(0.5 + 0.37 * c, 0.5 + 0.37 * s) for c, s in (*CIRCLE, CIRCLE[0])], 0.22, pen.body.colour)
        return
    pen.polygon(FIGURES[shape], pen.body)


def draw_sign(pen: Pen, text: str) -> None:
    """A card, a round plate or a board on a post with 1–4 characters on it, the card in the pen's paint."""
    style = pen.random.choice(("card", "plate", "board"))
    ink: Colour = WHITE if sum(pen.body.colour) < 380 else INK
    if style == "plate":
        pen.oval((0.5, 0.5, 0.5, 0.5), pen.body)
        pen.text(text, (0.5, 0.5), (0.76, 0.4), ink)
        return
    top, bottom = (0.16, 0.84) if style == "card" else (0.0, 0.6)
    if style == "board":
        pen.box((0.46, 0.5, 0.54, 1.0), (118, 112, 108))
    pen.box((0.0, top, 1.0, bottom), pen.body, corner=pen.random.choice((0.0, 0.06, 0.14)))
    pen.text(text, (0.5, (top + bottom) / 2), (0.84, 0.42), ink)


def _star() -> list[Point]:
    turns = [math.tau * at / 10 - math.pi / 2 for at in range(10)]
    return [
        (0.5 + reach * math.cos(turn), 0.54 + reach * math.sin(turn))
        for turn, reach in zip(turns, (0.54, 0.23) * 5, strict=True)
    ]


def _heart() -> list[Point]:
    turns = [math.tau * at / 40 for at in range(40)]
    return [
        (
            0.5 + 0.5 * math.sin(t) ** 3,
            0.47 - (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 33,
        )
        for t in turns
    ]


def _cross() -> list[Point]:
    near, far = 0.33, 0.67
    return [
        *((near, 0.0), (far, 0.0), (far, near), (1.0, near), (1.0, far), (far, far)),
        *((far, 1.0), (near, 1.0), (near, far), (0.0, far), (0.0, near), (near, near)),
    ]


FIGURES: dict[str, list[Point]] = {
    "circle": [(0.5 + 0.5 * c, 0.5 + 0.5 * s) for c, s in CIRCLE],
    "square": [(0.04, 0.04), (0.96, 0.04), (0.96, 0.96), (0.04, 0.96)],
    "triangle": [(0.5, 0.03), (1.0, 0.92), (0.0, 0.92)],
    "star": _star(),
    "ring": [],
    "heart": _heart(),
    "cross": _cross(),
    "diamond": [(0.5, 0.0), (0.84, 0.5), (0.5, 1.0), (0.16, 0.5)],
}
