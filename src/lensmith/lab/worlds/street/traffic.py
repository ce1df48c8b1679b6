"""Cars and people on a street."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.street.camera import Vec, rectangle
from lensmith.lab.worlds.street.stage import Stage

PAINTS: tuple[Colour, ...] = (
    (176, 44, 40),
    (44, 78, 150),
    (222, 222, 224),
    (52, 54, 60),
    (150, 156, 162),
    (208, 160, 52),
    (60, 112, 84),
)
CLOTHES: tuple[Colour, ...] = (
    (180, 60, 56),
    (60, 90, 150),
    (214, 176, 80),
    (84, 124, 92),
    (130, 92, 140),
    (70, 72, 80),
    (220, 216, 206),
)
SKINS: tuple[Colour, ...] = ((236, 196, 166), (206, 156, 120), (142, 98, 72))
CAR_GLASS: Colour = (52, 62, 74)
TYRE: Colour = (30, 30, 34)
HEADLIGHT: Colour = (255, 244, 206)
TAILLIGHT: Colour = (232, 40, 34)

CAR_LONG_M = 4.2
CAR_WIDE_M = 1.76
# Heights above the ground: the sill, the shoulder and the roof.
SILL_M, SHOULDER_M, ROOF_M = 0.28, 0.86, 1.42


@dataclass(frozen=True, slots=True)
class Car:
    """A car along the road.

    Attributes:
        x: its middle across the road.
        z: its middle along it.
        ahead: True when it drives the way that z grows, so that one behind it sees its tail.
        colour: of its paint.
    """

    x: float
    z: float
    ahead: bool
    colour: Colour


def put_car(stage: Stage, x: float, z: float, *, ahead: bool) -> None:
    """Lets a car of any colour stand at a place, its shadow under it now; at night its lights shine."""
    car = Car(x, z, ahead, jitter(stage.random.choice(PAINTS), stage.random, 10))
    under = rectangle((x - CAR_WIDE_M * 0.56, x + CAR_WIDE_M * 0.56), (z - CAR_LONG_M * 0.53, z + CAR_LONG_M * 0.53))
    stage.shadow([under], 0.6)
    stage.stand(x, z, _CarPainter(stage, car))


@dataclass(frozen=True, slots=True)
class _CarPainter:
    stage: Stage
    car: Car

    def __call__(self) -> None:
        camera, car = self.stage.camera, self.car
        side = -1 if camera.x_m < car.x else 1
        end = -1 if camera.z_m < car.z else 1
        facing, ending = self.stage.sunlit
        if abs(camera.x_m - car.x) > CAR_WIDE_M / 2:
            self._flank(side, facing)
        if abs(camera.z_m - car.z) > CAR_LONG_M / 2:
            self._end(end, ending)
        self._lids(side, end)

    def _place(self, right: float, up: float, forward: float) -> Vec:
        """From shares of half the width and half the length to a place in the street."""
        return self.car.x + right * CAR_WIDE_M / 2, up, self.car.z + forward * CAR_LONG_M / 2

    def _flank(self, side: int, brightness: float) -> None:
        forward = 1 if self.car.ahead else -1
        body = [(-1.0, SILL_M), (1.0, SILL_M), (1.0, 0.7), (0.9, SHOULDER_M), (-1.0, SHOULDER_M)]
        cabin = [(-0.92, SHOULDER_M), (0.45, SHOULDER_M), (0.12, ROOF_M), (-0.66, ROOF_M)]
        glass = [(-0.78, SHOULDER_M + 0.05), (0.33, SHOULDER_M + 0.05), (0.06, ROOF_M - 0.09), (-0.6, ROOF_M - 0.09)]
        for outline, colour, inset in ((body, self.car.colour, 1.0), (cabin, self.car.colour, 0.9)):
            self._flat([(side * inset, up, forward * z) for z, up in outline], colour, brightness)
        self._flat([(side * 0.91, up, forward * z) for z, up in glass], CAR_GLASS, brightness)
        for wheel in (-0.62, 0.62):
            self._wheel(side, wheel, 0.34, TYRE)
            self._wheel(side, wheel, 0.17, (150, 152, 156))

    def _wheel(self, side: int, forward: float, radius_m: float, colour: Colour) -> None:
        turns = [math.pi * at / 7 for at in range(14)]
        rim = [
            (side * 1.01, 0.33 + radius_m * math.sin(turn), forward + radius_m / (CAR_LONG_M / 2) * math.cos(turn))
            for turn in turns
        ]
        self._flat(rim, colour)

    def _end(self, end: int, brightness: float) -> None:
        front = (end == 1) == self.car.ahead
        top = 0.74 if front else SHOULDER_M
        slope = (0.45, 0.12) if front else (0.92, 0.66)
        self._flat([(-1, SILL_M, end), (1, SILL_M, end), (1, top, end), (-1, top, end)], self.car.colour, brightness)
        self._flat([(-1, SILL_M, end), (1, SILL_M, end), (1, 0.42, end), (-1, 0.42, end)], (56, 58, 62))
        pane = [(-0.9, SHOULDER_M, end * slope[0]), (0.9, SHOULDER_M, end * slope[0])]
        self._flat([*pane, (0.8, ROOF_M, end * slope[1]), (-0.8, ROOF_M, end * slope[1])], self.car.colour, brightness)
        glass = [(-0.8, SHOULDER_M + 0.05, end * slope[0]), (0.8, SHOULDER_M + 0.05, end * slope[0])]
        high = [(0.7, ROOF_M - 0.08, end * slope[1]), (-0.7, ROOF_M - 0.08, end * slope[1])]
        self._flat([*glass, *high], CAR_GLASS)
        for right in (-0.78, 0.78):
            corners = [(right + dx, up, end * 1.005) for dx, up in ((-0.2, 0.5), (0.2, 0.5), (0.2, 0.68), (-0.2, 0.68))]
            light = HEADLIGHT if front else TAILLIGHT
            self._flat(corners, light, 0.9)
            self.stage.glow([self._place(*corner) for corner in corners], light)

    def _lids(self, side: int, end: int) -> None:
        """Bonnet, boot and roof, as far as they are seen from above."""
        forward = 1 if self.car.ahead else -1
        bonnet = [
            (-1, 0.8, forward),
            (1, 0.8, forward),
            (1, SHOULDER_M, forward * 0.45),
            (-1, SHOULDER_M, forward * 0.45),
        ]
        if self.stage.camera.height_m > SHOULDER_M and (end == forward or side):
            self._flat(bonnet, self.car.colour, 1.12)
        if self.stage.camera.height_m > ROOF_M:
            roof = [(-0.8, -0.66), (0.8, -0.66), (0.8, 0.12), (-0.8, 0.12)]
            self._flat([(right, ROOF_M, forward * z) for right, z in roof], self.car.colour, 1.15)

    def _flat(self, outline: Sequence[tuple[float, float, float]], colour: Colour, brightness: float = 1.0) -> None:
        self.stage.fill([self._place(*corner) for corner in outline], colour, brightness)


def put_person(stage: Stage, x: float, z: float) -> None:
    """Lets a person walk at a place."""
    random = stage.random
    high, stride = random.uniform(1.5, 1.85), random.uniform(0.08, 0.3)
    coat, legs = (jitter(random.choice(CLOTHES), random, 12) for _ in range(2))
    skin, hair = random.choice(SKINS), shade(random.choice(((60, 44, 34), (120, 88, 52), (40, 38, 40))), 1.0)
    skirt, lean = random.random() < 0.3, random.choice((-1, 1))

    def paint() -> None:
        foot = stage.camera.point((x, 0.0, z))
        if foot is None:
            return
        metre = stage.camera.scale_at(x, z) * high / 1.75
        pen, (cx, bottom) = stage.pen, foot

        def box(left: float, right: float, low: float, up: float) -> tuple[float, float, float, float]:
            return cx + left * metre, bottom - up * metre, cx + right * metre, bottom - low * metre

        hip, knee = bottom - 0.82 * metre, max(1, round(0.15 * metre))
        for end in (-1, 1):
            ankle = (cx + end * stride * metre, bottom)
            pen.line([(cx + end * 0.05 * metre, hip), ankle], fill=shade(legs, 0.9 + 0.1 * end), width=knee)
        if skirt:
            pen.polygon(
                [
                    (cx - 0.14 * metre, hip),
                    (cx + 0.14 * metre, hip),
                    (cx + 0.3 * metre, bottom - 0.4 * metre),
                    (cx - 0.3 * metre, bottom - 0.4 * metre),
                ],
                fill=coat,
            )
        pen.rounded_rectangle(box(-0.21, 0.21, 0.76, 1.44), radius=0.1 * metre, fill=coat)
        hand = (cx + lean * 0.33 * metre, bottom - 0.85 * metre)
        pen.line([(cx + lean * 0.17 * metre, bottom - 1.36 * metre), hand], fill=shade(coat, 0.8), width=knee)
        pen.ellipse(box(-0.13, 0.13, 1.45, 1.75), fill=skin)
        pen.chord(box(-0.14, 0.14, 1.47, 1.78), 180, 360, fill=hair)

    stage.stand(x, z, paint)
