"""The three characters that a model should know before and after: Matryoshka, Spider-Man, Superman."""

import math
from random import Random

from lensmith.lab.worlds.characters import parts
from lensmith.lab.worlds.characters.looks import Looks
from lensmith.lab.worlds.characters.pen import BLACK, WHITE, Pen, mirrored, oval
from lensmith.lab.worlds.characters.things import draw_held
from lensmith.lab.worlds.drawing import Colour, Point, shade

LACQUERS: tuple[Colour, ...] = ((206, 36, 44), (34, 128, 72), (30, 84, 176), (238, 176, 34), (150, 56, 150))
PETALS: tuple[Colour, ...] = ((226, 40, 50), (244, 120, 168), (250, 204, 48), (60, 110, 214))


def draw_matryoshka(pen: Pen, looks: Looks, random: Random) -> None:
    """A wooden nesting doll: one smooth body without arms, a headscarf tied under the chin, a flowery apron."""
    dress, scarf = (looks.tone(each, random) for each in random.sample(LACQUERS, 2))
    petals = [each for each in PETALS if math.dist(each, scarf) > 90]
    body = [(0, 0.0), (0.15, 0.03), (0.225, 0.16), (0.2, 0.36), (0.3, 0.56), (0.32, 0.78), (0.25, 0.955), (0, 0.985)]
    pen.soft(mirrored(body), dress)
    pen.soft(mirrored([(0, 0.47), (0.15, 0.52), (0.205, 0.72), (0.13, 0.92), (0, 0.94)]), (250, 240, 216))
    shawl = [(0, 0.0), (0.15, 0.03), (0.225, 0.16), (0.2, 0.36), (0.275, 0.5), (0.12, 0.535), (0, 0.46)]
    pen.soft(mirrored(shawl), scarf)
    pen.blob((0, 0.225), (0.145, 0.17), (92, 52, 28))
    pen.soft(mirrored([(0, 0.105), (0.06, 0.15), (0.128, 0.24), (0.085, 0.365), (0, 0.395)]), parts.SKIN, edge=False)
    parts.draw_cheeks(pen, (0, 0.29), 0.17, 0.034, (242, 112, 112))
    parts.draw_eyes(pen, (0, 0.235), 0.115, 0.03, looks, iris=(60, 110, 180))
    parts.draw_brows(pen, (0, 0.185), 0.12, 0.05, "glad", (92, 52, 28))
    pen.soft([(-0.036, 0.325), (0, 0.318), (0.036, 0.325), (0, 0.352)], (204, 36, 50))
    for side in (-1, 1):
        pen.soft([(0, 0.43), (side * 0.07, 0.415), (side * 0.085, 0.5), (side * 0.02, 0.47)], shade(scarf, 0.82))
    for x, y in ((-0.17, 0.1), (0.17, 0.1), (0, 0.05)):
        pen.blob((x, y), (0.02, 0.02), (252, 236, 150), edge=False)
    _draw_bloom(pen, (0, 0.69), 0.085, random.choice(petals))
    _draw_bloom(pen, (-0.095, 0.83), 0.05, random.choice(petals))
    _draw_bloom(pen, (0.095, 0.83), 0.05, random.choice(petals))
    pen.stroke([(-0.235, 0.93), (0, 0.952), (0.235, 0.93)], (250, 206, 70), 0.02)


def _draw_bloom(pen: Pen, centre: Point, radius: float, petal: Colour) -> None:
    """A painted flower between two leaves."""
    for side in (-1, 1):
        leaf = (centre[0] + side * radius * 1.1, centre[1] + radius * 0.55)
        pen.blob(leaf, (radius * 0.5, radius * 0.24), (46, 140, 62), turn=side * 0.6, edge=False)
    for across, down in oval((0, 0), (radius * 0.62, radius * 0.62))[::6]:
        pen.blob((centre[0] + across, centre[1] + down), (radius * 0.42, radius * 0.42), petal, edge=False)
    pen.blob(centre, (radius * 0.36, radius * 0.36), (252, 222, 90), edge=False)


def draw_spider_man(pen: Pen, looks: Looks, random: Random) -> None:
    """A man in a red and blue suit with a black web on the red, and large white eyes on a red mask."""
    red = looks.tone((214, 30, 40), random)
    blue = looks.tone((34, 70, 176), random)
    parts.draw_legs(pen, (0.075, 0.72), (random.uniform(0.08, 0.16), 0.92), 0.105, (blue, red))
    pen.soft(mirrored([(0, 0.4), (0.13, 0.42), (0.175, 0.48), (0.13, 0.66), (0.13, 0.76), (0, 0.8)]), blue)
    pen.soft(mirrored([(0, 0.4), (0.12, 0.42), (0.085, 0.56), (0.075, 0.66), (0.13, 0.7), (0, 0.72)]), red, edge=False)
    for y in (0.47, 0.535, 0.6, 0.665):
        pen.stroke([(-0.08, y - 0.014), (0, y + 0.014), (0.08, y - 0.014)], shade(red, 0.35), 0.006)
    for x in (-0.05, 0.05):
        pen.stroke([(x * 1.3, 0.42), (x * 0.9, 0.7)], shade(red, 0.35), 0.006)
    hand = parts.draw_arms(pen, (0.15, 0.475), 0.25, 0.08, looks, (blue, red))
    pen.blob((0, 0.52), (0.026, 0.036), BLACK, edge=False)
    for side, rise in ((-1, -0.05), (1, -0.05), (-1, 0.055), (1, 0.055)):
        pen.stroke([(0, 0.52), (side * 0.05, 0.52 + rise * 0.5), (side * 0.06, 0.52 + rise * 1.3)], BLACK, 0.012)
    pen.soft(mirrored([(0, 0.03), (0.13, 0.07), (0.185, 0.2), (0.14, 0.35), (0.06, 0.425), (0, 0.435)]), red)
    _draw_web(pen, (0, 0.235), (0.178, 0.195), shade(red, 0.35))
    for side in (-1, 1):
        lens = [
            (side * 0.028, 0.255),
            (side * 0.07, 0.19),
            (side * 0.155, 0.135),
            (side * 0.155, 0.24),
            (side * 0.1, 0.305),
        ]
        pen.soft(lens, BLACK)
        middle = (side * 0.102, 0.228)
        inner = [(middle[0] + (x - middle[0]) * 0.7, middle[1] + (y - middle[1]) * 0.7) for x, y in lens]
        pen.soft(inner, WHITE, edge=False)
    draw_held(pen, hand, looks)


