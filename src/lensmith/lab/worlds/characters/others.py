"""Figures that are none of the characters but near one of them: who calls these by a character's name is guessing."""

from random import Random

from lensmith.lab.worlds.characters import parts
from lensmith.lab.worlds.characters.looks import Looks
from lensmith.lab.worlds.characters.pen import BLACK, WHITE, Pen, mirrored, oval
from lensmith.lab.worlds.characters.things import draw_held
from lensmith.lab.worlds.drawing import Colour, shade


def draw_bear(pen: Pen, looks: Looks, random: Random) -> None:
    """A brown teddy bear: small ears on top of its head, a light muzzle, a large nose."""
    fur = looks.tone(random.choice([(122, 72, 40), (168, 112, 62), (90, 58, 40)]), random)
    pale = shade(fur, 1.55)
    for side in (-1, 1):
        pen.blob((side * 0.15, 0.09), (0.075, 0.075), fur)
        pen.blob((side * 0.15, 0.095), (0.04, 0.04), pale, edge=False)
        pen.blob((side * 0.13, 0.92), (0.11, 0.07), fur)
        pen.blob((side * 0.135, 0.925), (0.06, 0.038), pale, edge=False)
    pen.soft(mirrored([(0, 0.4), (0.18, 0.48), (0.24, 0.7), (0.17, 0.9), (0, 0.93)]), fur)
    hand = parts.draw_arms(pen, (0.17, 0.54), 0.24, 0.1, looks, (fur, fur))
    pen.blob((0, 0.25), (0.22, 0.2), fur)
    pen.blob((0, 0.33), (0.11, 0.09), pale)
    parts.draw_eyes(pen, (0, 0.215), 0.16, 0.03, looks)
    pen.blob((0, 0.285), (0.045, 0.032), BLACK)
    parts.draw_mouth(pen, (0, 0.35), 0.1, looks.mood)
    draw_held(pen, hand, looks)


def draw_monkey(pen: Pen, looks: Looks, random: Random) -> None:
    """A brown monkey: small ears, a pale face shaped like a heart, a long curled tail, long arms."""
    fur = looks.tone(random.choice([(120, 74, 46), (96, 66, 50), (150, 96, 56)]), random)
    pale = looks.tone((240, 200, 160), random)
    pen.limb([(0.1, 0.8), (0.3, 0.86), (0.42, 0.74), (0.38, 0.6), (0.29, 0.62), (0.3, 0.7)], fur, 0.045)
    for side in (-1, 1):
        pen.blob((side * 0.195, 0.25), (0.07, 0.075), fur)
        pen.blob((side * 0.2, 0.25), (0.042, 0.046), pale, edge=False)
    parts.draw_legs(pen, (0.08, 0.8), (0.12, 0.92), 0.075, (fur, pale))
    pen.soft(mirrored([(0, 0.4), (0.12, 0.46), (0.15, 0.68), (0.1, 0.83), (0, 0.86)]), fur)
    pen.blob((0, 0.67), (0.085, 0.14), pale, edge=False)
    hand = parts.draw_arms(pen, (0.12, 0.5), 0.3, 0.065, looks, (fur, pale))
    pen.blob((0, 0.23), (0.18, 0.185), fur)
    pen.soft(
        mirrored([(0, 0.16), (0.07, 0.12), (0.13, 0.2), (0.1, 0.28), (0.15, 0.35), (0.08, 0.42), (0, 0.43)]),
        pale,
        edge=False,
    )
    parts.draw_eyes(pen, (0, 0.225), 0.105, 0.036, looks)
    for x in (-0.014, 0.014):
        pen.blob((x, 0.305), (0.009, 0.007), BLACK, edge=False)
    parts.draw_mouth(pen, (0, 0.355), 0.12, looks.mood)
    draw_held(pen, hand, looks)


