"""Rows of houses along a street."""

from dataclasses import dataclass

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.street.camera import Vec, wall
from lensmith.lab.worlds.street.stage import Stage

WALLS: tuple[Colour, ...] = (
    (206, 182, 148),
    (190, 120, 96),
    (222, 212, 192),
    (160, 158, 160),
    (216, 178, 120),
    (178, 198, 204),
    (200, 150, 138),
    (150, 132, 116),
)
ROOFS: tuple[Colour, ...] = ((150, 74, 58), (104, 92, 92), (126, 84, 62), (84, 92, 104))
GLASS: Colour = (86, 104, 124)
LIT: Colour = (255, 214, 130)
DEPTH_M = 9.0


@dataclass(frozen=True, slots=True)
class House:
    """A block beside the street.

    Attributes:
        side: -1 on the left, 1 on the right.
        front_m: how far its front is from the middle of the road.
        z: where it begins and ends along the road.
        storeys: windows above each other.
        colour: of its walls.
        roof: of its roof; None for a flat one.
    """

    side: int
    front_m: float
    z: tuple[float, float]
    storeys: int
    colour: Colour
    roof: Colour | None

    @property
    def height_m(self) -> float:
        """Up to the eaves."""
        return 0.8 + 2.7 * self.storeys


def line_with_houses(stage: Stage, front_m: float, free: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * 2) -> None:
    """Lets houses stand along both sides, but for stretches of z that stay `free` on the left and on the right."""
    random = stage.random
    for side, gap in zip((-1, 1), free, strict=True):
        z = stage.camera.z_m - 14.0
        while z < stage.camera.z_m + 55.0:
            long_m = random.uniform(7.0, 14.0)
            colour, roof = jitter(random.choice(WALLS), random, 10), jitter(random.choice(ROOFS), random, 10)
            flat, storeys = random.random() < 0.35, random.choice((1, 2, 2, 3, 4))
            front = front_m + random.uniform(0.0, 1.2)
            house = House(side, front, (z, z + long_m), storeys, colour, None if flat else roof)
            if random.random() < 0.88 and (gap[0] >= gap[1] or z > gap[1] or z + long_m < gap[0]):
                stage.stand(side * (front + 0.1), _nearest(stage, house.z), _Painter(stage, house))
            z += long_m + random.choice((0.0, 0.0, random.uniform(1.0, 5.0)))


def _nearest(stage: Stage, z: tuple[float, float]) -> float:
    """The middle of what is ahead, so that a long house waits its turn among small things."""
    return (max(z[0], min(stage.camera.z_m + 1.0, z[1])) + z[1]) / 2


@dataclass(frozen=True, slots=True)
class _Painter:
    stage: Stage
    house: House

    def __call__(self) -> None:
        stage, house = self.stage, self.house
        front, back = house.side * house.front_m, house.side * (house.front_m + DEPTH_M)
        high, facing, ending = house.height_m, *stage.sunlit
        for z, seen in ((house.z[0], stage.camera.z_m < house.z[0]), (house.z[1], stage.camera.z_m > house.z[1])):
            if seen:
                stage.fill(wall((front, z), (back, z), (0.0, high)), house.colour, ending)
                self._gable(front, back, z, ending)
                self._windows((front, z), (back, z), ending)
        stage.fill(wall((front, house.z[0]), (front, house.z[1]), (0.0, high)), house.colour, facing)
        stage.fill(wall((front, house.z[0]), (front, house.z[1]), (0.0, 0.5)), house.colour, facing * 0.7)
        if house.roof is not None:
            ridge = house.side * (house.front_m + DEPTH_M / 2)
            slope: list[Vec] = [(front, high, house.z[0]), (front, high, house.z[1])]
            stage.fill([*slope, (ridge, high + 2.6, house.z[1]), (ridge, high + 2.6, house.z[0])], house.roof, facing)
        else:
            stage.fill(wall((front, house.z[0]), (front, house.z[1]), (high - 0.25, high)), house.colour, facing * 0.85)
        self._windows((front, house.z[0]), (front, house.z[1]), facing)

    def _gable(self, front: float, back: float, z: float, brightness: float) -> None:
        if self.house.roof is not None:
            high = self.house.height_m
            top: Vec = ((front + back) / 2, high + 2.6, z)
            self.stage.fill([(front, high, z), (back, high, z), top], self.house.colour, brightness)

    def _windows(self, start: tuple[float, float], end: tuple[float, float], brightness: float) -> None:
        """Windows over a wall, and a door; at night some are lit."""
        random = self.stage.random
        length = abs(end[0] - start[0]) + abs(end[1] - start[1])
        count = max(1, int(length / 2.4))
        door = random.randrange(count)
        for storey in range(self.house.storeys):
            for at in range(count):
                is_door = storey == 0 and at == door
                low = 0.1 if is_door else 1.4 + 2.7 * storey
                pane = self._pane(start, end, (at + 0.5) / count, 0.5 / length, (low, 2.3 if is_door else low + 1.35))
                lit = random.random() < 0.4
                self.stage.fill(pane, shade(self.house.colour, 0.45) if is_door else GLASS, brightness)
                if lit and not is_door:
                    self.stage.glow(pane, LIT)

    def _pane(
        self, start: tuple[float, float], end: tuple[float, float], at: float, half: float, y: tuple[float, float]
    ) -> list[Vec]:
        ends = [
            (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            for share in (at - half, at + half)
        ]
        return wall(ends[0], ends[1], y)
