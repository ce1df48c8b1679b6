"""The four characters that the world teaches: Cheburashka, Kolobok, Alyosha Popovich, Crocodile Gena."""

from random import Random

from lensmith.lab.worlds.characters import parts
from lensmith.lab.worlds.characters.looks import COLOURS, Looks
from lensmith.lab.worlds.characters.pen import BLACK, WHITE, Pen, mirrored
from lensmith.lab.worlds.characters.things import draw_held
from lensmith.lab.worlds.drawing import shade


def draw_cheburashka(pen: Pen, looks: Looks, random: Random) -> None:
    """A brown creature with huge round ears at the sides of its head, a cream face and a cream belly."""
    fur = looks.tone((136, 80, 44), random)
    cream = looks.tone((246, 212, 166), random)
    ear = random.uniform(0.172, 0.196)
    for side in (-1, 1):
        pen.blob((side * 0.315, 0.235), (ear, ear * 1.04), fur)
        pen.blob((side * 0.315, 0.245), (ear * 0.66, ear * 0.72), shade(cream, 0.93), edge=False)
    for side in (-1, 1):
        pen.blob((side * 0.11, 0.945), (0.105, 0.05), shade(fur, 0.9))
    pen.soft(
        [(0, 0.4), (0.15, 0.5), (0.2, 0.72), (0.15, 0.9), (0, 0.94), (-0.15, 0.9), (-0.2, 0.72), (-0.15, 0.5)], fur
    )
    pen.blob((0, 0.71), (0.125, 0.175), cream, edge=False)
    hand = parts.draw_arms(pen, (0.15, 0.54), 0.25, 0.085, looks, (fur, fur))
    pen.blob((0, 0.27), (0.225, 0.205), fur)
    pen.soft(
        mirrored([(0, 0.2), (0.08, 0.165), (0.15, 0.22), (0.17, 0.33), (0.11, 0.42), (0, 0.445)]), cream, edge=False
    )
    parts.draw_eyes(pen, (0, 0.275), 0.15, 0.05, looks, iris=(120, 74, 30))
    parts.draw_brows(pen, (0, 0.195), 0.16, 0.07, looks.mood, shade(fur, 0.5))
    pen.blob((0, 0.335), (0.03, 0.022), BLACK, edge=False)
    parts.draw_mouth(pen, (0, 0.378), 0.1, looks.mood)
    if looks.head == "cap":
        parts.draw_cap(pen, (0, 0.15), 0.15, COLOURS[looks.cap])
    draw_held(pen, hand, looks)


def draw_kolobok(pen: Pen, looks: Looks, random: Random) -> None:
    """A golden round bun that is all face: rosy cheeks, big eyes; small arms and feet, or none."""
    crust = looks.tone((240, 184, 78), random)
    reach = random.uniform(0.345, 0.37)
    hand = (reach * 0.9, 0.66)
    if looks.poses != ("down", "down"):
        for side in (-1, 1):
            pen.limb([(side * 0.12, 0.86), (side * 0.13, 0.94)], shade(crust, 0.85), 0.05)
            pen.blob((side * 0.155, 0.96), (0.08, 0.04), (176, 60, 44))
        hand = parts.draw_arms(pen, (reach * 0.86, 0.66), 0.16, 0.055, looks, (shade(crust, 0.9), crust))
    pen.blob((0, 0.56), (reach, reach), crust)
    pen.blob((-0.03, 0.41), (reach * 0.74, reach * 0.44), shade(crust, 1.09), edge=False)
    pen.blob((-0.13, 0.29), (0.065, 0.032), (255, 238, 190), turn=-0.5, edge=False)
    parts.draw_cheeks(pen, (0, 0.66), 0.46, 0.064, (238, 128, 88))
    parts.draw_eyes(pen, (0, 0.515), 0.22, 0.073, looks, iris=(70, 110, 190))
    parts.draw_brows(pen, (0, 0.395), 0.24, 0.11, looks.mood, (150, 92, 30))
    pen.blob((0, 0.62), (0.037, 0.032), (232, 150, 70))
    parts.draw_mouth(pen, (0, 0.705), 0.22, looks.mood)
    if looks.head == "cap":
        parts.draw_cap(pen, (0, 0.29), 0.22, COLOURS[looks.cap])
    draw_held(pen, hand, looks)


