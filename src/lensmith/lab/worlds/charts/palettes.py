"""Colours that a person names at once, grounds they are seen on, and the manner in which a chart is drawn."""

from dataclasses import dataclass
from random import Random

from lensmith.lab.worlds.drawing import Colour, jitter

# Each name in a vivid, a soft and a deep tone.
COLOURS: dict[str, tuple[Colour, Colour, Colour]] = {
    "red": ((222, 45, 48), (232, 78, 76), (176, 28, 40)),
    "orange": ((247, 138, 24), (250, 168, 84), (230, 116, 10)),
    "yellow": ((240, 194, 20), (243, 207, 70), (226, 178, 8)),
    "green": ((44, 160, 70), (98, 190, 112), (20, 112, 56)),
    "blue": ((38, 104, 214), (92, 150, 232), (24, 66, 156)),
    "purple": ((140, 70, 190), (166, 116, 212), (98, 36, 140)),
    "pink": ((244, 116, 176), (250, 158, 200), (232, 86, 156)),
    "brown": ((134, 84, 44), (166, 116, 76), (104, 62, 30)),
}

WHITE: Colour = (255, 255, 255)
LIGHT_GROUNDS: tuple[Colour, ...] = (WHITE, WHITE, (250, 246, 236), (240, 244, 248), (244, 244, 244))
DARK_GROUNDS: tuple[Colour, ...] = ((34, 38, 48), (44, 46, 54))
# On these a brown or a deep blue would be lost.
DARK_SHARE = 0.15
LIGHT_INK: Colour = (236, 238, 242)
DARK_INK: Colour = (36, 38, 46)


@dataclass(frozen=True, slots=True)
class Style:
    """How a chart is drawn; nothing that is asked about depends on it.

    Attributes:
        ground: of the whole picture.
        panel: behind the marks; the ground's colour where there is no panel.
        ink: of words and axes.
        faint: of grid lines.
        paint: the tone in which each colour of `COLOURS` is used.
        grid: "none", "across", or "both".
        axes: "open" (left and bottom), "box" or "base" (bottom only).
        bold: True for a heavy title.
        legend: "above", "below" or "right".
        edges: True where marks have an outline.
        plump: how much of its place a bar, a box or a line fills, a fraction.
        dots: True where the points of a line are marked.
    """

    ground: Colour
    panel: Colour
    ink: Colour
    faint: Colour
    paint: dict[str, Colour]
    grid: str
    axes: str
    bold: bool
    legend: str
    edges: bool
    plump: float
    dots: bool


def choose_style(random: Random) -> Style:
    """A style whose parts are drawn apart from each other."""
    dark = random.random() < DARK_SHARE
    ground = random.choice(DARK_GROUNDS if dark else LIGHT_GROUNDS)
    ink = LIGHT_INK if dark else DARK_INK
    panel = mix(ground, ink, 0.07) if random.random() < 0.3 else ground
    tone = random.choice((0, 1) if dark else (0, 1, 2))
    return Style(
        ground=ground,
        panel=panel,
        ink=ink,
        faint=WHITE if panel != ground and not dark else mix(panel, ink, 0.18),
        paint={name: jitter(tones[tone], random, 8) for name, tones in COLOURS.items()},
        grid=random.choice(("none", "across", "across", "both")),
        axes=random.choice(("open", "open", "box", "base")),
        bold=random.random() < 0.6,
        legend=random.choice(("above", "below", "right")),
        edges=random.random() < 0.3,
        plump=random.uniform(0.55, 0.85),
        dots=random.random() < 0.5,
    )


def mix(colour: Colour, other: Colour, amount: float) -> Colour:
    """The colour, moved towards another.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50, 100, 25)
    """
    red, green, blue = (round(a + (b - a) * amount) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def ink_on(colour: Colour) -> Colour:
    """White or nearly black, whichever is read better on a colour.

    >>> ink_on((20, 20, 120))
    (255, 255, 255)
    """
    red, green, blue = colour
    return WHITE if 0.299 * red + 0.587 * green + 0.114 * blue < 150 else DARK_INK
