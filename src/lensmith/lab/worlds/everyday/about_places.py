"""Questions about where things are, what is beside what, which is bigger, and where and when the picture is."""

from collections.abc import Iterator
from itertools import permutations
from random import Random

from lensmith.lab.worlds.everyday.asked import Asked, Mention, has_colour, is_person, only_ones, yes_no
from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.everyday.plan import BACKDROPS, OUTDOORS

SCENES = ("room", "street", "meadow", "sky", "water")
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
# How far from the middle, and how much farther than the other way, a thing must be for a side to be named; how near
# for the middle; how far two things must be apart for one to be beside the other; how many times as large as the
# other, by area, the bigger is.
SIDE_FROM, SIDE_RATIO, MIDDLE_TO, APART_FROM, BIGGER_FROM = 0.16, 1.5, 0.1, 0.2, 1.7


def ask_where(view: View, random: Random) -> Iterator[Asked]:
    """In which part of the picture a thing is, what is in a part, and which colour it has."""
    for thing in only_ones(view):
        if part := part_of(thing):
            yield Asked("where", part, (Mention(thing.name),))
    for thing in view.things:
        part = part_of(thing)
        others = [each for each in view.things if each is not thing]
        if part and others and all(part_of(other) != part and beyond(thing, other, part) for other in others):
            yield Asked("what_at", thing.name, given=part)
            if has_colour(thing) and not is_person(thing):
                yield Asked("colour_at", thing.look.colour, given=part)


def ask_relations(view: View, random: Random) -> Iterator[Asked]:
    """What is left of, right of, above or below a thing; whether one is there of another; which is bigger."""
    things = only_ones(view)
    for one, other in permutations(random.sample(things, len(things)), 2):
        relation = relation_of(one, other)
        if not relation:
            continue
        pair = (Mention(one.name), Mention(other.name))
        truth = random.random() < 0.5
        yield Asked("relation_check", yes_no(truth), pair, relation if truth else OPPOSITE[relation])
        if sum(relation_of(each, other) in (relation, "") for each in view.things if each is not other) == 1:
            yield Asked("relation", one.name, (Mention(other.name),), relation)
    for one, other in permutations(random.sample(things, len(things)), 2):
        if one.area < BIGGER_FROM * other.area:
            continue
        names = random.sample((one.name, other.name), 2)
        given = random.choice(("bigger", "smaller"))
        about = tuple(Mention(name) for name in names)
        yield Asked("size", one.name if given == "bigger" else other.name, about, given)
        truth = (names[0] == one.name) == (given == "bigger")
        yield Asked("size_check", yes_no(truth), about, given)


def ask_scene(view: View, random: Random) -> Iterator[Asked]:
    """Which place it is, and whether it is day or night."""
    if view.ground in OUTDOORS:
        time = "night" if view.night else "day"
        yield Asked("daytime", time, options=tuple(random.sample(("day", "night"), 2)))
        yield Asked("dark_check", yes_no(view.night))
    if view.ground in BACKDROPS or not view.ground:
        return
    yield Asked("scene", view.ground)
    truth = random.random() < 0.5
    others = [each for each in SCENES if each != view.ground]
    yield Asked("scene_check", yes_no(truth), given=view.ground if truth else random.choice(others))


def part_of(thing: Seen) -> str:
    """The part of the picture that it is in: left, right, top, bottom, middle, or "" where none is plain."""
    across, down = (at - 0.5 for at in thing.centre)
    if abs(across) <= MIDDLE_TO and abs(down) <= MIDDLE_TO:
        return "middle"
    if abs(across) >= SIDE_FROM and abs(across) > SIDE_RATIO * abs(down):
        return "left" if across < 0 else "right"
    if abs(down) >= SIDE_FROM and abs(down) > SIDE_RATIO * abs(across):
        return "top" if down < 0 else "bottom"
    return ""


def relation_of(one: Seen, other: Seen) -> str:
    """Where the first is as seen from the second: left, right, above, below, or "" where none is plain."""
    across, down = (a - b for a, b in zip(one.centre, other.centre, strict=True))
    if abs(across) >= APART_FROM and abs(across) > SIDE_RATIO * abs(down):
        return "left" if across < 0 else "right"
    if abs(down) >= APART_FROM and abs(down) > SIDE_RATIO * abs(across):
        return "above" if down < 0 else "below"
    return ""


def beyond(thing: Seen, other: Seen, part: str) -> bool:
    """Whether the thing is in the part and the other plainly is not: farther from that edge, or from the middle."""
    (across, down), (other_across, other_down) = thing.centre, other.centre
    if part == "middle":
        return max(abs(other_across - 0.5), abs(other_down - 0.5)) >= 0.25
    far = {
        "left": other_across - across,
        "right": across - other_across,
        "top": other_down - down,
        "bottom": down - other_down,
    }[part]
    return far >= APART_FROM