def draw_alyosha(pen: Pen, looks: Looks, random: Random) -> None:
    """A young warrior of old: pointed helmet, fair hair, no beard, chain mail, a red cloak."""
    cloak = looks.tone((204, 36, 40), random)
    mail = looks.tone((150, 158, 170), random)
    steel = looks.tone((186, 194, 206), random)
    hair = looks.tone((244, 206, 104), random)
    sway = random.uniform(-0.04, 0.04)
    pen.soft(
        [(0.1, 0.42), (0.2, 0.5), (0.31 + sway, 0.9), (0, 0.93), (-0.31 + sway, 0.9), (-0.2, 0.5), (-0.1, 0.42)], cloak
    )
    parts.draw_legs(pen, (0.075, 0.8), (0.085, 0.93), 0.1, ((52, 74, 130), (166, 40, 36)))
    pen.soft(mirrored([(0, 0.43), (0.12, 0.45), (0.16, 0.6), (0.175, 0.83), (0, 0.86)]), mail)
    for row in range(6):
        for column in range(-2 - row % 2, 4):
            spot = (column * 0.05 + (row % 2) * 0.025, 0.52 + row * 0.058)
            if abs(spot[0]) < 0.14 and abs(spot[1] - 0.69) > 0.03:
                pen.blob(spot, (0.015, 0.013), shade(mail, 0.66), edge=False)
    pen.limb([(-0.145, 0.69), (0.145, 0.69)], (112, 66, 34), 0.035)
    pen.shape([(-0.03, 0.665), (0.03, 0.665), (0.03, 0.715), (-0.03, 0.715)], (236, 190, 60))
    hand = parts.draw_arms(pen, (0.14, 0.5), 0.24, 0.075, looks, (mail, parts.SKIN))
    pen.soft([(-0.17, 0.46), (0, 0.43), (0.17, 0.46), (0.1, 0.53), (0, 0.5), (-0.1, 0.53)], cloak)
    pen.blob((0.0, 0.5), (0.026, 0.026), (240, 196, 66))
    pen.soft(mirrored([(0, 0.14), (0.16, 0.18), (0.2, 0.29), (0.185, 0.37), (0.1, 0.4), (0, 0.4)]), hair)
    pen.soft(mirrored([(0, 0.18), (0.145, 0.22), (0.155, 0.36), (0.09, 0.455), (0, 0.475)]), parts.SKIN)
    pen.soft([(-0.16, 0.24), (0.16, 0.24), (0.14, 0.3), (0.06, 0.26), (0, 0.285), (-0.07, 0.26), (-0.14, 0.3)], hair)
    parts.draw_cheeks(pen, (0, 0.39), 0.21, 0.03)
    parts.draw_eyes(pen, (0, 0.335), 0.135, 0.037, looks, iris=(40, 110, 210))
    parts.draw_brows(pen, (0, 0.285), 0.14, 0.075, looks.mood, shade(hair, 0.5))
    pen.blob((0, 0.375), (0.024, 0.018), shade(parts.SKIN, 0.88), edge=False)
    parts.draw_mouth(pen, (0, 0.408), 0.095, looks.mood)
    pen.soft(
        [(-0.19, 0.24), (-0.15, 0.12), (-0.04, 0.035), (0, -0.02), (0.04, 0.035), (0.15, 0.12), (0.19, 0.24)], steel
    )
    pen.stroke([(-0.075, 0.2), (-0.06, 0.13), (-0.012, 0.05)], shade(steel, 1.2), 0.032)
    pen.limb([(-0.185, 0.235), (0, 0.215), (0.185, 0.235)], (228, 180, 56), 0.042)
    draw_held(pen, hand, looks)


