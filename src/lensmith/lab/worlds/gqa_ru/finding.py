"""Pairs of things that a question about a relation can be made from, and the words for where something is."""

from collections.abc import Callable, Sequence

from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import SIDES, Reference
from lensmith.lab.worlds.gqa_ru.view import View
from lensmith.lab.worlds.nouns import NOUNS

FREE = ("alone", "on", "under")
# How things rest on the ground or on each other; the rest stands.
SITTING, LYING = ("cat", "dog", "bird"), ("apple", "banana", "book", "ball", "hat", "fish")


def pick_beside(view: View, wanted: Callable[[Thing], bool]) -> tuple[Thing, str, Thing] | None:
    """(what, side, of what): the only thing on that side that could be meant; None where there is no such pair."""
    found = []
    for thing in view.plan.things:
        for side in SIDES if thing.stands in FREE else ():
            there = [each for each in view.plan.beside(thing, side) if wanted(each)]
            if len(there) == 1 and there[0].stands in FREE:
                found.append((there[0], side, thing))
    return view.pick(found)


def pick_pair(view: View) -> tuple[Thing, str, Thing] | None:
    """(what, side, of what): two things that stand clearly to the left and right of each other."""
    return view.pick(
        [
            (thing, side, other)
            for other in view.plan.things
            for side in SIDES
            for thing in view.plan.beside(other, side)
            if thing.stands in FREE and other.stands in FREE
        ]
    )


def pick_bond(view: View, bonds: Sequence[str]) -> tuple[Thing, str, Thing] | None:
    """(what, how, by what): something that is on or under something, or held or worn by someone."""
    found = [(thing, view.plan.bearer(thing)) for thing in view.plan.things if thing.stands in bonds]
    pair = view.pick(found)
    return (pair[0], pair[0].stands, pair[1]) if pair and pair[1] else None


def posture(thing: Thing) -> str:
    """The verb for how a thing rests on something."""
    noun = NOUNS[thing.name]
    if thing.name in SITTING:
        return noun.verb("сидит", "сидят")
    return noun.verb("лежит", "лежат") if thing.name in LYING else noun.verb("стоит", "стоят")


def is_at(thing: Thing) -> str:
    """The verb for where a thing is."""
    return NOUNS[thing.name].verb("находится", "находятся")


def borne_where(how: str, bearer: Reference) -> str:
    """«На столе» or «под столом»."""
    return f"на {bearer.say('prep')}" if how == "on" else f"под {bearer.say('ins')}"


def aside(side: str, other: Reference) -> str:
    """«Слева от стола»."""
    return f"{SIDES[side]} от {other.say('gen')}"
