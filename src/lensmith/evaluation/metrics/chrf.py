"""chrF: the runs of characters that an answer shares with an accepted one; kind to endings, so right for Russian.

The formula is sacrebleu's (chrF2 and chrF2++, effective order), to which the tests hold it. Written here as a function
of counts, because intervals need it for thousands of resamples at once.
"""

import string
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.evaluation.statistics import Quantity
from lensmith.types import Prediction

if TYPE_CHECKING:
    import numpy as np

Runs = Counter[str | tuple[str, ...]]
"""How often each run of characters, or of words, occurs."""
CHARACTERS = 6
"""The longest run of characters."""
WORDS = 2
"""The longest run of words, for chrF++."""
_WITHOUT_WORDS = 3 * CHARACTERS
"""The columns of counts that chrF is made of; chrF++ takes them all."""
BETA = 2.0
"""Recall counts so many times as much as precision (Popović 2016, W16-2341)."""


class Chrf(Metric):
    """chrF2 of each answer (Popović 2015, W15-3049), the best over all accepted answers; case counts.

    The part `plus_plus` is chrF2++ (Popović 2017, W17-4770), which also looks at words and pairs of words. The
    quantities `corpus` and `corpus_plus_plus` are of the counts of all answers together, as papers report them: long
    answers weigh more there than in the mean.
    """

    name: ClassVar[str] = "chrf"
    describe: ClassVar[str] = "the answer is an accepted one, character by character"

    def judge(self, prediction: Prediction) -> Judgement:
        """chrF against the nearest accepted answer."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        counts_AD = _counts(prediction.prediction, accepted)
        scores_A = f_score(counts_AD[:, :_WITHOUT_WORDS])
        best = int(scores_A.argmax())
        plus = float(f_score(counts_AD).max())
        return Judgement(float(scores_A[best]), gold=accepted[best], parts={"plus_plus": plus})

    def quantities(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Quantity]:
        """chrF and chrF++ of the summed counts, each of the accepted answer with the best score, the first if equal."""
        import numpy as np

        counts = [_counts(each.prediction, accepted_answers(each)) for each in predictions]
        columns = {"corpus": _WITHOUT_WORDS, "corpus_plus_plus": None}
        return {
            name: Quantity(np.array([each[f_score(each[:, :last]).argmax(), :last] for each in counts]), f_score)
            for name, last in columns.items()
        }


def f_score(counts_RD: "np.ndarray") -> "np.ndarray":
    """chrF, 0–1, of [in the answer · in the accepted · in both] for each length of run: (R, 3·lengths) to (R,).

    Precision and recall are each averaged over the lengths that both sides have.
    """
    import numpy as np

    given_RL, wanted_RL, both_RL = counts_RD[:, 0::3], counts_RD[:, 1::3], counts_RD[:, 2::3]
    there_RL = (given_RL > 0) & (wanted_RL > 0)
    lengths_R = np.maximum(there_RL.sum(axis=1), 1)
    precision_R = np.divide(both_RL, given_RL, out=np.zeros_like(both_RL), where=there_RL).sum(axis=1) / lengths_R
    recall_R = np.divide(both_RL, wanted_RL, out=np.zeros_like(both_RL), where=there_RL).sum(axis=1) / lengths_R
    weight = BETA**2
    below_R = weight * precision_R + recall_R
    over_R = (1 + weight) * precision_R * recall_R
    score_R: np.ndarray = np.divide(over_R, below_R, out=np.zeros_like(below_R), where=below_R > 0)
    return score_R


def _counts(answer: str, accepted: Sequence[str]) -> "np.ndarray":
    """What `f_score` takes, for each accepted answer (A, 3·lengths): runs of characters, then runs of words."""
    import numpy as np

    given = _runs(answer)
    return np.array([_count(given, _runs(each)) for each in accepted], dtype=float)


@lru_cache(maxsize=256)
def _runs(text: str) -> tuple[Runs, ...]:
    """How often each run of 1 to 6 characters occurs, then each run of 1 and 2 words; white space left out."""
    written = strict(text)
    letters = "".join(written.split())
    words = tuple(token for word in written.split() for token in _split_sign(word))
    characters = (_count_runs(letters, length) for length in range(1, CHARACTERS + 1))
    return (*characters, *(_count_runs(words, length) for length in range(1, WORDS + 1)))


def _count_runs(units: str | tuple[str, ...], length: int) -> Runs:
    return Counter(units[at : at + length] for at in range(len(units) - length + 1))


def _split_sign(word: str) -> list[str]:
    """A word and the one ASCII sign at its end, else at its beginning, apart."""
    if len(word) > 1 and word[-1] in string.punctuation:
        return [word[:-1], word[-1]]
    if len(word) > 1 and word[0] in string.punctuation:
        return [word[0], word[1:]]
    return [word]


def _count(given: Sequence[Runs], wanted: Sequence[Runs]) -> list[int]:
    """For each length of run how many the answer has, the accepted one has, and both have."""
    counts = []
    for runs, others in zip(given, wanted, strict=True):
        counts += [runs.total() if others else 0, others.total(), (runs & others).total()]
    return counts