def draw_gena(pen: Pen, looks: Looks, random: Random) -> None:
    """A green crocodile on two legs with a long snout, in a red coat, a white collar and a dark hat."""
    green = looks.tone((92, 158, 66), random)
    coat = looks.tone((200, 42, 44), random)
    hat = looks.tone((58, 56, 66), random)
    pen.limb([(-0.1, 0.84), (-0.26, 0.92), (-0.38, 0.86)], green, 0.07)
    parts.draw_legs(pen, (0.075, 0.8), (0.085, 0.93), 0.1, ((62, 60, 76), (52, 40, 36)))
    pen.soft(mirrored([(0, 0.41), (0.13, 0.44), (0.18, 0.6), (0.21, 0.85), (0, 0.87)]), coat)
    pen.stroke([(0, 0.55), (0, 0.855)], shade(coat, 0.62), 0.012)
    for y in (0.64, 0.72, 0.8):
        pen.blob((0.035, y), (0.016, 0.016), (246, 206, 84))
    pen.shape([(-0.09, 0.425), (0.09, 0.425), (0.0, 0.57)], WHITE)
    hand = parts.draw_arms(pen, (0.155, 0.5), 0.25, 0.085, looks, (coat, green))
    pen.soft(
        [
            (-0.16, 0.27),
            (-0.1, 0.16),
            (0.04, 0.17),
            (0.13, 0.26),
            (0.36, 0.29),
            (0.4, 0.36),
            (0.3, 0.41),
            (0.0, 0.435),
            (-0.13, 0.39),
        ],
        green,
    )
    pen.soft(
        [(0.08, 0.395), (0.3, 0.372), (0.37, 0.385), (0.29, 0.415), (0.05, 0.435), (-0.08, 0.41)],
        shade(green, 1.28),
        edge=False,
    )
    _draw_snout(pen, looks, shade(green, 0.45))
    for x in (-0.035, 0.065):
        pen.blob((x, 0.2), (0.055, 0.06), green)
        pen.blob((x + 0.005, 0.205), (0.038, 0.044), (252, 244, 196), edge=False)
        pen.blob((x + 0.012 + looks.gaze * 0.012, 0.21), (0.017, 0.024), BLACK, edge=False)
    parts.draw_brows(pen, (0.015, 0.165), 0.1, 0.05, looks.mood, shade(green, 0.45))
    for side in (-1, 1):
        pen.shape([(0, 0.47), (side * 0.065, 0.44), (side * 0.065, 0.505)], BLACK)
    pen.soft([(-0.135, 0.145), (-0.13, 0.01), (0.0, -0.01), (0.1, 0.02), (0.105, 0.135)], hat)
    pen.stroke([(-0.13, 0.115), (0.1, 0.11)], (150, 40, 44), 0.03)
    pen.limb([(-0.22, 0.15), (-0.02, 0.145), (0.19, 0.135)], hat, 0.03)
    draw_held(pen, hand, looks)


def _draw_snout(pen: Pen, looks: Looks, line: tuple[int, int, int]) -> None:
    """The nostril, the long mouth with its teeth, in the mood; a snout tells it by its corner."""
    pen.blob((0.355, 0.31), (0.02, 0.014), line, edge=False)
    corner = {"glad": 0.33, "sad": 0.43, "surprised": 0.385}[looks.mood]
    pen.stroke([(-0.06, corner), (0.02, 0.385), (0.2, 0.382), (0.37, 0.365)], line, 0.014)
    if looks.mood == "surprised":
        pen.blob((0.24, 0.4), (0.09, 0.032), (160, 50, 50))
    for x in (0.08, 0.15, 0.22, 0.29):
        pen.shape([(x - 0.02, 0.378), (x + 0.02, 0.375), (x, 0.415)], WHITE)
