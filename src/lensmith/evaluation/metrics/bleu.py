"""BLEU: the share of an answer's word runs that an accepted answer has, less for being shorter than it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.evaluation.statistics import Quantity
from lensmith.types import Prediction

if TYPE_CHECKING:
    import numpy as np

ORDER = 4


class Bleu(Metric):
    """BLEU of each answer as a sentence, with effective order (Papineni et al. 2002, P02-1040); case counts.

    The quantity `corpus` is BLEU of all answers together, the number that papers report. Both are sacrebleu's with the
    signature `case:mixed|eff:yes|tok:13a|smooth:exp`: runs of up to 4 words, or of as many as the longest answer has.
    Its default is eff:no, under which one-word answers score 0 even where each is right; as soon as any answer has four
    words, the two corpus scores are the same number. For short answers and for Russian, chrF tells more.
    """

    name: ClassVar[str] = "bleu"
    describe: ClassVar[str] = "the answer is an accepted one, word by word"

    def judge(self, prediction: Prediction) -> Judgement:
        """Sentence BLEU against all accepted answers together."""
        import numpy as np

        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        return Judgement(float(bleu_score(np.array([_count(prediction)], dtype=float))[0]), gold=accepted[0])

    def quantities(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Quantity]:
        """BLEU of the summed counts."""
        import numpy as np

        return {"corpus": Quantity(np.array([_count(each) for each in predictions], dtype=float), bleu_score)}


def bleu_score(counts_RD: "np.ndarray") -> "np.ndarray":
    """BLEU, 0–1, from [length · accepted length · shared runs of 1 to 4 words · all runs]: (R, 10) to (R,).

    A length of which nothing is shared counts as half a run, the next such one as a quarter (NIST's smoothing,
    method 3 of Chen and Cherry 2014, W14-3346); the score is 0 where nothing is shared at all.
    """
    import numpy as np

    length_R, wanted_R = counts_RD[:, 0], counts_RD[:, 1]
    shared_RN, all_RN = counts_RD[:, 2 : 2 + ORDER], counts_RD[:, 2 + ORDER :]
    there_RN = all_RN > 0
    smoothed_RN = 0.5 ** np.cumsum(there_RN & (shared_RN == 0), axis=1)
    numerator_RN = np.where(shared_RN > 0, shared_RN, smoothed_RN)
    logs_RN = np.log(np.divide(numerator_RN, all_RN, out=np.ones_like(all_RN), where=there_RN))
    mean_R = logs_RN.sum(axis=1) / np.maximum(there_RN.sum(axis=1), 1)
    shorter_R = 1 - np.divide(wanted_R, length_R, out=np.ones_like(wanted_R), where=length_R > 0)
    score_R: np.ndarray = np.exp(mean_R + np.minimum(shorter_R, 0.0))
    return np.where(shared_RN.any(axis=1), score_R, 0.0)


def _count(prediction: Prediction) -> list[int]:
    """What one answer adds to the sums of `bleu_score`."""
    wanted = [strict(each) for each in accepted_answers(prediction)]
    found = _sacrebleu().sentence_score(strict(prediction.prediction), wanted)
    return [found.sys_len, found.ref_len, *found.counts, *found.totals]


@cache
def _sacrebleu() -> Any:
    """What tokenises and counts."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(effective_order=True)
