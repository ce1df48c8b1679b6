"""Exact match: the answer is one of the accepted ones."""

from typing import ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import FOLD, STRICT
from lensmith.types import Prediction


class ExactMatch(Metric):
    """1.0 where the answer is an accepted one but for case, punctuation and white space, else 0.0.

    The part `as_written` counts only answers that need no such folding, so the two together tell form from error.
    """

    name: ClassVar[str] = "exact_match"
    describe: ClassVar[str] = "the answer is an accepted one, but for case, punctuation and white space"

    def judge(self, prediction: Prediction) -> Judgement:
        """The best match over all accepted answers."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        answer = prediction.prediction
        written = any(STRICT.agree(each, answer) for each in accepted)
        folded = written or any(FOLD.agree(each, answer) for each in accepted)
        return Judgement(float(folded), gold=accepted[0], parts={"as_written": float(written)})
