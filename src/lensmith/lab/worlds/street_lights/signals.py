"""Traffic lights, and round things that are none."""

from collections.abc import Callable
from dataclasses import dataclass

from lensmith.lab.worlds.drawing import Colour, jitter, shade
from lensmith.lab.worlds.street.beside import LAMP_LIGHT, LEAVES, POLE
from lensmith.lab.worlds.street.camera import wall
from lensmith.lab.worlds.street.stage import Stage
from lensmith.lab.worlds.street_lights.plan import Mount, Plan

LIT: dict[str, Colour] = {"red": (255, 52, 40), "green": (44, 236, 110)}
# Lenses that are not lit, by what they would show.
LENSES: dict[str, Colour] = {"red": (84, 30, 28), "yellow": (92, 76, 30), "green": (26, 70, 44)}
CASES: tuple[Colour, ...] = ((34, 36, 38), (40, 52, 46), (58, 60, 64))
EDGES: tuple[Colour, ...] = ((236, 236, 230), (226, 196, 60))
CLOTHS: tuple[Colour, ...] = ((206, 120, 52), (120, 124, 128), (88, 108, 140))
SIGNS: tuple[tuple[Colour, Colour], ...] = (
    ((214, 40, 40), (244, 244, 240)),
    ((34, 84, 176), (34, 84, 176)),
    ((214, 40, 40), (214, 40, 40)),
    ((40, 140, 76), (240, 240, 236)),
)

# What a case's rim sends back of the lights at night.
RIM: Colour = (104, 100, 84)

# Larger than real ones, so that a lamp is five pixels or more in a picture of 96.
LAMP_M = 0.46


def put_signal(stage: Stage, plan: Plan) -> None:
    """Lets the plan's traffic light stand, its lamps covered where the plan says so."""
    random = stage.random
    case, edge, lit = jitter(random.choice(CASES), random, 6), random.choice(EDGES), plan.lit
    names = ("red", "yellow", "green") if plan.lamps == 3 else ("red", "green")
    face, far = _Face(stage, plan.mount), plan.condition == "too far"
    cover = random.choice((_leaves, _cloth))(stage, face, plan.lamps) if plan.condition == "covered" else None

    def paint() -> None:
        put_pole(stage, plan.mount)
        half, high = LAMP_M * 0.72, LAMP_M * 0.62 * plan.lamps
        face.box((-half - 0.12, half + 0.12), (-high - 0.12, high + 0.12), edge)
        face.box((-half - 0.05, half + 0.05), (-high - 0.05, high + 0.05), case)
        face.reflect(half + 0.09, high + 0.09)
        for at, name in enumerate(names):
            up = (plan.lamps - 1) * LAMP_M * 0.6 - at * LAMP_M * 1.2
            face.disc(up, LAMP_M * 0.56, shade(case, 0.55))
            face.disc(up, LAMP_M * 0.5, LIT[name] if name == lit else case if far else LENSES[name])
            if name == lit:
                face.disc(up, LAMP_M * 0.26, shade(LIT[name], 1.6))
                if cover is None:
                    face.shine(up, LAMP_M * 0.5, LIT[name])
        if cover is not None:
            cover()

    stage.stand(plan.mount.x, plan.mount.z, paint)


def put_pole(stage: Stage, mount: Mount) -> None:
    """Paints a pole now, and the arm that reaches from it over the road."""
    top = mount.y + (0.2 if mount.pole_x == mount.x else 0.75)
    stage.fill(wall((mount.pole_x - 0.07, mount.z), (mount.pole_x + 0.07, mount.z), (0.0, top)), POLE)
    if mount.pole_x != mount.x:
        stage.fill(wall((mount.pole_x, mount.z), (mount.x, mount.z), (top - 0.1, top)), POLE)


