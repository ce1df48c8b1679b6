"""What a handful of answers is like: do they loop, end, say anything, differ from each other?"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lensmith.training.guards.probe import Probe, fold_answer
from lensmith.types import Prediction

_LOOP = re.compile(r"(.{1,40}?)\1{3,}", re.DOTALL)
_LEAST_LOOP = 5
SAMPLES = 3
_SHOWN = 120

KINDS = {
    "looping": "repeat themselves",
    "empty": "are empty",
    "unfinished": "do not end",
    "unreadable": "name no label",
    "alike": "are one and the same, which is right nowhere",
}
"""What an answer may be that no answer should be, as a verb's phrase after "12 of 12 answers"."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Answers to the probe, counted.

    Attributes:
        n: answers.
        looping: a piece of the text stands there at least four times in a row and is half of it or more.
        empty: nothing but white space.
        unfinished: cut at the length limit.
        unreadable: name none of the labels; None where there are no labels.
        alike: the commonest answer, where it is right nowhere in the validation part; else 0.
        commonest: the answer given most often.
        share: its share of the answers.
        true_share: its share of the expected answers.
        entropy_bits: of the answers' distribution.
        true_entropy_bits: of the expected answers'.
        right: answers that are the expected one, but for case and outer punctuation.
    """

    n: int
    looping: int
    empty: int
    unfinished: int
    unreadable: int | None
    alike: int
    commonest: str
    share: float
    true_share: float
    entropy_bits: float
    true_entropy_bits: float
    right: int

    def rates(self) -> dict[str, float]:
        """The share of answers of each of `KINDS` that can be told."""
        counts = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: count / self.n for kind, count in counts.items() if count is not None}

    @property
    def is_narrow(self) -> bool:
        """True where one answer stands for nearly all questions although several were expected."""
        return self.entropy_bits <= 0.35 * self.true_entropy_bits and self.share >= self.true_share + 0.3

    def to_json(self) -> dict[str, Any]:
        """The counts; shares and entropies to three places."""
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}


def measure_answers(answers: Sequence[Prediction], probe: Probe) -> Traits:
    """Counts; at least one answer."""
    said = [fold_answer(each.prediction) for each in answers]
    wanted = [fold_answer(each.answers[0]) for each in answers]
    commonest, times = min(Counter(said).items(), key=lambda pair: (-pair[1], pair[0]))
    known = probe.known.union(wanted)
    accepted = [{fold_answer(text) for text in each.answers} for each in answers]
    return Traits(
        n=len(answers),
        looping=sum(loops(each.prediction) and not loops(each.answers[0]) for each in answers),
        empty=sum(not each.prediction.strip() for each in answers),
        unfinished=sum(each.finished is False for each in answers),
        unreadable=sum(not probe.is_label(each.prediction) for each in answers) if probe.is_label else None,
        alike=times if commonest not in known else 0,
        commonest=commonest[:_SHOWN],
        share=times / len(answers),
        true_share=wanted.count(commonest) / len(answers),
        entropy_bits=entropy_bits(said),
        true_entropy_bits=entropy_bits(wanted),
        right=sum(text in each for text, each in zip(said, accepted, strict=True)),
    )


def loops(text: str) -> bool:
    """True where at least half of a text, and five characters, is one piece said four times or more in a row.

    Digits alone are a number.

    >>> loops("zebra zebra zebra zebra zebra"), loops("да-да-да-да-да-да"), loops("bbbbbbb")
    (True, True, True)
    >>> loops("a very very tall tree"), loops("1000000"), loops("")
    (False, False, False)
    """
    found = [each for each in _LOOP.finditer(text) if not each.group(1).isdecimal()]
    longest = max((each.end() - each.start() for each in found), default=0)
    return longest >= _LEAST_LOOP and 2 * longest >= len(text)


def entropy_bits(texts: Sequence[str]) -> float:
    """The entropy of a list's values, in bits.

    >>> entropy_bits(["a", "b", "a", "b"]), entropy_bits(["a", "a"])
    (1.0, 0.0)
    """
    shares = [count / len(texts) for count in Counter(texts).values()]
    return sum((-share * math.log2(share) for share in shares if share < 1), 0.0)


def show_samples(answers: Sequence[Prediction]) -> list[dict[str, Any]]:
    """The first three answers with their questions, as a person would want to see them."""
    return [
        {
            "question": each.question[:_SHOWN],
            "expected": each.answers[0][:_SHOWN],
            "said": each.prediction[:_SHOWN],
            "finished": each.finished,
        }
        for each in answers[:SAMPLES]
    ]
