"""The ladder: how much of the distance to an accepted answer is spelling, how much grammar, and how much is error."""

from typing import ClassVar

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import LEVELS
from lensmith.types import Prediction


class Ladder(Metric):
    """1.0 where the answer is an accepted one at the loosest level: the same words in any form.

    The parts are the rungs, strictest first, each 1.0 where an accepted answer agrees at that level. A rung accepts
    what the one before it accepts, so the steps between them say what an answer lacks: spelling, a preposition,
    case, number. What the last rung refuses has other words, or more of them, or fewer.
    """

    name: ClassVar[str] = "ladder"
    describe: ClassVar[str] = "the answer is an accepted one, in any spelling and grammatical form"

    def __init__(self, section: EvaluateSection) -> None:
        super().__init__(section)
        self.levels = tuple(LEVELS.values())

    def judge(self, prediction: Prediction) -> Judgement:
        """Every rung, the last as the value; the best over all accepted answers on each."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        agrees = False
        rungs: dict[str, float] = {}
        for level in self.levels:
            agrees = agrees or any(level.agree(each, prediction.prediction) for each in accepted)
            rungs[level.name] = float(agrees)
        return Judgement(float(agrees), gold=accepted[0], parts=rungs)
