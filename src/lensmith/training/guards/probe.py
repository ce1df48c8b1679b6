"""A few fixed questions that the model answers now and then while it learns, and when to ask them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from lensmith.types import Example, Prediction

# Fewer answers than this cannot tell a habit from chance.
LEAST_QUESTIONS = 8
# Of the training's time. Asking at the end of each epoch comes on top, and both are to stay under 3 %.
SHARE_OF_TIME = 0.02
FIRST_EVERY = 16
LEAST_EVERY, MOST_EVERY = 4, 4096
LEAST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked, and how.

    Attributes:
        examples: the questions, always the same.
        ask: generates an answer to each, in their order, whatever text comes; the model is in evaluation mode.
        is_label: whether an answer can be read as one of the labels; None where there are no labels.
        known: answers that are right somewhere in the validation part, folded.
    """

    examples: tuple[Example, ...]
    ask: Callable[[Sequence[Example]], list[Prediction]]
    is_label: Callable[[str], bool] | None = None
    known: frozenset[str] = frozenset()


def fold_answer(text: str) -> str:
    """An answer without case, outer punctuation and extra space: enough to count which are the same.

    >>> fold_answer("  Зебра!  "), fold_answer("no  ZEBRA.")
    ('зебра', 'no zebra')
    """
    return " ".join(text.casefold().split()).strip(".,;:!?\"'«»…")


def choose_probe(examples: Sequence[Example], count: int, seed: int) -> tuple[Example, ...]:
    """At most `count` examples, as many of each answer as can be; the same for the same seed.

    >>> from lensmith.types import Turn
    >>> asked = [Example(str(n), (), (Turn("?", ("yes" if n else "no",)),), "") for n in range(20)]
    >>> sorted(each.answers[0] for each in choose_probe(asked, 4, seed=0))
    ['no', 'yes', 'yes', 'yes']
    """
    chance = Random(seed)
    by_answer: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda each: each.id):
        if example.answers:
            by_answer.setdefault(fold_answer(example.answers[0]), []).append(example)
    piles = list(by_answer.values())
    for pile in piles:
        chance.shuffle(pile)
    chance.shuffle(piles)
    dealt = [pile[turn] for turn in range(max(map(len, piles), default=0)) for pile in piles if turn < len(pile)]
    return tuple(dealt[:count])


class Pace:
    """How many steps lie between two probes: as asked, or as many as keep their share of the time.

    Args:
        every: steps; None measures, and rounds up to a power of two.

    Attributes:
        probe_s: seconds that the last probe took.
        step_s: seconds a step takes, measured so far.
    """

    def __init__(self, every: int | None) -> None:
        self.asked = every
        self.probe_s = 0.0
        self.total_s = 0.0
        self.steps = 0

    @property
    def step_s(self) -> float:
        """Seconds a step takes; 0.0 where none was measured."""
        return self.total_s / self.steps if self.steps else 0.0

    @property
    def every(self) -> int:
        """Steps between two probes, as things stand.

        >>> pace = Pace(None)
        >>> pace.probe_s, pace.total_s, pace.steps = 1.0, 8.0, 8
        >>> pace.every
        64
        """
        if self.asked is not None:
            return self.asked
        if self.steps < LEAST_STEPS or not self.step_s or not self.probe_s:
            return FIRST_EVERY
        wanted = self.probe_s / (SHARE_OF_TIME * self.step_s)
        return int(min(MOST_EVERY, max(LEAST_EVERY, 2 ** math.ceil(math.log2(wanted)))))

    def state(self) -> dict[str, float]:
        """What was measured."""
        return {"probe_s": self.probe_s, "total_s": self.total_s, "steps": self.steps}

    def load(self, state: dict[str, float]) -> None:
        """Goes on from what `state` gave."""
        self.probe_s, self.total_s, self.steps = state["probe_s"], state["total_s"], int(state["steps"])
