"""Which kinds of questions there are, how often each is asked, and how a picture gets its questions.

A structural type is drawn first, then a kind of it; a kind that a plan has nothing for gives way to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from lensmith.lab.worlds.gqa_ru import (
    attributes,
    comparing,
    existence,
    naming,
    places,
    positions,
    relation_checks,
    relations,
)
from lensmith.lab.worlds.gqa_ru.plan import Plan
from lensmith.lab.worlds.gqa_ru.question import Question
from lensmith.lab.worlds.gqa_ru.view import Build, View, view_of

# Of the 40,000 training questions of deepvk/GQA-ru, so many are of each structural type.
STRUCTURAL: Mapping[str, int] = {"query": 20569, "verify": 8279, "choose": 5030, "logical": 4910, "compare": 1212}
TRIES_A_QUESTION = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to ask.

    Attributes:
        build: makes a question of this kind, or None where the plan has nothing for it.
        weight: how often it is tried, relative to the others of its structural type.
        judged: it is answered with yes or no; asked only where both could be, so that each is as frequent.
    """

    build: Build
    weight: float
    judged: bool = False


KINDS: Mapping[str, tuple[Kind, ...]] = {
    "query": (
        Kind(attributes.ask_colour, 5.5),
        Kind(attributes.ask_whose_colour, 3),
        Kind(attributes.ask_clothes, 2.5),
        Kind(attributes.ask_material, 4),
        Kind(attributes.ask_size, 2),
        Kind(positions.ask_half, 2.5),
        Kind(relations.ask_beside, 12),
        Kind(relations.ask_borne, 9),
        Kind(relations.ask_bearer, 4),
        Kind(relations.ask_held, 9),
        Kind(relations.ask_holder, 5),
        Kind(relations.ask_category_beside, 13),
        Kind(naming.ask_category, 2.5),
        Kind(naming.ask_category_with, 3),
        Kind(places.ask_place, 1),
    ),
    "verify": (
        Kind(existence.exist, 3, judged=True),
        Kind(existence.exist_with, 2.5, judged=True),
        Kind(relation_checks.exist_borne, 3, judged=True),
        Kind(relation_checks.exist_beside, 3, judged=True),
        Kind(relation_checks.verify_side, 3.5, judged=True),
        Kind(relation_checks.verify_held, 3.5, judged=True),
        Kind(attributes.verify_attribute, 2.5, judged=True),
        Kind(attributes.verify_material, 1.5, judged=True),
        Kind(positions.verify_half, 1, judged=True),
        Kind(places.verify_place, 1, judged=True),
    ),
    "choose": (
        Kind(attributes.choose_attribute, 3),
        Kind(attributes.choose_material, 1.5),
        Kind(positions.choose_half, 1.5),
        Kind(relation_checks.choose_side, 5),
        Kind(naming.choose_thing, 1.5),
        Kind(places.choose_place, 0.7),
    ),
    "logical": (
        Kind(attributes.verify_two, 6, judged=True),
        Kind(existence.exist_both, 3, judged=True),
        Kind(existence.exist_either, 3, judged=True),
    ),
    "compare": (
        Kind(comparing.verify_same_colour, 1.6, judged=True),
        Kind(comparing.verify_other_colour, 1.6, judged=True),
        Kind(comparing.ask_common, 4),
        Kind(comparing.ask_bigger, 5),
    ),
}


def ask(plan: Plan, random: Random, count: int) -> tuple[Question, ...]:
    """So many questions about a plan, no two in the same words; fewer only where the plan has no more.

    The first ones do not depend on `count`.
    """
    view = view_of(plan, random)
    asked: dict[str, Question] = {}
    for _ in range(count * TRIES_A_QUESTION):
        if len(asked) == count:
            break
        structural = random.choices(list(STRUCTURAL), list(STRUCTURAL.values()))[0]
        question = _new(structural, view, asked)
        if question:
            asked[question.words] = question
    return tuple(asked.values())


def _new(structural: str, view: View, asked: Mapping[str, Question]) -> Question | None:
    """A question of a structural type in words that are not in `asked`; None where none is soon found."""
    kinds = KINDS[structural]
    for kind in view.random.choices(kinds, [each.weight for each in kinds], k=TRIES_A_QUESTION):
        question = _one(kind, view)
        if question and question.words not in asked:
            return question
    return None


def _one(kind: Kind, view: View) -> Question | None:
    if not kind.judged:
        return kind.build(view, True)
    answers = kind.build(view, True), kind.build(view, False)
    return view.random.choice(answers) if all(answers) else None
