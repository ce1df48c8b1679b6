"""What a metric is: it judges one prediction to a value in 0–1, or says why it does not apply.

The mean over the judged predictions is the score. A metric may add named parts (averaged like the value),
slices (the mean again, over some of the predictions), quantities that are no mean of single judgements
(F1, corpus BLEU), and a table. Intervals and comparisons are made from these alone; a metric holds no statistics.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.statistics import Better, Quantity
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Judgement:
    """One prediction judged by one metric.

    Attributes:
        value: 0–1; None where the metric does not apply.
        reason: why it does not apply, the same words for the same reason, because they are counted.
        read: what the metric took the answer for, where that is not the answer itself (a label).
        gold: the accepted answer it was judged by, as the metric read it.
        slice: the part of the predictions that this one also counts in; empty for none. It follows from the
            data alone, never from the answer, so that two models' predictions fall into the same slices.
        parts: further numbers in 0–1, the same names for every judged prediction.
    """

    value: float | None
    reason: str = ""
    read: str = ""
    gold: str = ""
    slice: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)


NO_ANSWERS = Judgement(None, "the data give no accepted answer")
"""What every metric that needs an accepted answer says where there is none."""


class Metric(ABC):
    """One way to judge answers, set up from the recipe's `evaluate` section.

    Class attributes:
        name: as in the registry and in reports.
        describe: one line: what 1.0 means.
        better: which way the mean improves.
        in_slices: the quantities that are also shown in each slice by a column of the data.

    Args:
        section: where the metric's settings come from.

    Raises:
        RecipeError: a setting that the metric needs is missing or wrong; all such problems together.
    """

    name: ClassVar[str]
    describe: ClassVar[str]
    better: ClassVar[Better] = "higher"
    in_slices: ClassVar[tuple[str, ...]] = ()

    def __init__(self, section: EvaluateSection) -> None:
        self.section = section

    @abstractmethod
    def judge(self, prediction: Prediction) -> Judgement:
        """The same prediction always gets the same judgement; no text makes it fail."""

    def judge_all(self, predictions: Sequence[Prediction]) -> list[Judgement]:
        """Judges predictions in order. A metric that must first see them all overrides this."""
        return [self.judge(prediction) for prediction in predictions]

    def quantities(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Quantity]:
        """Numbers over the judged predictions that are no mean of single judgements; by default none.

        Args:
            predictions: those the metric applies to; each quantity has one row for each.
            judgements: theirs, in the same order.
        """
        return {}

    def table(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Any]:
        """Counts for a report, as JSON (a confusion matrix); by default none. Takes what `quantities` takes."""
        return {}


def accepted_answers(prediction: Prediction) -> tuple[str, ...]:
    """The accepted answers that say something: blank ones accept nothing, not the empty answer."""
    return tuple(answer for answer in prediction.answers if answer.strip())
