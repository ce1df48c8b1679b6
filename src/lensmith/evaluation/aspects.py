"""Every number that is reported about a metric, in the one form from which intervals and differences are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lensmith.evaluation.metrics.contract import Judgement, Metric
from lensmith.evaluation.slicing import group_places, slice_value
from lensmith.evaluation.statistics import Better, Quantity, mean_of
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Aspect:
    """One number about a metric.

    Attributes:
        kind: the mean itself, the mean in a slice, or a further quantity.
        name: of the slice or quantity; empty for the mean.
        rows: the predictions it is over, as places in the judged ones.
        quantity: one row for each of `rows`.
        better: which way it improves.
        title: what a sentence calls it.
    """

    kind: Literal["mean", "slice", "quantity"]
    name: str
    rows: tuple[int, ...]
    quantity: Quantity
    better: Better
    title: str


def aspects(metric: Metric, predictions: Sequence[Prediction], judgements: Sequence[Judgement]) -> list[Aspect]:
    """The mean, the slices (largest first), the means of the parts, and the metric's own quantities.

    Slices are the metric's own, then those by the columns of `evaluate.slices`.

    Args:
        metric: what judged.
        predictions: those that the metric applies to.
        judgements: theirs, in the same order.
    """
    values = [judged_value(judgement) for judgement in judgements]
    everything = tuple(range(len(values)))
    found = [Aspect("mean", "", everything, mean_of(values), metric.better, metric.name)]
    for name, rows in group_places([judgement.slice for judgement in judgements]):
        mean = mean_of([values[at] for at in rows])
        found.append(Aspect("slice", name, rows, mean, metric.better, f"{metric.name} on {name} questions"))
    for column in metric.section.slices:
        for value, rows in group_places([slice_value(prediction, column) for prediction in predictions]):
            found += _slice_aspects(metric, f"{column} = {value}", rows, predictions, judgements)
    if judgements:
        for name in judgements[0].parts:
            part = mean_of([judgement.parts[name] for judgement in judgements])
            found.append(Aspect("quantity", name, everything, part, metric.better, f"{metric.name} {name}"))
        for name, quantity in metric.quantities(predictions, judgements).items():
            found.append(Aspect("quantity", name, everything, quantity, quantity.better, f"{metric.name} {name}"))
    return found


def _slice_aspects(
    metric: Metric,
    name: str,
    rows: tuple[int, ...],
    predictions: Sequence[Prediction],
    judgements: Sequence[Judgement],
) -> list[Aspect]:
    """The mean in a slice, and those of the metric's quantities that it wants to see there."""
    theirs = [judgements[at] for at in rows]
    title = f"{metric.name} where {name}"
    mean = mean_of([judged_value(judgement) for judgement in theirs])
    found = [Aspect("slice", name, rows, mean, metric.better, title)]
    if metric.in_slices:
        quantities = metric.quantities([predictions[at] for at in rows], theirs)
        for each in metric.in_slices:
            if each in quantities:
                part = quantities[each]
                found.append(
                    Aspect("quantity", f"{each} where {name}", rows, part, part.better, f"{each} where {name}")
                )
    return found


def judged_value(judgement: Judgement) -> float:
    """The value of a judgement that applies.

    Raises:
        ValueError: it does not apply.
    """
    if judgement.value is None:
        raise ValueError(f"this judgement does not apply: {judgement.reason}")
    return judgement.value
