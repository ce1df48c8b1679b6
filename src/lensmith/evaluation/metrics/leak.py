"""Leak: does the answer name somebody else, whose name was learned and is now given to others?"""

from collections.abc import Sequence
from typing import ClassVar

from lensmith.evaluation.aliases import known_names
from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.metrics.mention import listed
from lensmith.evaluation.naming import NameReader
from lensmith.evaluation.statistics import Better
from lensmith.evaluation.subjects import find_subjects
from lensmith.types import Prediction


class Leak(Metric):
    """1.0 where the answer names another subject than the question is about: the lower the mean, the better.

    Another subject is one that neither the data (`evaluate.subject`) nor an accepted answer of this question names.
    Subjects and their names are those of `mention`; it takes two for one to be mistaken for the other. `read` says
    whose names leaked.
    """

    name: ClassVar[str] = "leak"
    describe: ClassVar[str] = "the answer names another subject (lower is better)"
    better: ClassVar[Better] = "lower"

    def judge(self, prediction: Prediction) -> Judgement:
        """As `judge_all`, with the subjects of this prediction alone."""
        return self.judge_all([prediction])[0]

    def judge_all(self, predictions: Sequence[Prediction]) -> list[Judgement]:
        """Judges each prediction by the subjects of all."""
        names = known_names(self.section, predictions)
        if len(names) < 2:
            alone = Judgement(None, "the data and evaluate.subjects name fewer than two subjects")
            return [alone if accepted_answers(each) else NO_ANSWERS for each in predictions]
        columns, reader = find_subjects(self.section, predictions), NameReader(names)
        return [_judge(each, columns.subject_of(each) if columns else "", reader) for each in predictions]


def _judge(prediction: Prediction, subject: str, reader: NameReader) -> Judgement:
    accepted = accepted_answers(prediction)
    if not accepted:
        return NO_ANSWERS
    meant = set().union(*map(reader.named, (subject, *accepted)))
    others = reader.named(prediction.prediction) - meant
    return Judgement(float(bool(others)), read=listed(others), gold=listed(meant))
