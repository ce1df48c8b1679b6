"""How a figure looks in one picture: all that varies and that a question may ask about."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from lensmith.lab.worlds.drawing import Colour, jitter

Mood = Literal["glad", "sad", "surprised"]
Pose = Literal["down", "out", "up", "hip", "hold"]

MOODS: tuple[Mood, ...] = ("glad", "sad", "surprised")
FREE_POSES: tuple[Pose, ...] = ("down", "down", "out", "up", "hip")
# What is worn or held comes in these; each is far from the others at a few pixels.
COLOURS: dict[str, Colour] = {
    "red": (219, 44, 42),
    "yellow": (248, 208, 40),
    "green": (44, 164, 74),
    "blue": (36, 92, 214),
    "pink": (244, 128, 184),
    "white": (246, 246, 242),
}


@dataclass(frozen=True, slots=True)
class Looks:
    """What is seen of one figure.

    Attributes:
        mood: of its face; figures without a mouth have one all the same.
        head: what it wears on its head: "nothing", "cap", or what its kind always wears.
        holds: a name in `things.THINGS`, or "nothing".
        colour: a name in `COLOURS`: of the thing it holds.
        cap: a name in `COLOURS`: of its cap.
        poses: of the left arm and the right as seen; the right is "hold" where it holds something.
        gaze: where it looks, -1 (left) to 1 (right).
        spread: how far colours stray from their own, in steps of 0–255.
    """

    mood: Mood = "glad"
    head: str = "nothing"
    holds: str = "nothing"
    colour: str = "red"
    cap: str = "red"
    poses: tuple[Pose, Pose] = ("down", "down")
    gaze: float = 0.0
    spread: int = 12

    def tone(self, colour: Colour, random: Random) -> Colour:
        """A figure's own colour as it is in this picture."""
        return jitter(colour, random, self.spread)
