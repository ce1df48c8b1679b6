"""Every number that is reported about a metric, in the one form from which intervals and differences are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lensmith.evaluation.metrics.contract import Judgement, Metric
from lensmith.evaluation.statistics import Quantity, mean_of
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Aspect:
    """One number about a metric.

    Attributes:
        kind: the mean itself, the mean in a slice, or a further quantity.
        name: of the slice or quantity; empty for the mean.
        rows: the predictions it is over, as places in the judged ones.
        quantity: one row for each of `rows`.
    """

    kind: Literal["mean", "slice", "quantity"]
    name: str
    rows: tuple[int, ...]
    quantity: Quantity

    @property
    def stream(self) -> str:
        """The name of its random stream within the metric."""
        return f"{self.kind} {self.name}"


def aspects(metric: Metric, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> list[Aspect]:
    """The mean, the slices (largest first), the means of the parts, and the metric's own quantities.

    Args:
        metric: what judged.
        predictions: those that the metric applies to.
        judgements: theirs, in the same order.
    """
    values = [judged_value(judgement) for judgement in judgements]
    everything = tuple(range(len(values)))
    found = [Aspect("mean", "", everything, mean_of(values))]
    slices: dict[str, list[int]] = {}
    for at, judgement in enumerate(judgements):
        if judgement.slice:
            slices.setdefault(judgement.slice, []).append(at)
    for name, rows in sorted(slices.items(), key=lambda item: (-len(item[1]), item[0])):
        found.append(Aspect("slice", name, tuple(rows), mean_of([values[at] for at in rows])))
    if judgements:
        for name in judgements[0].parts:
            part = mean_of([judgement.parts[name] for judgement in judgements])
            found.append(Aspect("quantity", name, everything, part))
        for name, quantity in metric.quantities(predictions, judgements).items():
            found.append(Aspect("quantity", name, everything, quantity))
    return found


def judged_value(judgement: Judgement) -> float:
    """The value of a judgement that applies.

    Raises:
        ValueError: it does not apply.
    """
    if judgement.value is None:
        raise ValueError(f"this judgement does not apply: {judgement.reason}")
    return judgement.value
