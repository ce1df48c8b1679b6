"""Runs a question's program on a plan: an answer that owes nothing to how the question was worded."""

import re
from typing import Any

from lensmith.lab.worlds.gqa_ru.categories import CATEGORIES
from lensmith.lab.worlds.gqa_ru.plan import Plan, Thing
from lensmith.lab.worlds.gqa_ru.question import Step
from lensmith.lab.worlds.nouns import NOUNS
from lensmith.lab.worlds.objects import PEOPLE

SIDES = {"to the left of": "left", "to the right of": "right"}


def run(steps: tuple[Step, ...], plan: Plan) -> Any:
    """The result of the last step: a bool, a name, a value, or a side."""
    results: list[Any] = []
    for step in steps:
        operation, _, attribute = step.operation.partition(" ")
        argument = re.sub(r" \([\d-]+\)$", "", step.argument)
        given = [results[at] for at in step.dependencies]
        results.append(STEPS[operation](plan, given, attribute, argument))
    return results[-1]


def select(plan: Plan, given: list[Any], attribute: str, argument: str) -> list[Thing]:
    if argument == "scene":
        return list(plan.things)
    return [thing for thing in plan.things if is_a(thing, argument)]


def is_a(thing: Thing, name: str) -> bool:
    if name in CATEGORIES:
        return thing.name in CATEGORIES[name][2]
    alive = NOUNS[thing.name].animate
    groups = {"_": True, "creature": alive, "object": not alive, "person": thing.name in PEOPLE}
    return thing.name == name or groups.get(name, False)


def keep(plan: Plan, given: list[Any], attribute: str, argument: str) -> list[Thing]:
    return [thing for thing in given[0] if value(plan, thing, attribute) == argument]


def value(plan: Plan, thing: Thing, attribute: str) -> str:
    return {
        "name": thing.name,
        "color": thing.colour,
        "material": thing.material,
        "size": thing.size,
        "hposition": "left" if thing.centre < 0.5 else "right",
        "place": plan.place,
    }[attribute]


def relate(plan: Plan, given: list[Any], attribute: str, argument: str) -> list[Thing]:
    name, relation, role = argument.split(",")
    if relation == "wearing" and name == "clothing":
        return given[0]
    return [
        thing
        for thing in plan.things
        if is_a(thing, name)
        and any(holds(plan, *((thing, other) if role == "s" else (other, thing)), relation) for other in given[0])
    ]


def holds(plan: Plan, subject: Thing, other: Thing, relation: str) -> bool:
    if relation in SIDES:
        return subject.group != other.group and (subject.centre < other.centre) == (SIDES[relation] == "left")
    if relation in ("on", "under"):
        return (subject.id, relation, other.id) in plan.bonds
    return (other.id, {"holding": "held", "wearing": "worn"}[relation], subject.id) in plan.bonds


def verify(plan: Plan, given: list[Any], attribute: str, argument: str) -> bool:
    if attribute == "rel":
        return bool(relate(plan, given, attribute, argument))
    return bool(keep(plan, given, attribute, argument))


def choose(plan: Plan, given: list[Any], attribute: str, argument: str) -> str:
    if attribute in ("larger", "smaller"):
        wanted = "big" if attribute == "larger" else "small"
        return next(thing.name for things in given for thing in things if thing.size == wanted)
    if attribute == "rel":
        name, either, role = argument.split(",")
        return next(SIDES[side] for side in either.split("|") if relate(plan, given, "", f"{name},{side},{role}"))
    found = {value(plan, thing, attribute) for thing in given[0]} & set(argument.split("|"))
    assert len(found) == 1, "one of the two is right"
    return found.pop()


def query(plan: Plan, given: list[Any], attribute: str, argument: str) -> str:
    found = {value(plan, thing, argument) for thing in given[0]}
    assert len(found) == 1, "only one thing can be meant"
    return found.pop()


def same(plan: Plan, given: list[Any], attribute: str, argument: str) -> bool:
    first, second = (things[0] for things in given)
    return value(plan, first, attribute) == value(plan, second, attribute)


def common(plan: Plan, given: list[Any], attribute: str, argument: str) -> str:
    shared = [each for each in ("color", "material") if same(plan, given, each, "")]
    assert len(shared) == 1
    return shared[0]


STEPS = {
    "select": select,
    "filter": keep,
    "relate": relate,
    "exist": lambda plan, given, attribute, argument: bool(given[0]),
    "and": lambda plan, given, attribute, argument: given[0] and given[1],
    "or": lambda plan, given, attribute, argument: given[0] or given[1],
    "verify": verify,
    "choose": choose,
    "query": query,
    "same": same,
    "different": lambda plan, given, attribute, argument: not same(plan, given, attribute, argument),
    "common": common,
}
