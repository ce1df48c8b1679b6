"""What a figure may hold; each is drawn at the hand."""

from collections.abc import Callable
from dataclasses import dataclass

from lensmith.lab.worlds.characters.looks import COLOURS, Looks
from lensmith.lab.worlds.characters.pen import BLACK, WHITE, Pen, oval
from lensmith.lab.worlds.drawing import Colour, Point, shade

DrawThing = Callable[[Pen, Point, Colour], None]


def draw_balloon(pen: Pen, hand: Point, colour: Colour) -> None:
    """A balloon on a string, high beside the figure."""
    x, y = hand
    top = (x + 0.1, max(0.13, y - 0.34))
    pen.stroke([hand, (x + 0.03, y - 0.1), (top[0], top[1] + 0.14)], (120, 116, 120), 0.008)
    pen.shape([(top[0], top[1] + 0.125), (top[0] - 0.022, top[1] + 0.155), (top[0] + 0.022, top[1] + 0.155)], colour)
    pen.blob(top, (0.115, 0.135), colour)
    pen.blob((top[0] - 0.04, top[1] - 0.05), (0.022, 0.034), shade(colour, 1.5), turn=0.5, edge=False)


def draw_flower(pen: Pen, hand: Point, colour: Colour) -> None:
    """A large flower on a stem."""
    x, y = hand
    head = (x + 0.04, y - 0.2)
    pen.stroke([(x - 0.01, y + 0.08), hand, (x + 0.03, y - 0.1), head], (52, 128, 58), 0.018)
    pen.blob((x + 0.065, y - 0.06), (0.042, 0.018), (64, 150, 66), turn=-0.6)
    for across, down in oval((0, 0), (0.058, 0.058))[::6]:
        pen.blob((head[0] + across, head[1] + down), (0.036, 0.036), colour)
    pen.blob(head, (0.036, 0.036), (250, 196, 40) if colour[2] > 90 or colour[0] < 200 else (120, 70, 30))


def draw_book(pen: Pen, hand: Point, colour: Colour) -> None:
    """A closed book, its pages on one side."""
    x, y = hand
    pen.shape([(x - 0.055, y - 0.15), (x + 0.135, y - 0.13), (x + 0.115, y + 0.09), (x - 0.075, y + 0.07)], WHITE)
    pen.shape([(x - 0.075, y - 0.16), (x + 0.105, y - 0.145), (x + 0.085, y + 0.075), (x - 0.095, y + 0.06)], colour)
    pen.shape([(x - 0.03, y - 0.105), (x + 0.06, y - 0.098), (x + 0.054, y - 0.05), (x - 0.036, y - 0.058)], WHITE)
    pen.blob(hand, (0.034, 0.034), shade(colour, 0.5), edge=False)


def draw_orange(pen: Pen, hand: Point, colour: Colour) -> None:
    """An orange with a leaf; its colour is its own."""
    del colour
    x, y = hand
    pen.blob((x + 0.02, y - 0.06), (0.082, 0.08), (255, 146, 20))
    pen.blob((x - 0.008, y - 0.09), (0.022, 0.016), (255, 200, 120), edge=False)
    pen.blob((x + 0.05, y - 0.145), (0.036, 0.016), (52, 140, 54), turn=-0.5)


def draw_sword(pen: Pen, hand: Point, colour: Colour) -> None:
    """A straight sword held up."""
    del colour
    x, y = hand
    blade = [
        (x - 0.016, y - 0.03),
        (x + 0.044, y - 0.4),
        (x + 0.07, y - 0.45),
        (x + 0.084, y - 0.39),
        (x + 0.026, y - 0.02),
    ]
    pen.shape(blade, (206, 214, 224))
    pen.stroke([(x + 0.008, y - 0.04), (x + 0.064, y - 0.39)], (244, 248, 252), 0.012)
    pen.limb([(x - 0.07, y - 0.055), (x + 0.08, y - 0.028)], (226, 176, 52), 0.022)
    pen.limb([(x + 0.002, y - 0.02), (x - 0.012, y + 0.07)], (110, 66, 38), 0.026)


def draw_accordion(pen: Pen, hand: Point, colour: Colour) -> None:
    """A button accordion across the chest, from the left to the right hand of a figure that stands upright."""
    del colour
    y = 0.6
    pen.shape([(-0.15, y - 0.085), (0.15, y - 0.085), (0.15, y + 0.085), (-0.15, y + 0.085)], (190, 40, 44))
    for fold in range(7):
        x = -0.13 + fold * 0.043
        pen.stroke([(x, y - 0.08), (x, y + 0.08)], (248, 222, 178), 0.013)
    for side in (-1, 1):
        pen.shape(
            [(side * 0.14, y - 0.105), (side * 0.225, y - 0.105), (side * 0.225, y + 0.105), (side * 0.14, y + 0.105)],
            BLACK,
        )
        for row in (-0.06, 0.0, 0.06):
            pen.blob((side * 0.182, y + row), (0.014, 0.014), WHITE, edge=False)
    pen.blob((hand[0], hand[1]), (0.03, 0.03), (96, 160, 70))


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing to hold.

    Attributes:
        draw: at a hand.
        reach: how far it goes beyond the hand, in figure units.
        coloured: False where it has one colour only, so that there is nothing to ask about.
    """

    draw: DrawThing
    reach: float
    coloured: bool = True


THINGS: dict[str, Thing] = {
    "balloon": Thing(draw_balloon, 0.22),
    "flower": Thing(draw_flower, 0.14),
    "book": Thing(draw_book, 0.15),
    "orange": Thing(draw_orange, 0.11, coloured=False),
    "sword": Thing(draw_sword, 0.1, coloured=False),
    "accordion": Thing(draw_accordion, 0.0, coloured=False),
}


def draw_held(pen: Pen, hand: Point, looks: Looks) -> None:
    """The thing held in the right hand, if any."""
    if looks.holds != "nothing":
        THINGS[looks.holds].draw(pen, hand, COLOURS[looks.colour])
