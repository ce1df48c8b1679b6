"""The same questions answered twice: right before and after, the paired change, and what may be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.evaluation.statistics import Better, Estimate, Resampling, difference, estimate, mcnemar, mean_of
from lensmith.evaluation.verdict import Verdict, decide
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's two answers.

    Attributes:
        before: the first model's.
        after: the second model's.
        group: the cluster that both count in.
        had: the score before, 0–1.
        has: the score after.
    """

    before: Prediction
    after: Prediction
    group: str
    had: float
    has: float


@dataclass(frozen=True, slots=True)
class Change:
    """A mean before and after.

    Attributes:
        before: over the questions.
        after: over the same questions.
        difference: after minus before, resampled as pairs.
        p: McNemar's exact p; None where scores are not all 0 or 1.
        verdict: better, worse or cannot tell.
        gained: the ids whose score rose.
        lost: those whose score fell: negative flips (Yan et al. 2021, arXiv 2011.09161).
    """

    before: Estimate
    after: Estimate
    difference: Estimate
    p: float | None
    verdict: Verdict
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def course(self) -> str:
        """The verdict's sentence without its word."""
        return self.verdict.sentence.partition(": ")[2]

    def to_json(self) -> dict[str, Any]:
        """The numbers and the verdict."""
        return {
            "n": self.difference.n,
            "groups": self.difference.groups,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "difference": self.difference.to_json(),
            "mcnemar_p": self.p,
            "verdict": self.verdict.word,
            "gained": {"n": len(self.gained), "ids": list(self.gained)},
            "lost": {"n": len(self.lost), "ids": list(self.lost)},
        }


def weigh(rows: Sequence[Judged], title: str, resampling: Resampling, better: Better = "higher") -> Change:
    """The paired change over these questions; none of them is a case of its own, and cannot be told.

    Args:
        rows: at will.
        title: what the sentence calls the number.
        resampling: of the intervals.
        better: which way it improves.
    """
    before, after = mean_of([each.had for each in rows]), mean_of([each.has for each in rows])
    groups = [each.group for each in rows]
    gained = tuple(each.before.id for each in rows if each.has > each.had)
    lost = tuple(each.before.id for each in rows if each.has < each.had)
    p = mcnemar(len(gained), len(lost)) if rows and before.proportion and after.proportion else None
    numbers = (
        estimate(before, groups, resampling),
        estimate(after, groups, resampling),
        estimate(difference(before, after), groups, resampling),
    )
    return Change(*numbers, p, decide(title, better, numbers, p), gained, lost)
