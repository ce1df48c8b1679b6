"""ROUGE: the n-grams and the longest common subsequence that an answer shares with an accepted one.

The formulas are those of rouge-score 0.1.2 (`rouge1`, `rouge2`, `rougeL`, no stemmer), to which the tests hold them.
Written here because that package keeps only a–z and 0–9, so that every Russian text scores 0, and because its table
for the longest common subsequence takes hours on two texts of 100 kB.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.types import Prediction

KINDS = ("rouge1", "rouge2", "rougeL")
_TOKEN = re.compile(r"[^\W_]+")

Overlap = tuple[float, float, float]
"""F1, precision and recall."""


class Rouge(Metric):
    """ROUGE-L's F1 (Lin 2004, ACL workshop, W04-1013): one sentence, the words in order but not side by side.

    The parts are precision, recall and F1 of ROUGE-1, ROUGE-2 and ROUGE-L, each for the accepted answer with its best
    F1. ROUGE-2 of a text of one word is 0 whatever was answered, so its mean says little where answers are short.
    An accepted answer without letters or digits (an emoji) is compared as it is written.
    """

    name: ClassVar[str] = "rouge"
    describe: ClassVar[str] = "the answer has the words of an accepted one in its order (ROUGE-L F1)"

    def judge(self, prediction: Prediction) -> Judgement:
        """ROUGE-L F1 as the value, everything else as parts."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        given = rouge_tokens(prediction.prediction)
        found = [_overlaps(each, prediction.prediction, given) for each in accepted]
        parts: dict[str, float] = {}
        for at, kind in enumerate(KINDS):
            f1, precision, recall = max(overlaps[at] for overlaps in found)
            parts |= {f"{kind}_precision": precision, f"{kind}_recall": recall, f"{kind}_f1": f1}
        return Judgement(parts["rougeL_f1"], gold=accepted[0], parts=parts)


def rouge_tokens(text: str) -> list[str]:
    """Runs of letters and digits of any script, in lower case; on ASCII what rouge-score takes.

    >>> rouge_tokens("Светло-серый КОТ, 3.5!")
    ['светло', 'серый', 'кот', '3', '5']
    """
    return _TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def _overlaps(accepted: str, answer: str, given: Sequence[str]) -> list[Overlap]:
    """The overlap of each kind.

    Args:
        accepted: the accepted answer.
        answer: the given one.
        given: its tokens.
    """
    from rapidfuzz.distance import LCSseq

    wanted = rouge_tokens(accepted)
    if not wanted:
        return [(float(strict(accepted) == strict(answer)),) * 3] * len(KINDS)
    found = []
    for n in (1, 2):
        grams, others = (Counter(zip(*(tokens[at:] for at in range(n)), strict=False)) for tokens in (wanted, given))
        found.append(_overlap((grams & others).total(), grams.total(), others.total()))
    found.append(_overlap(LCSseq.similarity(wanted, given), len(wanted), len(given)))
    return found


def _overlap(shared: int, wanted: int, given: int) -> Overlap:
    """F1, precision and recall from counts; 0 where nothing is shared."""
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / given, shared / wanted
    return 2 * precision * recall / (precision + recall), precision, recall
