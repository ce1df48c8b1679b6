"""What each part of a picture shows, kind by kind: what a tower is to see before anybody asks in words.

A kind is a short list of keys. Each part of a picture has one of them, or none where the kind says nothing of it: only
a sign has letters, only a person a hat.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lensmith.lab.worlds.everyday.about_looks import can_have_pattern
from lensmith.lab.worlds.everyday.about_places import part_of
from lensmith.lab.worlds.everyday.asked import has_colour, is_person, side
from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.everyday.plan import CHARACTERS, GROUNDS, LETTERS, WORDS
from lensmith.lab.worlds.objects import COLOURS, FIGURES, HELD, MATERIALS, OBJECTS, PATTERNS, POSES, Look

SIDE = 8
LONGEST_TEXT = 4
MOST_THINGS = 4
# Sides of boxes, in tenths of the picture's side.
SIDES = tuple(str(tenths) for tenths in range(1, 11))

Read = Callable[[Seen | None, View], str | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be said of a part.

    Attributes:
        keys: all that can be said; "" among them stands for nothing to see.
        read: what is to be said of a part that shows this thing, or the ground; None: it is not asked.
    """

    keys: tuple[str, ...]
    read: Read


def read_parts(view: View) -> list[Seen | None]:
    """What is in each of `SIDE` × `SIDE` parts, row by row; where boxes meet, the smaller thing; None: the ground."""
    places = [((column + 0.5) / SIDE, (row + 0.5) / SIDE) for row in range(SIDE) for column in range(SIDE)]
    by_size = sorted(view.things, key=lambda thing: thing.area)
    return [next((thing for thing in by_size if _covers(thing, x, y)), None) for x, y in places]


def mirror(view: View) -> View:
    """What is to be seen of the picture in a mirror. What is written cannot be read there, and is left out."""
    things = tuple(
        replace(
            thing,
            text="",
            look=replace(thing.look, label=""),
            box=(1 - thing.box[2], thing.box[1], 1 - thing.box[0], thing.box[3]),
        )
        for thing in view.things
    )
    return replace(view, things=things)


def dump_view(view: View) -> dict[str, Any]:
    """A view as JSON has it."""
    return asdict(view)


def load_view(stored: Mapping[str, Any]) -> View:
    """The view that `dump_view` made this from.

    Raises:
        KeyError, TypeError: it is not one.
    """
    return View(tuple(_load_thing(each) for each in stored["things"]), stored["ground"], stored["night"])


def _load_thing(stored: Mapping[str, Any]) -> Seen:
    held = stored["look"]["holds"]
    look = Look(**{**stored["look"], "holds": tuple(held) if held else None})
    left, top, right, bottom = stored["box"]
    return Seen(stored["sort"], stored["name"], look, stored["text"], (left, top, right, bottom))


def _covers(thing: Seen, x: float, y: float) -> bool:
    left, top, right, bottom = thing.box
    return left <= x <= right and top <= y <= bottom


def _name(thing: Seen | None, view: View) -> str:
    return thing.name if thing else ""


def _colour(thing: Seen | None, view: View) -> str:
    return thing.look.colour if thing and has_colour(thing) else ""


def _ground(thing: Seen | None, view: View) -> str | None:
    if thing or not view.ground:
        return None
    return f"{view.ground} by night" if view.night else view.ground


def _surface(thing: Seen | None, view: View) -> str | None:
    if thing is None:
        return None
    return thing.look.material or thing.look.pattern or ("plain" if can_have_pattern(thing) else None)


def _pose(thing: Seen | None, view: View) -> str | None:
    return thing.look.pose or None if thing else None


def _hat(thing: Seen | None, view: View) -> str | None:
    return thing.look.hat or "none" if thing and is_person(thing) else None


def _held(thing: Seen | None, view: View) -> str | None:
    if thing is None or not is_person(thing):
        return None
    return thing.look.holds[0] if thing.look.holds else "nothing"


def _where(thing: Seen | None, view: View) -> str | None:
    return part_of(thing) or None if thing else None


def _side(thing: Seen | None, view: View) -> str | None:
    return str(max(1, round(10 * side(thing)))) if thing else None


def _count(thing: Seen | None, view: View) -> str | None:
    return str(min(MOST_THINGS, sum(each.name == thing.name for each in view.things))) if thing else None


def _total(thing: Seen | None, view: View) -> str | None:
    return None if thing else str(min(MOST_THINGS, len(view.things)))


def _letter(at: int) -> Read:
    def read(thing: Seen | None, view: View) -> str | None:
        text = (thing.text or thing.look.label) if thing else ""
        return (text[at] if at < len(text) else "end") if text else None

    return read


_CHARACTERS = ("end", *sorted({*"0123456789", *LETTERS, *"".join(WORDS)}))

KINDS: Mapping[str, Kind] = {
    "name": Kind(("", *dict.fromkeys((*OBJECTS, *FIGURES, *CHARACTERS, "sign"))), _name),
    "colour": Kind(("", *COLOURS), _colour),
    "ground": Kind((*GROUNDS, *(f"{ground} by night" for ground in GROUNDS)), _ground),
    "surface": Kind(("plain", *PATTERNS, *MATERIALS), _surface),
    "pose": Kind((*dict.fromkeys(pose for poses in POSES.values() for pose in poses),), _pose),
    "hat": Kind(("none", *COLOURS), _hat),
    "held": Kind(("nothing", *HELD), _held),
    "where": Kind(("left", "right", "top", "bottom", "middle"), _where),
    "side": Kind(SIDES, _side),
    "count": Kind(tuple(str(number) for number in range(1, MOST_THINGS + 1)), _count),
    "total": Kind(tuple(str(number) for number in range(MOST_THINGS + 1)), _total),
    **{f"letter {at + 1}": Kind(_CHARACTERS, _letter(at)) for at in range(LONGEST_TEXT)},
}
