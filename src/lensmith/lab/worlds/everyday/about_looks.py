"""Questions about how a thing looks: colour, material, pattern, clothes, pose, what it holds, what is written on it."""

from collections.abc import Iterator
from itertools import combinations
from random import Random

from lensmith.lab.worlds.everyday.asked import (
    HAND_SIDE,
    LETTER_SIDE,
    TEXTURE_SIDE,
    Asked,
    Mention,
    has_colour,
    is_person,
    mention,
    only_ones,
    side,
    yes_no,
)
from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.everyday.plan import colours_of, draw_text
from lensmith.lab.worlds.objects import COLOURS, OBJECTS, PATTERNS, POSES

# Things of fewer colours are asked about with yes or no only: their colour is half told by their name.
ENOUGH_COLOURS = 5
# Colours that a large part of a thing has beside its own. Black and white are in too many to be told.
PARTS_IN: dict[str, tuple[str, ...]] = {
    "tree": ("brown",),
    "house": COLOURS,
    "boat": ("red",),
    "dog": ("red",),
    "hat": ("red",),
    "ball": ("red", "blue"),
    "lamp": ("grey", "yellow"),
    "flower": ("green", "yellow"),
    "apple": ("green",),
    "bird": ("orange", "yellow"),
    "bottle": ("brown",),
    "umbrella": ("brown",),
}


def ask_colours(view: View, random: Random) -> Iterator[Asked]:
    """Which colour, is it this colour, are two of one colour, what has this colour."""
    things = [thing for thing in only_ones(view) if has_colour(thing)]
    for thing in things:
        colours = colours_of(thing.sort, thing.name)
        about = (Mention(thing.name),)
        if len(colours) >= ENOUGH_COLOURS:
            yield Asked("clothes" if is_person(thing) else "colour", thing.look.colour, about)
        truth = random.random() < 0.5
        others = [colour for colour in colours if colour != thing.look.colour]
        offered = thing.look.colour if truth else random.choice(others)
        yield Asked("clothes_check" if is_person(thing) else "colour_check", yes_no(truth), about, offered)
    shown = [thing.look.colour for thing in view.things]
    # Hats, hands and costumes would add colours that the things' own do not tell.
    if len(view.things) > 1 and not any(is_person(thing) or not has_colour(thing) for thing in view.things):
        beside = {colour for thing in view.things for colour in PARTS_IN.get(thing.name, ())}
        for thing in view.things:
            if shown.count(thing.look.colour) == 1 and thing.look.colour not in beside | {"black", "white"}:
                yield Asked("by_colour", thing.name, given=thing.look.colour)
    plain = [thing for thing in things if not is_person(thing)]
    for one, other in combinations(random.sample(plain, len(plain)), 2):
        same = one.look.colour == other.look.colour
        yield Asked("same_colour", yes_no(same), (Mention(one.name), Mention(other.name)))


def ask_surfaces(view: View, random: Random) -> Iterator[Asked]:
    """What it is made of, and which pattern it has."""
    for thing in only_ones(view):
        about, look = (Mention(thing.name),), thing.look
        if side(thing) < TEXTURE_SIDE:
            continue
        if look.material:
            yield Asked("material", look.material, about)
            truth = random.random() < 0.5
            materials = [each for each in OBJECTS[thing.name].materials if each != look.material]
            yield Asked("material_check", yes_no(truth), about, look.material if truth else random.choice(materials))
        elif can_have_pattern(thing):
            yield Asked("pattern", look.pattern or "plain", about)
            truth = random.random() < 0.5
            patterns = [each for each in PATTERNS if each != look.pattern]
            if look.pattern:
                offered = look.pattern if truth else random.choice(patterns)
                yield Asked("pattern_check", yes_no(truth), about, offered)


def ask_people(view: View, random: Random) -> Iterator[Asked]:
    """What a person holds and wears, and who sits, stands or flies."""
    for thing in only_ones(view):
        about, look = (Mention(thing.name),), thing.look
        if look.pose and side(thing) >= TEXTURE_SIDE:
            poses = POSES[thing.name]
            yield Asked("pose", look.pose, about, options=tuple(random.sample(poses, len(poses))))
        if not is_person(thing):
            continue
        yield Asked("hat_check", yes_no(bool(look.hat)), about)
        if side(thing) >= HAND_SIDE:
            yield Asked("holding", look.holds[0] if look.holds else "nothing", about)
        if look.hat and side(thing) >= TEXTURE_SIDE:
            yield Asked("hat_colour", look.hat, about)


def ask_writing(view: View, random: Random) -> Iterator[Asked]:
    """What is written on a sign or a shirt, where it is large enough to be read."""
    for thing in only_ones(view):
        text = thing.text or thing.look.label
        enough = LETTER_SIDE * len(text) if thing.text else HAND_SIDE
        if not text or side(thing) < enough:
            continue
        about, kind = (mention(thing),), "label" if thing.text else "shirt_label"
        yield Asked(kind, text, about)
        truth = random.random() < 0.5
        offered = text if truth else another_text(text, random)
        yield Asked(f"{kind}_check", yes_no(truth), about, offered)


def can_have_pattern(thing: Seen) -> bool:
    """Whether stripes, checks or dots could be on it."""
    return (thing.sort == "figure" and thing.name != "ring") or (
        thing.sort == "object" and OBJECTS[thing.name].patterned
    )


def another_text(text: str, random: Random) -> str:
    """A different text of the same length, as a sign could have it."""
    while True:
        found = draw_text(random)
        if found != text and len(found) == len(text):
            return found