def draw_crocodile(pen: Pen, looks: Looks, random: Random) -> None:
    """A crocodile as in nature: on four short legs, without clothes, a row of points along its back and tail."""
    green = looks.tone(random.choice([(86, 150, 70), (110, 146, 60), (70, 130, 96)]), random)
    for x in (-0.2, 0.12):
        pen.limb([(x + 0.05, 0.7), (x + 0.07, 0.86)], shade(green, 0.75), 0.085)
    for at in range(11):
        x = -0.42 + at * 0.055
        y = 0.53 - 0.09 * (1 - abs(at - 6) / 6)
        pen.shape([(x - 0.035, y + 0.07), (x, y - 0.045), (x + 0.035, y + 0.07)], shade(green, 0.7))
    body = [
        (-0.52, 0.72),
        (-0.38, 0.59),
        (-0.1, 0.47),
        (0.1, 0.47),
        (0.18, 0.4),
        (0.27, 0.43),
        (0.48, 0.52),
        (0.51, 0.6),
    ]
    pen.soft([*body, (0.42, 0.65), (0.18, 0.7), (-0.08, 0.77), (-0.32, 0.72)], green)
    pen.soft([(-0.2, 0.715), (0, 0.68), (0.17, 0.68), (0.1, 0.72), (-0.08, 0.755)], shade(green, 1.4), edge=False)
    for x in (-0.26, 0.06):
        pen.limb([(x, 0.71), (x - 0.01, 0.88)], green, 0.095)
        pen.blob((x + 0.025, 0.895), (0.07, 0.034), green)
    line = shade(green, 0.4)
    pen.stroke([(0.19, 0.57), (0.33, 0.61), (0.5, 0.575)], line, 0.014)
    for x in (0.27, 0.33, 0.39, 0.45):
        pen.shape([(x - 0.02, 0.592), (x + 0.02, 0.59), (x, 0.635)], WHITE)
    pen.blob((0.2, 0.41), (0.06, 0.06), green)
    pen.blob((0.212, 0.41), (0.04, 0.042), (252, 240, 150), edge=False)
    pen.blob((0.22 + looks.gaze * 0.01, 0.412), (0.014, 0.032), BLACK, edge=False)
    pen.blob((0.475, 0.52), (0.018, 0.013), line, edge=False)


def draw_bun(pen: Pen, looks: Looks, random: Random) -> None:
    """A loaf of bread or a bun: golden like Kolobok, without a face; cuts or seeds on top."""
    crust = looks.tone((214, 148, 68), random)
    if random.random() < 0.5:
        outline = [(0, 0.36), (0.26, 0.38), (0.44, 0.52), (0.42, 0.74), (0.2, 0.8), (0, 0.8)]
        pen.soft(mirrored(outline), crust)
        for x in (-0.22, -0.02, 0.18):
            pen.soft([(x - 0.05, 0.62), (x, 0.46), (x + 0.08, 0.42), (x + 0.05, 0.52)], (250, 222, 164))
        return
    pen.soft(mirrored([(0, 0.28), (0.24, 0.34), (0.36, 0.56), (0.31, 0.78), (0, 0.83)]), crust)
    pen.soft(mirrored([(0, 0.72), (0.29, 0.7), (0.29, 0.79), (0, 0.825)]), (246, 216, 160), edge=False)
    pen.blob((-0.08, 0.42), (0.16, 0.07), shade(crust, 1.2), turn=-0.3, edge=False)
    for at, (x, y) in enumerate([*oval((0, 0.47), (0.2, 0.1))[::5], (0.02, 0.46), (-0.08, 0.38)]):
        pen.blob((x, y), (0.022, 0.012), (255, 240, 200), turn=at * 0.9, edge=False)


def draw_ball(pen: Pen, looks: Looks, random: Random) -> None:
    """A toy ball with bands of two colours; sometimes as golden as Kolobok."""
    shell = looks.tone(random.choice([(240, 186, 70), (220, 50, 50), (40, 110, 210)]), random)
    band: Colour = random.choice([(248, 246, 240), (60, 150, 80), (120, 60, 160)])
    pen.blob((0, 0.56), (0.37, 0.37), shade(shell, 0.8))
    pen.blob((-0.03, 0.53), (0.33, 0.33), shell, edge=False)
    pen.soft([(-0.345, 0.44), (0, 0.35), (0.345, 0.44), (0.345, 0.66), (0, 0.57), (-0.345, 0.66)], band, edge=False)
    pen.blob((-0.14, 0.3), (0.08, 0.045), WHITE, turn=-0.6, edge=False)


