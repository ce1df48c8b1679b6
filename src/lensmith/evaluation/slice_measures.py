"""The numbers that slices are searched by: the first metric's mean, and what metrics want to see in slices (recall)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.aspects import judged_value
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Judgement, Metric
from lensmith.evaluation.statistics import Better, Quantity, mean_of, ratio
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, and the predictions that it is over.

    Attributes:
        name: of the metric, or of its quantity.
        better: which way it improves.
        predictions: N of them, the last side's, with the first side's columns.
        types: what kind of question the metric tells each to be (N).
        groups: the group of each (N).
        quantities: the number on each side, a ratio of sums with a row for each prediction; the last is the one that
            slices are searched by.
    """

    name: str
    better: Better
    predictions: Sequence[Prediction]
    types: Sequence[str]
    groups: Sequence[str]
    quantities: tuple[Quantity, ...]


def slice_measures(
    sides: Sequence[Sequence[Prediction]], groups: Sequence[str], section: EvaluateSection
) -> list[Measure]:
    """Every number that is a ratio of sums and can be better or worse.

    Args:
        sides: one model's predictions, or two models' on the same questions in the same order.
        groups: the group of each question.
        section: the metrics.

    Raises:
        RecipeError: a metric is unknown or cannot work with these settings.
    """
    found: list[Measure] = []
    for place, metric in enumerate(build_metrics(section)):
        if place and not metric.in_slices:
            continue
        judged = [metric.judge_all(side) for side in sides]
        rows = [at for at in range(len(groups)) if all(side[at].value is not None for side in judged)]
        theirs = [[side[at] for at in rows] for side in judged]
        asked = [[side[at] for at in rows] for side in sides]
        for name, better, quantities in _numbers(metric, asked, theirs, with_mean=place == 0):
            told = [at for at in range(len(rows)) if all(each.contributions[at, 1] > 0 for each in quantities)]
            found.append(
                Measure(
                    name,
                    better,
                    [replace(asked[-1][at], metadata=asked[0][at].metadata) for at in told],
                    [theirs[0][at].slice for at in told],
                    [groups[rows[at]] for at in told],
                    tuple(replace(each, contributions=each.contributions[told]) for each in quantities),
                )
            )
    return [measure for measure in found if measure.better != "neither"]


def _numbers(
    metric: Metric, sides: Sequence[Sequence[Prediction]], judged: Sequence[Sequence[Judgement]], *, with_mean: bool
) -> Iterator[tuple[str, Better, tuple[Quantity, ...]]]:
    """Name, direction and each side's quantity."""
    if with_mean:
        means = tuple(mean_of([judged_value(each) for each in side]) for side in judged)
        yield metric.name, metric.better, means
    if not (metric.in_slices and judged[0]):
        return
    found = [metric.quantities(side, theirs) for side, theirs in zip(sides, judged, strict=True)]
    for name in metric.in_slices:
        quantities = tuple(each[name] for each in found if name in each)
        if len(quantities) == len(sides) and all(each.combine is ratio for each in quantities):
            yield name, quantities[0].better, quantities
