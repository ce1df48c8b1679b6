"""What a question may be made from: the plan that is drawn, and others that are not.

A question that is to be answered with no is made from what is true of another plan of the same kind of place and
false of this one. So "no" is asked about the same things, as often, as "yes", and the words give nothing away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from lensmith.lab.worlds.gqa_ru.plan import Plan, Thing, draw_plan
from lensmith.lab.worlds.gqa_ru.question import ADJECTIVES, Question, Reference, Step
from lensmith.lab.worlds.objects import OBJECTS, PEOPLE

T = TypeVar("T")

OTHER_PLANS = 8
ADJECTIVE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class View:
    """A plan to ask about.

    Attributes:
        plan: what is drawn.
        others: plans that are not drawn, of the same kind of place.
        random: decides what is asked, and how it is worded.
    """

    plan: Plan
    others: tuple[Plan, ...]
    random: Random

    def pick(self, items: Sequence[T]) -> T | None:
        """One of them, by lot; None where there is none."""
        return self.random.choice(items) if items else None

    def word(self, *ways: str) -> str:
        """One of several ways to say the same."""
        return self.random.choice(ways)

    def refer(self, thing: Thing, *hidden: str) -> Reference:
        """Words for a thing, sometimes with an adjective; never one that tells a `hidden` attribute."""
        said = [each for each in attributes(thing) if each[0] not in hidden]
        if not said or self.random.random() >= ADJECTIVE_SHARE:
            return Reference(thing)
        return Reference(thing, (self.random.choice(said),))

    def elsewhere(self) -> tuple[Thing, ...]:
        """Things of other plans whose kind this one lacks, as often as other plans have them."""
        return tuple(each for other in self.others for each in other.things if not self.plan.find(each.name))


Build = Callable[[View, bool], Question | None]


def view_of(plan: Plan, random: Random) -> View:
    """The plan with other plans to take false questions from."""
    return View(plan, tuple(draw_plan(random, plan.place) for _ in range(OTHER_PLANS)), random)


def attributes(thing: Thing) -> tuple[tuple[str, str], ...]:
    """What can be said of a thing: (attribute, value) pairs. The colour of a person is that of the clothes."""
    colour = "" if thing.name in PEOPLE else thing.colour
    pairs = (("size", thing.size), ("color", colour), ("material", thing.material))
    return tuple((name, value) for name, value in pairs if value)


def values(thing: Thing, attribute: str) -> tuple[str, ...]:
    """All values of an attribute that things of this kind may have."""
    kind = OBJECTS[thing.name]
    return {"color": kind.colours, "material": kind.materials, "size": tuple(ADJECTIVES["size"])}[attribute]


def yes_no(truth: bool) -> str:
    """The answer."""
    return "да" if truth else "нет"


def chain(*steps: Step) -> tuple[Step, ...]:
    """Steps each of which takes the result of the one before."""
    return tuple(Step(step.operation, step.argument, (at - 1,) if at else ()) for at, step in enumerate(steps))
