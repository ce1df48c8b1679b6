"""Questions of yes or no: accuracy, precision, recall and F1 of "yes", and how often the model says it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.metrics.label import share
from lensmith.evaluation.normalise import fold, strict
from lensmith.evaluation.statistics import Quantity
from lensmith.types import Prediction

if TYPE_CHECKING:
    import numpy as np

YES, NO, UNKNOWN = "yes", "no", "unknown"
_WORDS = {"yes": YES, "да": YES, "no": NO, "нет": NO}
_DENIALS = frozenset(["no", "not", "isnt", "arent", "doesnt", "dont", "cannot", "cant", "нет", "не"])
_SENTENCE_END = re.compile(r"[.!?…\n]")


class Pope(Metric):
    """1.0 where a question of yes or no is answered rightly, in English or Russian.

    After POPE (Li et al. 2023, arXiv 2305.10355). It applies where an accepted answer is yes, no, да or нет and nothing
    else. Quantities: `precision`, `recall` and `f1` of yes, `yes_ratio`, the share of answers that say yes (a model
    that sees nothing often says it to everything), and `unknown_rate`, the share that say neither.

    The published script takes whatever contains neither "no" nor "not" for a yes; here that is neither, and wrong.
    `yes_ratio` is of the answers; one widely used harness computes it from the accepted ones.
    """

    name: ClassVar[str] = "pope"
    describe: ClassVar[str] = "a question of yes or no is answered rightly"
    in_slices: ClassVar[tuple[str, ...]] = ("f1", "yes_ratio")

    def judge(self, prediction: Prediction) -> Judgement:
        """Whether the answer says what is accepted."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        golds = [_WORDS[form] for form in map(fold, accepted) if form in _WORDS]
        if not golds:
            return Judgement(None, "no accepted answer is yes or no")
        read = read_yes_or_no(prediction.prediction)
        return Judgement(float(read in golds), read=read, gold=read if read in golds else golds[0])

    def quantities(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Quantity]:
        """Precision, recall and F1 of yes, and how often yes and neither are said."""
        import numpy as np

        said, wanted = (_is(YES, [getattr(each, side) for each in judgements]) for side in ("read", "gold"))
        neither = _is(UNKNOWN, [each.read for each in judgements])
        every = np.ones(len(judgements))
        none = "there are no answers"
        return {
            "precision": share(said & wanted, said, "no answer says yes"),
            "recall": share(said & wanted, wanted, "yes is never the accepted answer"),
            "f1": share(2 * (said & wanted), said * 1 + wanted, "yes is neither said nor accepted anywhere"),
            "yes_ratio": replace(share(said, every, none), better="neither"),
            "unknown_rate": replace(share(neither, every, none), better="lower"),
        }


def read_yes_or_no(answer: str) -> str:
    """What an answer says: yes, no or unknown.

    Its first word decides, where that is one of yes, no, да, нет. Else the first sentence is read: a denial makes it a
    no, and without one a yes in it makes it a yes.

    >>> [read_yes_or_no(text) for text in ("Да, кот.", "There is not a cat", "I think yes", "A cat", "")]
    ['yes', 'no', 'yes', 'unknown', 'unknown']
    """
    sentences = (fold(sentence).split() for sentence in _SENTENCE_END.split(strict(answer)))
    words = next(filter(None, sentences), [])
    if not words:
        return UNKNOWN
    if words[0] in _WORDS:
        return _WORDS[words[0]]
    if not _DENIALS.isdisjoint(words):
        return NO
    return YES if any(_WORDS.get(word) == YES for word in words) else UNKNOWN


def _is(word: str, words: Sequence[str]) -> "np.ndarray":
    """Where `words` is `word` (N,)."""
    import numpy as np

    return np.array([each == word for each in words], dtype=bool)
