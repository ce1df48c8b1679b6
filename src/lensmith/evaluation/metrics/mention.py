"""Mention: does the answer name whom it should, in whatever form and whatever else it says?"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from lensmith.evaluation.aliases import known_names
from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.naming import NameReader
from lensmith.types import Prediction


class Mention(Metric):
    """1.0 where the answer names every subject that an accepted answer names, in any grammatical form.

    Subjects and their names come from the columns `evaluate.subject` and `evaluate.aliases` and from
    `evaluate.subjects`. It applies where an accepted answer names one: "yes" to "Is this Gena?" names nobody.
    What else the answer says is no matter; `leak` sees to that. A name that is denied ("not Gena") is not named.
    """

    name: ClassVar[str] = "mention"
    describe: ClassVar[str] = "the answer names whom the accepted one names"

    def judge(self, prediction: Prediction) -> Judgement:
        """As `judge_all`, with the subjects of this prediction alone."""
        return self.judge_all([prediction])[0]

    def judge_all(self, predictions: Sequence[Prediction]) -> list[Judgement]:
        """Judges each prediction by the subjects of all."""
        reader = NameReader(known_names(self.section, predictions))
        return [_judge(prediction, reader) for prediction in predictions]


def _judge(prediction: Prediction, reader: NameReader) -> Judgement:
    accepted = accepted_answers(prediction)
    if not accepted:
        return NO_ANSWERS
    wanted = [names for names in map(reader.named, accepted) if names]
    if not wanted:
        return Judgement(None, "no accepted answer names a subject")
    said = reader.named(prediction.prediction)
    met = next((names for names in wanted if names <= said), None)
    return Judgement(float(met is not None), read=listed(said), gold=listed(met or wanted[0]))


def listed(names: Iterable[str]) -> str:
    """Names as one text, in an order that does not depend on how they were found."""
    return ", ".join(sorted(names))
