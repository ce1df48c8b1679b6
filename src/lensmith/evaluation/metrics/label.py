"""Label accuracy: the answer, read as one of the labels or as unknown, is the right one; with F1 and confusion.

scikit-learn computes these numbers for one set of predictions; intervals need them for thousands of resamples
at once, so they are written here as functions of counts, and the tests hold them to scikit-learn's values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lensmith.config.sections import EvaluateSection
from lensmith.errors import Problem, RecipeError
from lensmith.evaluation.labels import LabelReader, find_label
from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.statistics import Quantity, ratio
from lensmith.types import Prediction

if TYPE_CHECKING:
    import numpy as np

Rate = Literal["precision", "recall", "f1"]


class Label(Metric):
    """1.0 where the answer names the right label, 0.0 where it names another, several or none.

    A prediction whose accepted answers are none of the labels is left out and counted: the labels have a gap there.
    Where several labels are accepted, naming any of them is right and counts in that label's row.

    Quantities, over the classes that occur among the accepted answers (unknown is one where it is accepted):
    `macro_f1`, `macro_precision` and `macro_recall`, plain means; `weighted_f1` and `weighted_precision`, weighted by
    how often a class is accepted (recall weighted so is the accuracy itself); `unknown_rate`, the share of answers
    read as unknown; with `evaluate.positive` also its `precision`, `recall` and `f1`. F1 is
    2·tp / (named + accepted), so it is 0, not undefined, for a class that is never named rightly.
    """

    name: ClassVar[str] = "label"
    describe: ClassVar[str] = "the answer names the right label"
    in_slices: ClassVar[tuple[str, ...]] = ("recall",)

    def __init__(self, section: EvaluateSection) -> None:
        super().__init__(section)
        if not section.labels:
            raise RecipeError(
                Problem(
                    "recipe/labels-missing",
                    "evaluate.labels",
                    "the metric `label` was asked for, but there are no labels",
                    "the classes that answers are read as",
                    fix="list them, for example labels: [zebra, none], or take `label` out of evaluate.metrics",
                )
            )
        self.reader = LabelReader(section.labels, section.unknown)
        self.positive = None if section.positive is None else find_label(section.positive, self.reader.classes)

    def judge(self, prediction: Prediction) -> Judgement:
        """The label read in the answer against the accepted ones."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        golds = [label for label in map(self.reader.accepted, accepted) if label is not None]
        if not golds:
            return Judgement(None, "no accepted answer is one of the labels")
        read = self.reader.read(prediction.prediction)
        return Judgement(float(read in golds), read=read, gold=read if read in golds else golds[0])

    def quantities(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Quantity]:
        """F1 over all classes, the share of unknown answers, and the positive label's precision, recall and F1."""
        gold_N, read_N = self._codes(judgements)
        counts_ND = class_counts(gold_N, read_N, len(self.reader.classes))
        unknown = self.reader.classes.index(self.reader.unknown)
        found = {
            name: Quantity(counts_ND, combine, undefined="no accepted answer is one of the labels")
            for name, combine in OVER_CLASSES.items()
        } | {
            "unknown_rate": replace(share(read_N == unknown, gold_N >= 0, "there are no answers"), better="lower"),
        }
        if self.positive is None:
            return found
        at = self.reader.classes.index(self.positive)
        named, accepted = read_N == at, gold_N == at
        both = named & accepted
        found["precision"] = share(both, named, f"no answer names `{self.positive}`")
        found["recall"] = share(both, accepted, f"`{self.positive}` is never the accepted answer")
        found["f1"] = share(2 * both, named * 1 + accepted, f"`{self.positive}` is neither named nor accepted anywhere")
        return found

    def table(self, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> Mapping[str, Any]:
        """Each class's precision, recall, F1 and counts, and the confusion matrix: rows accepted, columns named."""
        from sklearn.metrics import confusion_matrix

        classes = self.reader.classes
        gold_N, read_N = self._codes(judgements)
        matrix = confusion_matrix(gold_N, read_N, labels=range(len(classes))) if judgements else None
        counts = matrix.tolist() if matrix is not None else [[0] * len(classes) for _ in classes]
        rows = {}
        for at, label in enumerate(classes):
            right, accepted, named = counts[at][at], sum(counts[at]), sum(row[at] for row in counts)
            rows[label] = {
                "precision": right / named if named else None,
                "recall": right / accepted if accepted else None,
                "f1": 2 * right / (named + accepted) if named + accepted else None,
                "right": right,
                "accepted": accepted,
                "named": named,
            }
        return {"positive": self.positive, "classes": rows, "confusion": {"labels": list(classes), "counts": counts}}

    def _codes(self, judgements: Sequence[Judgement]) -> "tuple[np.ndarray, np.ndarray]":
        """Each judgement's accepted and named class, as places in `classes`."""
        import numpy as np

        place = {label: at for at, label in enumerate(self.reader.classes)}
        gold = [place[judgement.gold] for judgement in judgements]
        read = [place[judgement.read] for judgement in judgements]
        return np.array(gold, dtype=int), np.array(read, dtype=int)


def share(part_N: "np.ndarray", whole_N: "np.ndarray", undefined: str) -> Quantity:
    """The sum of `part_N` over the sum of `whole_N`."""
    import numpy as np

    return Quantity(np.column_stack([part_N, whole_N]).astype(float), ratio, undefined=undefined)


def class_counts(gold_N: "np.ndarray", read_N: "np.ndarray", classes: int) -> Any:
    """What each prediction adds to [right · accepted · named] of each class: sparse (N, 3·classes)."""
    import numpy as np
    from scipy import sparse

    n = len(gold_N)
    right_N = np.flatnonzero(gold_N == read_N)
    rows = np.concatenate([right_N, np.arange(n), np.arange(n)])
    columns = np.concatenate([gold_N[right_N], classes + gold_N, 2 * classes + read_N])
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, 3 * classes))


