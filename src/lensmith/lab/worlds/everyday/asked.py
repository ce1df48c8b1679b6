"""A question before it is put into words: what it is about, what it offers, and the answer, in no language yet."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.objects import PEOPLE

CHARACTER_SORT = "character"
# How long a thing's box must be, as a fraction of the picture's side, to tell at 96 pixels its texture, what its hand
# holds, or (for each character) what is written.
TEXTURE_SIDE, HAND_SIDE, LETTER_SIDE = 0.3, 0.4, 0.09


class Mention(NamedTuple):
    """A thing as a question speaks of it; `colour` is "" where it does not matter."""

    name: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and its answer by their keys.

    Attributes:
        kind: which phrasings word it; also the row's kind.
        answer: a key: "yes", a colour, an object's name, a place, a number as digits, or a sign's text itself.
        about: the things that it names.
        given: what else it offers: a place, a relation, a colour, a material, a text.
        options: keys to choose from, in the order in which they are named.
    """

    kind: str
    answer: str
    about: tuple[Mention, ...] = ()
    given: str = ""
    options: tuple[str, ...] = field(default=())


def yes_no(truth: bool) -> str:
    """The key of the answer."""
    return "yes" if truth else "no"


def only_ones(view: View) -> list[Seen]:
    """The things whose name no other thing on the picture has: those that «the cat» can mean."""
    names = [thing.name for thing in view.things]
    return [thing for thing in view.things if names.count(thing.name) == 1]


def is_person(thing: Seen) -> bool:
    """Whether it has clothes and hands: a man, a woman, a child."""
    return thing.name in PEOPLE


def has_colour(thing: Seen) -> bool:
    """Whether one colour can be said of it: a figure in a costume has several."""
    return thing.sort != CHARACTER_SORT


def side(thing: Seen) -> float:
    """The longer side of its box, as a fraction of the picture's."""
    left, top, right, bottom = thing.box
    return max(right - left, bottom - top)


def mention(thing: Seen) -> Mention:
    """The thing by name and colour."""
    return Mention(thing.name, thing.look.colour)