@dataclass(frozen=True, slots=True)
class _Face:
    """Flat things at a mount, turned to the camera; offsets in metres from the mount, up is positive."""

    stage: Stage
    mount: Mount

    def _place(self, right: float, up: float) -> tuple[float, float]:
        middle = self.stage.camera.point((self.mount.x, self.mount.y, self.mount.z))
        assert middle is not None, "a mount lies ahead"
        metre_px = self.stage.camera.scale_at(self.mount.x, self.mount.z)
        return middle[0] + right * metre_px, middle[1] - up * metre_px

    def box(self, right: tuple[float, float], up: tuple[float, float], colour: Colour) -> None:
        start, end = self._place(right[0], up[1]), self._place(right[1], up[0])
        self.stage.pen.rounded_rectangle((*start, *end), radius=(end[0] - start[0]) * 0.16, fill=colour)

    def disc(self, up: float, radius: float, colour: Colour, right: float = 0.0) -> None:
        self.stage.pen.ellipse(
            (*self._place(right - radius, up + radius), *self._place(right + radius, up - radius)), fill=colour
        )

    def reflect(self, right: float, up: float) -> None:
        """Lets the edge of a case be seen at night, as its reflecting rim is."""
        for start, end in (
            ((-right, up), (right, up)),
            ((-right, -up), (right, -up)),
            ((-right, -up), (-right, up)),
            ((right, -up), (right, up)),
        ):
            (x, y), (x_end, y_end) = self._place(*start), self._place(*end)
            self.stage.glows.append(
                ([(x - 1, y - 1), (x_end + 1, y - 1), (x_end + 1, y_end + 1), (x - 1, y_end + 1)], RIM)
            )

    def shine(self, up: float, radius: float, colour: Colour) -> None:
        corners = ((-1, -0.4), (-0.4, -1), (0.4, -1), (1, -0.4), (1, 0.4), (0.4, 1), (-0.4, 1), (-1, 0.4))
        self.stage.glows.append(([self._place(x * radius, up + y * radius) for x, y in corners], colour))


def _leaves(stage: Stage, face: _Face, lamps: int) -> Callable[[], None]:
    """A branch before all lamps; a corner of the case looks out."""
    random = stage.random
    green, side = jitter(random.choice(LEAVES), random, 10), random.choice((-1, 1))
    reach = LAMP_M * 0.62 * lamps
    clusters = [
        (random.gauss(0, 0.22) + side * 0.1, random.uniform(-reach, reach), random.uniform(0.26, 0.4))
        for _ in range(16)
    ]
    rows = [(random.uniform(-0.1, 0.1), (at / 4 - 1) * reach, 0.4) for at in range(9)]
    tones = [random.uniform(0.72, 1.14) for _ in range(len(clusters) + len(rows))]

    def paint() -> None:
        for (right, up, size), tone in zip(rows + clusters, tones, strict=True):
            face.disc(up, size, shade(green, tone), right)

    return paint


def _cloth(stage: Stage, face: _Face, lamps: int) -> Callable[[], None]:
    """A cloth over the face, tied at the bottom."""
    colour = jitter(stage.random.choice(CLOTHS), stage.random, 10)
    half, high = LAMP_M * 0.9, LAMP_M * 0.62 * lamps + 0.1

    def paint() -> None:
        face.box((-half, half), (-high, high), colour)
        for fold in (-0.45, 0.1, 0.5):
            face.box((fold * half, fold * half + 0.06), (-high * 0.9, high * 0.85), shade(colour, 0.82))
        face.box((-half, half), (-high * 0.84, -high * 0.74), shade(colour, 0.5))

    return paint


def put_globe(stage: Stage, x: float, z: float, high_m: float) -> None:
    """Lets a lamp with a round white globe stand at a place; at night it shines."""
    mount = Mount(x, z, high_m, x)
    face = _Face(stage, mount)

    def paint() -> None:
        put_pole(stage, mount)
        face.disc(0.3, 0.34, (238, 232, 212))
        face.shine(0.3, 0.34, LAMP_LIGHT)

    stage.stand(x, z, paint)


def put_sign(stage: Stage, x: float, z: float, high_m: float) -> None:
    """Lets a round traffic sign stand at a place."""
    rim, inside = stage.random.choice(SIGNS)
    mount = Mount(x, z, high_m, x)
    face = _Face(stage, mount)

    def paint() -> None:
        put_pole(stage, mount)
        face.disc(0.0, 0.42, rim)
        face.disc(0.0, 0.3, inside)
        if rim == inside:
            face.box((-0.26, 0.26), (-0.07, 0.07), (244, 244, 240))

    stage.stand(x, z, paint)
