"""Cat, dog, horse, bird, fish and butterfly, each drawn facing right."""

from lensmith.lab.worlds.drawing import Colour, shade
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.pen import INK, WHITE, Pen

NOSE: Colour = (226, 120, 130)
BEAK: Colour = (244, 168, 40)


def draw_cat(pen: Pen, look: Look) -> None:
    """Pointed ears, whiskers, a thin curved tail; sitting or standing."""
    if look.pose == "sitting":
        pen.limb([(0.66, 0.9), (0.86, 0.9), (0.96, 0.78), (0.94, 0.62), (0.86, 0.56)], 0.07, pen.body.colour)
        pen.blob(
            [(0.5, 0.42), (0.66, 0.6), (0.76, 0.82), (0.7, 0.97), (0.3, 0.97), (0.24, 0.82), (0.34, 0.6)], pen.body
        )
        pen.oval((0.5, 0.72, 0.11, 0.17), pen.light, edged=False)
        for x in (0.4, 0.6):
            pen.oval((x, 0.94, 0.09, 0.05), pen.body)
        _cat_head(pen, 0.5, 0.3, 0.25)
        return
    pen.limb([(0.18, 0.56), (0.05, 0.46), (0.03, 0.28), (0.1, 0.17)], 0.06, pen.body.colour)
    for x in (0.28, 0.64):
        pen.limb([(x, 0.66), (x, 0.93)], 0.07, pen.dark)
    pen.blob([(0.14, 0.56), (0.3, 0.46), (0.55, 0.5), (0.74, 0.5), (0.78, 0.66), (0.6, 0.75), (0.24, 0.74)], pen.body)
    for x in (0.2, 0.7):
        pen.limb([(x, 0.66), (x, 0.94)], 0.08, pen.body.colour)
    _cat_head(pen, 0.76, 0.36, 0.2)


def _cat_head(pen: Pen, x: float, y: float, reach: float) -> None:
    for side in (-1, 1):
        ear = [
            (x + side * 0.95 * reach, y - 1.15 * reach),
            (x + side * 0.98 * reach, y),
            (x + side * 0.2 * reach, y - 0.7 * reach),
        ]
        pen.polygon(ear, pen.body)
        inner = [
            (x + side * 0.84 * reach, y - 0.86 * reach),
            (x + side * 0.82 * reach, y - 0.3 * reach),
            (x + side * 0.44 * reach, y - 0.62 * reach),
        ]
        pen.polygon(inner, NOSE, edged=False)
    pen.oval((x, y, 1.06 * reach, 0.9 * reach), pen.body)
    for side in (-1, 1):
        pen.oval((x + side * 0.45 * reach, y - 0.1 * reach, 0.22 * reach, 0.26 * reach), (196, 226, 92), edged=False)
        pen.oval((x + side * 0.45 * reach, y - 0.1 * reach, 0.09 * reach, 0.24 * reach), INK, edged=False)
        for lift in (-0.02, 0.16):
            start = (x + side * 0.4 * reach, y + (0.4 + lift / 2) * reach)
            pen.line([start, (x + side * 1.4 * reach, y + (0.3 + lift * 2) * reach)], 0.012, _whisker(pen))
    pen.oval((x, y + 0.42 * reach, 0.34 * reach, 0.22 * reach), pen.light, edged=False)
    pen.polygon([(x - 0.13 * reach, y + 0.2 * reach), (x + 0.13 * reach, y + 0.2 * reach), (x, y + 0.36 * reach)], NOSE)


def _whisker(pen: Pen) -> Colour:
    """White whiskers on dark fur, dark ones on light fur."""
    return WHITE if sum(pen.body.colour) < 320 else (70, 64, 64)


def draw_dog(pen: Pen, look: Look) -> None:
    """Hanging ears, a long muzzle, a tongue, a red collar; sitting or standing."""
    ears = pen.dark
    if look.pose == "sitting":
        pen.limb([(0.26, 0.88), (0.1, 0.82), (0.04, 0.7)], 0.08, pen.body.colour)
        pen.blob([(0.42, 0.4), (0.64, 0.44), (0.72, 0.7), (0.68, 0.97), (0.24, 0.97), (0.2, 0.76)], pen.body)
        pen.limb([(0.62, 0.62), (0.63, 0.93)], 0.1, pen.body.colour)
        pen.oval((0.66, 0.95, 0.08, 0.045), pen.body)
        _dog_head(pen, 0.54, 0.28, ears)
        return
    pen.limb([(0.14, 0.52), (0.04, 0.4), (0.05, 0.28)], 0.07, pen.body.colour)
    for x in (0.28, 0.62):
        pen.limb([(x, 0.66), (x, 0.93)], 0.09, pen.dark)
    pen.blob([(0.1, 0.52), (0.3, 0.47), (0.56, 0.46), (0.7, 0.4), (0.76, 0.6), (0.62, 0.73), (0.2, 0.73)], pen.body)
    for x in (0.18, 0.68):
        pen.limb([(x, 0.66), (x, 0.94)], 0.1, pen.body.colour)
    _dog_head(pen, 0.7, 0.3, ears)


