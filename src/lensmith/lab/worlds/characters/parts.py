"""What several figures share: eyes, mouths, cheeks, arms, legs, caps."""

import math

from lensmith.lab.worlds.characters.looks import Looks, Mood, Pose
from lensmith.lab.worlds.characters.pen import BLACK, WHITE, Pen, smooth
from lensmith.lab.worlds.drawing import Colour, Point, shade

SKIN: Colour = (250, 212, 180)
BLUSH: Colour = (240, 140, 120)
LIPS: Colour = (176, 52, 52)

# Elbow and hand from the shoulder, in arm lengths, for the arm on the right.
REACHES: dict[Pose, tuple[Point, Point]] = {
    "down": ((0.22, 0.5), (0.2, 1.0)),
    "out": ((0.5, 0.3), (0.95, 0.5)),
    "up": ((0.55, 0.0), (0.72, -0.62)),
    "hip": ((0.68, 0.4), (0.08, 0.8)),
    "hold": ((0.45, 0.45), (0.85, 0.2)),
}


def draw_eyes(pen: Pen, centre: Point, gap: float, radius: float, looks: Looks, iris: Colour = BLACK) -> None:
    """Two round white eyes, `gap` apart, with pupils that look where the figure looks; sad lids hang outwards."""
    for side in (-1, 1):
        x, y = centre[0] + side * gap / 2, centre[1]
        tall = 1.3 if looks.mood == "surprised" else 1.15
        pen.blob((x, y), (radius, radius * tall), WHITE)
        seen = (x + looks.gaze * radius * 0.35, y + radius * 0.1)
        pen.blob(seen, (radius * 0.6, radius * 0.7), iris, edge=False)
        pen.blob(seen, (radius * 0.35, radius * 0.42), BLACK, edge=False)
        pen.blob((seen[0] - radius * 0.2, seen[1] - radius * 0.3), (radius * 0.18, radius * 0.18), WHITE, edge=False)


def draw_brows(pen: Pen, centre: Point, gap: float, length: float, mood: Mood, colour: Colour) -> None:
    """Two eyebrows above the eyes: arched when glad, raised when surprised, inner ends up when sad."""
    lift = {"glad": 0.25, "sad": 0.0, "surprised": 0.6}[mood] * length
    slope = 0.45 * length if mood == "sad" else 0.0
    for side in (-1, 1):
        x, y = centre[0] + side * gap / 2, centre[1] - lift
        inner, outer = (x - side * length / 2, y - slope), (x + side * length / 2, y + slope)
        pen.stroke([inner, (x, y - length * 0.2), outer], colour, length * 0.26)


def draw_mouth(pen: Pen, centre: Point, width: float, mood: Mood) -> None:
    """A mouth that tells the mood: an open smile, corners down, or a round o."""
    x, y = centre
    half = width / 2
    if mood == "glad":
        arc = [(x - half, y - half * 0.15), (x, y + half * 0.18), (x + half, y - half * 0.15)]
        low = [(x + half * 0.62, y + half * 0.55), (x, y + half * 0.9), (x - half * 0.62, y + half * 0.55)]
        pen.shape(smooth([*arc, *low], closed=True), LIPS)
        pen.blob((x, y + half * 0.62), (half * 0.36, half * 0.18), (240, 120, 120), edge=False)
    elif mood == "sad":
        pen.stroke(
            [(x - half * 0.9, y + half * 0.7), (x, y + half * 0.1), (x + half * 0.9, y + half * 0.7)], LIPS, 0.02
        )
    else:
        pen.blob((x, y + half * 0.35), (half * 0.42, half * 0.58), LIPS)


def draw_cheeks(pen: Pen, centre: Point, gap: float, radius: float, colour: Colour = BLUSH) -> None:
    """Two rosy spots."""
    for side in (-1, 1):
        pen.blob((centre[0] + side * gap / 2, centre[1]), (radius, radius * 0.75), colour, edge=False)


def arm_points(shoulder: Point, length: float, pose: Pose) -> list[Point]:
    """Shoulder, elbow and hand of the arm whose shoulder is given; left arms have a negative x."""
    side = math.copysign(1.0, shoulder[0])
    return [shoulder, *((shoulder[0] + side * length * x, shoulder[1] + length * y) for x, y in REACHES[pose])]


def draw_arms(
    pen: Pen, shoulder: Point, length: float, width: float, looks: Looks, colours: tuple[Colour, Colour]
) -> Point:
    """Both arms, sleeve and hand coloured; returns the right hand, which holds what is held.

    Args:
        pen: draws.
        shoulder: of the right arm; the left is its mirror.
        length: of an arm.
        width: of an arm.
        looks: gives the poses.
        colours: of sleeves and of hands.
    """
    hand = shoulder
    for side, pose in zip((-1, 1), looks.poses, strict=True):
        points = arm_points((side * shoulder[0], shoulder[1]), length, pose)
        pen.limb(points, colours[0], width)
        hand = points[-1]
        pen.blob(hand, (width * 0.68, width * 0.68), colours[1])
    return hand


def draw_legs(pen: Pen, hip: Point, feet: Point, width: float, colours: tuple[Colour, Colour]) -> None:
    """Two legs and their shoes: `hip` and `feet` are those on the right; colours of trousers and of shoes."""
    for side in (-1, 1):
        pen.limb([(side * hip[0], hip[1]), (side * feet[0], feet[1])], colours[0], width)
        toe = (side * (feet[0] + width * 0.3), feet[1] + width * 0.12)
        pen.blob(toe, (width * 0.85, width * 0.5), colours[1])


def draw_cap(pen: Pen, brow: Point, half: float, colour: Colour) -> None:
    """A knitted cap with a bobble: `brow` is the middle of its rim, `half` half its breadth."""
    x, y = brow
    dome = [(x + half, y), (x + half * 0.85, y - half * 0.6), (x, y - half), (x - half * 0.85, y - half * 0.6)]
    pen.soft([*dome, (x - half, y)], colour)
    rim = [(x - half * 1.06, y - half * 0.12), (x, y - half * 0.2), (x + half * 1.06, y - half * 0.12)]
    pen.limb(rim, shade(colour, 0.78), half * 0.26)
    pen.blob((x, y - half * 1.02), (half * 0.26, half * 0.26), shade(colour, 1.2))