def class_rate(counts_RD: "np.ndarray", rate: Rate) -> "tuple[np.ndarray, np.ndarray]":
    """A rate of each class, NaN for one never accepted, and how often each is accepted: both (R, classes).

    Precision is 0 for a class that is accepted and never named.
    """
    import numpy as np

    right, accepted, named = np.split(counts_RD, 3, axis=1)
    below = {"precision": named, "recall": accepted, "f1": (accepted + named) / 2}[rate]
    found = np.divide(right, below, out=np.zeros_like(right), where=below > 0)
    return np.where(accepted > 0, found, np.nan), accepted


def over_classes(counts_RD: "np.ndarray", rate: Rate, *, weighted: bool) -> "np.ndarray":
    """The mean of a rate over the classes that are accepted somewhere, or over what is accepted (R,)."""
    import numpy as np

    rates, accepted = class_rate(counts_RD, rate)
    weights = accepted if weighted else (accepted > 0) * 1.0
    with np.errstate(invalid="ignore"):
        mean_R: np.ndarray = np.nansum(rates * weights, axis=1) / weights.sum(axis=1)
    return mean_R


def macro_f1(counts_RD: "np.ndarray") -> "np.ndarray":
    """The mean of F1 over the classes that are accepted somewhere (R,)."""
    return over_classes(counts_RD, "f1", weighted=False)


OVER_CLASSES: Mapping[str, Callable[["np.ndarray"], "np.ndarray"]] = {
    "macro_f1": macro_f1,
    "weighted_f1": partial(over_classes, rate="f1", weighted=True),
    "macro_precision": partial(over_classes, rate="precision", weighted=False),
    "macro_recall": partial(over_classes, rate="recall", weighted=False),
    "weighted_precision": partial(over_classes, rate="precision", weighted=True),
}
"""The quantities that sum up all classes, as functions of what `class_counts` counts."""
