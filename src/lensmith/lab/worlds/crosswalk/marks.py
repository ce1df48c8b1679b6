"""What lies on a street: the zebra's stripes, other paint, and shadows that look like stripes."""

from random import Random

from lensmith.lab.worlds.crosswalk.plan import Plan
from lensmith.lab.worlds.street.camera import Vec, rectangle
from lensmith.lab.worlds.street.ground import centre_line
from lensmith.lab.worlds.street.stage import Stage

Marks = list[list[Vec]]


def stripes(plan: Plan) -> Marks:
    """The zebra: bars along the road, from kerb to kerb, as wide as the gaps between them."""
    count, half = plan.stripes, plan.road.half_m - 0.15
    wide = 2 * half / (2 * count - 1)
    return [rectangle((-half + 2 * at * wide, -half + (2 * at + 1) * wide), plan.spot) for at in range(count)]


def usual_marks(plan: Plan, random: Random) -> Marks:
    """What many roads have: a dashed line in the middle, lines along the kerbs; nothing at the spot."""
    marks: Marks = []
    gap = (plan.spot[0] - 0.6, plan.spot[1] + 0.6)
    length = (plan.camera.z_m - 30.0, plan.camera.z_m + 60.0)
    if random.random() < 0.6:
        marks += centre_line(plan.road, length, gap)
    if random.random() < 0.3:
        x = plan.road.half_m - 0.4
        for side in (-1, 1):
            line = (side * x - 0.07, side * x + 0.07)
            marks += [rectangle(line, (length[0], gap[0])), rectangle(line, (gap[1], length[1]))]
    return marks


def other_marks(plan: Plan, random: Random) -> Marks:
    """Paint that is no zebra, close to the spot: arrows, a stop line, double lines, parking bays."""
    half, (begin, end) = plan.road.half_m, plan.spot
    chosen = random.sample(("arrow", "stop", "double", "bays"), 2)
    marks: Marks = []
    if "arrow" in chosen:
        for side in random.choice(((1,), (-1,), (-1, 1))):
            marks += _arrow(side * half / 2, end + random.uniform(0.4, 1.2), random)
    if "stop" in chosen:
        marks.append(rectangle((0.1, half - 0.1), (begin - 1.2, begin - 0.75)))
    if "double" in chosen:
        for x in (-0.22, 0.1):
            marks += [rectangle((x, x + 0.12), (begin - 30, begin - 0.6)), rectangle((x, x + 0.12), (end + 0.6, 60.0))]
    if "bays" in chosen:
        across = random.choice(((-half, 1.9 - half), (half - 1.9, half)))
        marks += [rectangle(across, (end + at, end + at + 0.14)) for at in (0.8, 3.6, 6.4, 9.2, 12.0)]
        marks += [rectangle(across, (begin - at, begin - at + 0.14)) for at in (1.6, 4.4, 7.2)]
    return marks


def _arrow(x: float, z: float, random: Random) -> Marks:
    """An arrow ahead, or one that turns."""
    turn = random.choice((-1, 0, 1))
    shaft = rectangle((x - 0.12, x + 0.12), (z, z + 2.2))
    if not turn:
        return [shaft, [(x - 0.5, 0.0, z + 2.1), (x + 0.5, 0.0, z + 2.1), (x, 0.0, z + 3.6)]]
    arm = rectangle((min(x, x + 0.6 * turn), max(x, x + 0.6 * turn)), (z + 1.7, z + 2.2))
    tip = x + 0.6 * turn
    return [shaft, arm, [(tip, 0.0, z + 1.2), (tip, 0.0, z + 2.7), (tip + 0.6 * turn, 0.0, z + 1.95)]]


def throw_shadow(stage: Stage, plan: Plan) -> None:
    """Dark bars over the road, as of a fence or a row of poles with the sun behind them."""
    random = stage.random
    slant, step = random.uniform(-1.4, 1.4), random.uniform(0.7, 1.3)
    wide, count = step * random.uniform(0.35, 0.55), random.randint(6, 12)
    reach = (-plan.road.half_m - 1.0, plan.road.half_m + 1.0)
    begin = plan.middle - count * step / 2
    bars = []
    if random.random() < 0.5:  # across the road
        for at in range(count):
            z = begin + at * step
            bars.append(
                [
                    (x, 0.0, z + dz + slant * x / 2)
                    for x, dz in ((reach[0], 0.0), (reach[1], 0.0), (reach[1], wide), (reach[0], wide))
                ]
            )
    else:  # along it
        for at in range(count):
            x = reach[0] + at * step
            near, far = plan.spot[0] - 0.8, plan.spot[1] + 1.5
            bars.append([(x, 0.0, near), (x + wide, 0.0, near), (x + wide + slant, 0.0, far), (x + slant, 0.0, far)])
    stage.shadow(bars, random.uniform(0.45, 0.62), 2.0)