def _dog_head(pen: Pen, x: float, y: float, ears: Colour) -> None:
    pen.line([(x - 0.12, y + 0.18), (x + 0.1, y + 0.2)], 0.05, (206, 44, 44))
    pen.blob(
        [(x - 0.2, y - 0.06), (x - 0.06, y - 0.2), (x + 0.1, y - 0.14), (x + 0.14, y + 0.1), (x - 0.04, y + 0.18)],
        pen.body,
    )
    pen.blob(
        [(x + 0.02, y - 0.04), (x + 0.26, y - 0.02), (x + 0.3, y + 0.08), (x + 0.16, y + 0.16), (x, y + 0.14)],
        pen.light,
    )
    pen.polygon([(x + 0.16, y + 0.14), (x + 0.24, y + 0.13), (x + 0.24, y + 0.24), (x + 0.18, y + 0.25)], NOSE)
    pen.oval((x + 0.27, y, 0.055, 0.045), INK, edged=False)
    pen.oval((x + 0.03, y - 0.06, 0.035, 0.042), WHITE, edged=False)
    pen.oval((x + 0.04, y - 0.055, 0.026, 0.032), INK, edged=False)
    pen.blob(
        [(x - 0.16, y - 0.16), (x - 0.04, y - 0.12), (x - 0.06, y + 0.14), (x - 0.16, y + 0.22), (x - 0.22, y + 0.06)],
        ears,
    )


def draw_horse(pen: Pen, look: Look) -> None:
    """Long legs, a long neck with a mane, a long head, a hanging tail."""
    mane = shade(pen.body.colour, 0.42) if sum(pen.body.colour) > 200 else (92, 92, 100)
    pen.blob([(0.12, 0.42), (0.03, 0.5), (0.02, 0.72), (0.07, 0.78), (0.12, 0.6), (0.17, 0.48)], mane)
    step = pen.random.uniform(-0.03, 0.04)
    for x, lean in ((0.27, step), (0.62, -step)):
        pen.limb([(x, 0.6), (x + lean, 0.76), (x + lean, 0.94)], 0.055, pen.dark)
    pen.blob(
        [(0.1, 0.44), (0.3, 0.38), (0.56, 0.4), (0.72, 0.36), (0.74, 0.54), (0.6, 0.63), (0.36, 0.61), (0.16, 0.64)],
        pen.body,
    )
    for x, lean in ((0.19, -step), (0.68, step)):
        pen.limb([(x, 0.56), (x + lean, 0.76), (x + lean, 0.95)], 0.065, pen.body.colour)
        pen.polygon(
            [(x + lean - 0.05, 0.93), (x + lean + 0.05, 0.93), (x + lean + 0.055, 0.99), (x + lean - 0.055, 0.99)], INK
        )
    pen.polygon([(0.76, 0.14), (0.77, 0.02), (0.83, 0.11)], pen.body)
    pen.blob([(0.74, 0.12), (0.66, 0.12), (0.54, 0.38), (0.6, 0.42), (0.7, 0.3)], mane)
    pen.blob(
        [
            (0.56, 0.42),
            (0.68, 0.16),
            (0.82, 0.09),
            (0.9, 0.2),
            (0.99, 0.3),
            (0.97, 0.38),
            (0.88, 0.36),
            (0.8, 0.3),
            (0.74, 0.5),
        ],
        pen.body,
    )
    pen.oval((0.82, 0.18, 0.022, 0.026), INK, edged=False)
    pen.oval((0.95, 0.32, 0.014, 0.014), INK, edged=False)