def draw_knight(pen: Pen, looks: Looks, random: Random) -> None:
    """A knight in plate: a closed helmet with slits and a plume, no face, no hair, no red cloak."""
    steel = looks.tone((168, 176, 190), random)
    plume = looks.tone(random.choice([(60, 100, 200), (70, 160, 80), (240, 200, 60), (240, 240, 240)]), random)
    pen.soft([(0, 0.1), (0.03, 0.0), (-0.1, -0.01), (-0.22, 0.08), (-0.2, 0.2), (-0.12, 0.1)], plume)
    parts.draw_legs(pen, (0.08, 0.78), (0.095, 0.92), 0.105, (shade(steel, 0.85), shade(steel, 0.6)))
    pen.soft(mirrored([(0, 0.41), (0.15, 0.43), (0.18, 0.56), (0.12, 0.7), (0.17, 0.83), (0, 0.85)]), steel)
    pen.stroke([(0, 0.45), (0, 0.68)], shade(steel, 0.6), 0.012)
    pen.limb([(-0.12, 0.7), (0.12, 0.7)], (100, 70, 46), 0.03)
    hand = parts.draw_arms(pen, (0.16, 0.49), 0.25, 0.085, looks, (steel, shade(steel, 0.75)))
    pen.soft(mirrored([(0, 0.07), (0.12, 0.09), (0.165, 0.2), (0.15, 0.36), (0.07, 0.43), (0, 0.44)]), steel)
    pen.shape([(-0.15, 0.215), (0.15, 0.215), (0.145, 0.255), (-0.145, 0.255)], BLACK)
    pen.stroke([(0, 0.08), (0, 0.42)], shade(steel, 0.65), 0.016)
    for x, y in ((0.05, 0.32), (0.09, 0.32), (0.05, 0.36), (0.09, 0.36)):
        for side in (-1, 1):
            pen.blob((side * x, y), (0.01, 0.01), BLACK, edge=False)
    draw_held(pen, hand, looks)


def draw_doll(pen: Pen, looks: Looks, random: Random) -> None:
    """A girl doll: two plaits with bows, a short dress with dots, bare arms and legs; no headscarf."""
    dress = looks.tone(random.choice([(240, 130, 180), (80, 160, 220), (240, 200, 70), (150, 110, 200)]), random)
    hair = looks.tone(random.choice([(240, 196, 96), (120, 70, 36), (190, 90, 40)]), random)
    for side in (-1, 1):
        pen.limb([(side * 0.15, 0.22), (side * 0.25, 0.32), (side * 0.24, 0.46)], hair, 0.07)
        pen.blob((side * 0.17, 0.21), (0.045, 0.035), dress)
    parts.draw_legs(pen, (0.06, 0.78), (0.075, 0.925), 0.06, (parts.SKIN, (200, 50, 70)))
    pen.soft(mirrored([(0, 0.42), (0.1, 0.44), (0.13, 0.56), (0.25, 0.8), (0, 0.84)]), dress)
    for x, y in ((-0.1, 0.74), (0, 0.7), (0.1, 0.74), (-0.05, 0.6), (0.05, 0.6)):
        pen.blob((x, y), (0.018, 0.018), WHITE, edge=False)
    hand = parts.draw_arms(pen, (0.115, 0.49), 0.22, 0.055, looks, (parts.SKIN, parts.SKIN))
    pen.blob((0, 0.24), (0.19, 0.2), hair)
    pen.soft(mirrored([(0, 0.15), (0.13, 0.19), (0.15, 0.3), (0.09, 0.41), (0, 0.43)]), parts.SKIN)
    pen.soft([(-0.16, 0.2), (0, 0.09), (0.16, 0.2), (0.1, 0.19), (0, 0.2), (-0.1, 0.19)], hair, edge=False)
    parts.draw_cheeks(pen, (0, 0.335), 0.2, 0.03)
    parts.draw_eyes(pen, (0, 0.275), 0.13, 0.04, looks, iris=(60, 130, 200))
    parts.draw_mouth(pen, (0, 0.355), 0.085, looks.mood)
    draw_held(pen, hand, looks)