def _draw_web(pen: Pen, centre: Point, radii: Point, line: Colour) -> None:
    """Threads that run out from the centre, and three rings of threads that sag inwards between them."""
    turns = [math.pi * at / 6 for at in range(12)]

    def spot(turn: float, share: float) -> Point:
        return centre[0] + radii[0] * share * math.cos(turn), centre[1] + radii[1] * share * math.sin(turn)

    for turn in turns:
        pen.stroke([centre, spot(turn, 0.95)], line, 0.006)
    for share in (0.36, 0.62, 0.86):
        for turn in turns:
            pen.stroke(
                [spot(turn, share), spot(turn + math.pi / 12, share * 0.9), spot(turn + math.pi / 6, share)],
                line,
                0.006,
            )


def draw_superman(pen: Pen, looks: Looks, random: Random) -> None:
    """A man in a blue suit with a red cape, red trunks and boots, a yellow belt, and a red S on a yellow shield."""
    blue = looks.tone((30, 96, 200), random)
    red = looks.tone((214, 32, 38), random)
    gold = looks.tone((252, 206, 44), random)
    sway = random.uniform(-0.06, 0.06)
    cape = [(0.12, 0.41), (0.24, 0.52), (0.33 + sway, 0.88), (0.12, 0.84), (-0.12, 0.88), (-0.33 + sway, 0.86)]
    pen.soft([*cape, (-0.24, 0.52), (-0.12, 0.41)], red)
    parts.draw_legs(pen, (0.075, 0.76), (random.uniform(0.08, 0.13), 0.92), 0.105, (blue, red))
    pen.soft(mirrored([(0, 0.4), (0.14, 0.42), (0.19, 0.5), (0.13, 0.68), (0.135, 0.78), (0, 0.8)]), blue)
    pen.soft(mirrored([(0, 0.7), (0.13, 0.7), (0.13, 0.77), (0.05, 0.83), (0, 0.84)]), red)
    pen.limb([(-0.125, 0.695), (0.125, 0.695)], gold, 0.03)
    hand = parts.draw_arms(pen, (0.16, 0.49), 0.25, 0.085, looks, (blue, parts.SKIN))
    _draw_shield(pen, (0, 0.545), 0.105, gold, red)
    pen.soft([(-0.17, 0.44), (0, 0.415), (0.17, 0.44), (0.13, 0.475), (0, 0.455), (-0.13, 0.475)], red)
    pen.soft(mirrored([(0, 0.02), (0.12, 0.05), (0.165, 0.15), (0.15, 0.27), (0.09, 0.3), (0, 0.3)]), (38, 34, 46))
    pen.soft(mirrored([(0, 0.13), (0.11, 0.14), (0.145, 0.24), (0.13, 0.35), (0.07, 0.415), (0, 0.425)]), parts.SKIN)
    pen.soft(
        [(-0.15, 0.2), (-0.11, 0.09), (0.12, 0.08), (0.15, 0.2), (0.07, 0.15), (-0.05, 0.14)], (38, 34, 46), edge=False
    )
    pen.stroke([(0.0, 0.12), (0.04, 0.15), (0.03, 0.195), (-0.005, 0.185), (0.005, 0.165)], (38, 34, 46), 0.022)
    parts.draw_eyes(pen, (0, 0.265), 0.13, 0.034, looks, iris=(50, 110, 200))
    parts.draw_brows(pen, (0, 0.22), 0.135, 0.065, looks.mood, (38, 34, 46))
    pen.blob((0, 0.315), (0.02, 0.018), shade(parts.SKIN, 0.88), edge=False)
    parts.draw_mouth(pen, (0, 0.355), 0.095, looks.mood)
    draw_held(pen, hand, looks)


def _draw_shield(pen: Pen, centre: Point, half: float, gold: Colour, red: Colour) -> None:
    """A yellow shield with five corners, edged in red, and a red S on it."""
    corners = [(-0.62, -0.72), (0.62, -0.72), (1.0, -0.3), (0.0, 0.95), (-1.0, -0.3)]
    for share, colour in ((1.0, red), (0.78, gold)):
        pen.shape([(centre[0] + x * half * share, centre[1] + y * half * share) for x, y in corners], colour)
    curve = [(0.34, -0.36), (0.0, -0.5), (-0.34, -0.32), (0.0, -0.08), (0.32, 0.14), (0.02, 0.38), (-0.26, 0.22)]
    side = math.copysign(1.0, pen.stand.breadth)  # a letter is not mirrored with its wearer
    pen.stroke([(centre[0] + side * x * half, centre[1] + y * half) for x, y in curve], red, half * 0.24)
