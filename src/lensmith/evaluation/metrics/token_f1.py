"""Token F1: how much of the accepted answer's words the answer has, and how much else."""

import re
import string
import unicodedata
from collections import Counter
from typing import ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.types import Prediction

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_ASCII_SIGNS = frozenset(string.punctuation)

Overlap = tuple[float, float, float]
"""F1, precision and recall."""


class TokenF1(Metric):
    """The harmonic mean of precision and recall over words, as a bag; the best over all accepted answers.

    Rajpurkar et al. 2016 (SQuAD, arXiv 1606.05250). On ASCII text it is their number. Beyond it, punctuation of every
    script is removed too, and an accepted answer of which that leaves nothing is compared as it is written.
    The parts `precision` and `recall` are those of the accepted answer with the best F1.
    """

    name: ClassVar[str] = "token_f1"
    describe: ClassVar[str] = "the answer has exactly the words of an accepted one, in any order"

    def judge(self, prediction: Prediction) -> Judgement:
        """F1 against the accepted answer that is nearest by it."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        overlaps = [_overlap(each, prediction.prediction) for each in accepted]
        best = max(range(len(accepted)), key=lambda at: overlaps[at])
        f1, precision, recall = overlaps[best]
        return Judgement(f1, gold=accepted[best], parts={"precision": precision, "recall": recall})


def squad_words(text: str) -> list[str]:
    """The words by which SQuAD compares: lower case, no punctuation, no English articles.

    Signs vanish without leaving a gap, as published: "3.5" becomes "35".

    >>> squad_words("The «Светло-серый» cat!"), squad_words("3.5")
    (['светлосерый', 'cat'], ['35'])
    """
    lower = unicodedata.normalize("NFC", text).lower()
    kept = "".join(sign for sign in lower if sign not in _ASCII_SIGNS and unicodedata.category(sign)[0] != "P")
    return _ARTICLE.sub(" ", kept).split()


def _overlap(accepted: str, answer: str) -> Overlap:
    """The overlap of two answers as bags of words."""
    words, given = squad_words(accepted), squad_words(answer)
    if not words:
        same = float(strict(accepted) == strict(answer))
        return same, same, same
    shared = (Counter(words) & Counter(given)).total()
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(given), shared / len(words)
    return 2 * precision * recall / (precision + recall), precision, recall
