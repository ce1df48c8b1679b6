"""ANLS: how near an answer is to an accepted one, letter by letter; nothing below one half."""

from typing import ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.types import Prediction

THRESHOLD = 0.5


class Anls(Metric):
    """1 − (Levenshtein distance / length of the longer text), 0 where that is below 0.5; the best accepted answer.

    Biten et al. 2019 (ST-VQA, arXiv 1905.13648), made for text read off a picture, where a letter may be misread.
    Case and repeated white space are overlooked first. Exactly 0.5 is kept, as the benchmarks' own scripts do,
    though the paper's formula gives 0 there.
    """

    name: ClassVar[str] = "anls"
    describe: ClassVar[str] = "the answer is an accepted one letter by letter, but for case and white space"

    def judge(self, prediction: Prediction) -> Judgement:
        """The similarity to the nearest accepted answer."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        nearness = [similarity(each, prediction.prediction) for each in accepted]
        best = max(range(len(accepted)), key=lambda at: nearness[at])
        return Judgement(nearness[best], gold=accepted[best])


def similarity(accepted: str, answer: str) -> float:
    """The normalised Levenshtein similarity, or 0.0 where it is below 0.5.

    >>> similarity("Москва", "москво"), similarity("кот", "пёс")
    (0.8333333333333334, 0.0)
    """
    from rapidfuzz.distance import Levenshtein

    forms = (" ".join(strict(text).lower().split()) for text in (accepted, answer))
    return Levenshtein.normalized_similarity(*forms, score_cutoff=THRESHOLD)
