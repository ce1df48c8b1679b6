"""Exact match told apart by kind of question: those answered yes or no, and the others."""

from dataclasses import replace
from typing import ClassVar

from lensmith.evaluation.metrics.contract import Judgement
from lensmith.evaluation.metrics.exact_match import ExactMatch
from lensmith.evaluation.normalise import fold
from lensmith.types import Prediction

KINDS = {"yes": "yes/no", "no": "yes/no", "да": "yes/no", "нет": "yes/no", "true": "true/false", "false": "true/false"}
OTHER = "other"


class YesNo(ExactMatch):
    """1.0 where the answer is an accepted one; each question also counts in the slice of its kind.

    The kind is read from the first accepted answer, never from the model's: yes, no, да, нет are `yes/no`;
    true and false, which judge a statement and do not answer a question, are `true/false`; the rest is `other`.
    Chance is one half in the first two, so one mean over all three would hide what was learned.
    """

    name: ClassVar[str] = "yes_no"
    describe: ClassVar[str] = "exact match, told apart into yes/no, true/false and other questions"

    def judge(self, prediction: Prediction) -> Judgement:
        """Exact match, with the slice of the question's kind."""
        judged = super().judge(prediction)
        if judged.value is None:
            return judged
        return replace(judged, slice=KINDS.get(fold(judged.gold), OTHER), parts={})