def draw_bird(pen: Pen, look: Look) -> None:
    """A round body, a beak, one wing; perched on two legs, or flying with both wings up."""
    flying = look.pose == "flying"
    if flying:
        pen.blob([(0.44, 0.5), (0.28, 0.28), (0.34, 0.04), (0.5, 0.16), (0.62, 0.44)], pen.dark)
    else:
        for x in (0.46, 0.56):
            pen.line([(x, 0.76), (x + 0.02, 0.95)], 0.022, BEAK)
            pen.line([(x - 0.04, 0.96), (x + 0.09, 0.96)], 0.022, BEAK)
    pen.polygon([(0.3, 0.56), (0.02, 0.56), (0.0, 0.66), (0.06, 0.72), (0.34, 0.68)], pen.dark)
    pen.polygon([(0.86, 0.32), (1.0, 0.38), (0.86, 0.44)], BEAK)
    pen.blob(
        [
            (0.22, 0.6),
            (0.4, 0.48),
            (0.58, 0.36),
            (0.72, 0.2),
            (0.88, 0.28),
            (0.88, 0.46),
            (0.78, 0.68),
            (0.54, 0.8),
            (0.34, 0.76),
        ],
        pen.body,
    )
    pen.blob([(0.5, 0.74), (0.66, 0.64), (0.8, 0.52), (0.74, 0.7), (0.6, 0.79)], pen.light, edged=False)
    pen.oval((0.77, 0.33, 0.05, 0.05), WHITE, edged=False)
    pen.oval((0.785, 0.335, 0.03, 0.03), INK, edged=False)
    if flying:
        pen.blob([(0.6, 0.52), (0.42, 0.4), (0.16, 0.08), (0.12, 0.3), (0.26, 0.56), (0.44, 0.64)], pen.body)
    else:
        pen.blob([(0.62, 0.5), (0.66, 0.6), (0.5, 0.7), (0.18, 0.68), (0.36, 0.54)], pen.dark)


def draw_fish(pen: Pen, look: Look) -> None:
    """A lens-shaped body, a forked tail, fins and a round eye."""
    pen.polygon([(0.26, 0.5), (0.0, 0.26), (0.07, 0.5), (0.0, 0.74)], pen.dark)
    pen.blob([(0.36, 0.32), (0.46, 0.1), (0.68, 0.2), (0.66, 0.32)], pen.dark)
    pen.blob([(0.46, 0.68), (0.42, 0.88), (0.58, 0.84), (0.62, 0.68)], pen.dark)
    pen.blob(
        [(0.2, 0.5), (0.36, 0.32), (0.6, 0.25), (0.84, 0.34), (0.98, 0.5), (0.84, 0.66), (0.6, 0.74), (0.36, 0.67)],
        pen.body,
    )
    for x in (0.4, 0.5, 0.6):
        if not pen.body.texture:
            pen.line([(x - 0.02, 0.4), (x + 0.02, 0.5), (x - 0.02, 0.6)], 0.018, pen.dark)
    pen.blob([(0.62, 0.5), (0.5, 0.46), (0.48, 0.62), (0.6, 0.6)], pen.light)
    pen.oval((0.82, 0.44, 0.062, 0.062), WHITE)
    pen.oval((0.835, 0.445, 0.032, 0.032), INK, edged=False)
    pen.line([(0.9, 0.58), (0.955, 0.555)], 0.014, INK)


def draw_butterfly(pen: Pen, look: Look) -> None:
    """Four spotted wings around a thin dark body with feelers."""
    spot = WHITE if sum(pen.body.colour) < 420 else pen.dark
    for side in (-1, 1):
        upper = [(0.52, 0.46), (0.62, 0.2), (0.86, 0.08), (0.99, 0.2), (0.92, 0.44), (0.7, 0.54)]
        lower = [(0.52, 0.52), (0.74, 0.54), (0.88, 0.66), (0.82, 0.88), (0.66, 0.86), (0.55, 0.66)]
        for wing in (lower, upper):
            pen.blob([(0.5 + side * (x - 0.5), y) for x, y in wing], pen.body)
        pen.oval((0.5 + side * 0.3, 0.28, 0.075, 0.075), spot, edged=False)
        pen.oval((0.5 + side * 0.22, 0.7, 0.055, 0.06), spot, edged=False)
        pen.line([(0.5, 0.3), (0.5 + side * 0.06, 0.16), (0.5 + side * 0.13, 0.1)], 0.016, INK)
    pen.oval((0.5, 0.52, 0.04, 0.26), INK, edged=False)
    pen.oval((0.5, 0.28, 0.05, 0.05), INK, edged=False)
