"""Predictions scored: each metric's value with its interval, slices, quantities, and everything that was left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError, Problem, UnknownNameError, suggest
from lensmith.evaluation.aspects import aspects
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Judgement, Metric
from lensmith.evaluation.slicing import check_slices
from lensmith.evaluation.statistics import Estimate, Resampling, estimate
from lensmith.types import Prediction

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class MetricScore:
    """One metric over all predictions.

    Attributes:
        metric: what judged.
        estimate: the mean of the judged predictions.
        slices: the mean within each slice, largest first.
        quantities: the means of the judgements' parts, then the metric's own quantities.
        table: counts for a report; empty for most metrics.
        judgements: one for every prediction, in order, those that do not apply included.
        left_out: why the metric does not apply, to the ids of the predictions concerned.
    """

    metric: Metric
    estimate: Estimate
    slices: Mapping[str, Estimate]
    quantities: Mapping[str, Estimate]
    table: Mapping[str, Any]
    judgements: tuple[Judgement, ...]
    left_out: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """All but the single judgements."""
        return {
            "describe": self.metric.describe,
            "better": self.metric.better,
            **self.estimate.to_json(),
            "slices": {name: each.to_json() for name, each in self.slices.items()},
            "quantities": {name: each.to_json() for name, each in self.quantities.items()},
            "table": dict(self.table),
            "left_out": {reason: {"n": len(ids), "ids": list(ids)} for reason, ids in self.left_out.items()},
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """All metrics over one set of predictions, with what a reader must know to believe them.

    Attributes:
        predictions: as they were scored.
        metrics: by name, in the order they were asked for.
        resampling: seed, confidence and number of resamples of every interval.
    """

    predictions: tuple[Prediction, ...]
    metrics: Mapping[str, MetricScore]
    resampling: Resampling

    def value(self, metric: str) -> float:
        """The mean of one metric.

        Raises:
            UnknownNameError: the predictions were not scored by it.
            DataError: it applies to none of them.
        """
        if metric not in self.metrics:
            found = f"the predictions were not scored by `{metric}`"
            raise UnknownNameError(
                Problem("metric/not-scored", "evaluate.metrics", found, fix=suggest(metric, self.metrics))
            )
        score = self.metrics[metric]
        if score.estimate.value is None:
            reasons = "; ".join(f"{reason}: {len(ids)}" for reason, ids in score.left_out.items())
            raise DataError(
                Problem(
                    "metric/nothing-to-judge",
                    f"metric {metric}",
                    f"applies to none of {len(self.predictions)} predictions ({reasons or 'there are none'})",
                    fix="choose another metric, or give the data what this one needs",
                )
            )
        return score.estimate.value

    @property
    def groups(self) -> int:
        """How many groups the predictions fall into."""
        return len({prediction.group for prediction in self.predictions})

    @property
    def empty(self) -> tuple[str, ...]:
        """The ids of the predictions in which the model said nothing."""
        return tuple(each.id for each in self.predictions if not each.prediction.strip())

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The ids of the predictions that the length limit cut."""
        return tuple(each.id for each in self.predictions if each.finished is False)

    @property
    def finish_unknown(self) -> int:
        """How many predictions do not say whether the model ended them itself."""
        return sum(each.finished is None for each in self.predictions)

    @property
    def duplicates(self) -> dict[str, int]:
        """Ids that occur more than once, with how often; each occurrence is scored."""
        counts = Counter(each.id for each in self.predictions)
        return {id_: times for id_, times in counts.items() if times > 1}

    def to_json(self) -> dict[str, Any]:
        """The scores as one JSON object; fractions are 0–1."""
        return {
            "format": FORMAT_VERSION,
            "n": len(self.predictions),
            "groups": self.groups,
            "seed": self.resampling.seed,
            "confidence": self.resampling.confidence,
            "resamples": self.resampling.resamples,
            "empty": {"n": len(self.empty), "ids": list(self.empty)},
            "unfinished": {"n": len(self.unfinished), "ids": list(self.unfinished), "not_known": self.finish_unknown},
            "duplicates": {"n": len(self.duplicates), "ids": self.duplicates},
            "metrics": {name: each.to_json() for name, each in self.metrics.items()},
        }


def score_predictions(predictions: Sequence[Prediction], section: EvaluateSection, seed: int) -> Scores:
    """Judges every prediction by every metric of `section`; the same input and seed give the same numbers.

    Raises:
        RecipeError: a metric is unknown or cannot work with these settings.
        DataError: no prediction has a column that was asked to slice by.
    """
    check_slices(section.slices, predictions)
    resampling = Resampling(seed, section.confidence, section.resamples)
    metrics = {metric.name: score_metric(metric, predictions, resampling) for metric in build_metrics(section)}
    return Scores(tuple(predictions), metrics, resampling)


def score_metric(metric: Metric, predictions: Sequence[Prediction], resampling: Resampling) -> MetricScore:
    """One metric's judgements and everything computed from them."""
    judgements = tuple(metric.judge_all(predictions))
    left_out: dict[str, list[str]] = {}
    for prediction, judgement in zip(predictions, judgements, strict=True):
        if judgement.value is None:
            left_out.setdefault(judgement.reason, []).append(prediction.id)
    rows = [at for at, judgement in enumerate(judgements) if judgement.value is not None]
    judged, theirs = [predictions[at] for at in rows], [judgements[at] for at in rows]
    estimates: dict[str, dict[str, Estimate]] = {"mean": {}, "slice": {}, "quantity": {}}
    for aspect in aspects(metric, judged, theirs):
        groups = [judged[at].group for at in aspect.rows]
        estimates[aspect.kind][aspect.name] = estimate(aspect.quantity, groups, resampling)
    return MetricScore(
        metric=metric,
        estimate=estimates["mean"][""],
        slices=estimates["slice"],
        quantities=estimates["quantity"],
        table=metric.table(judged, theirs) if judged else {},
        judgements=judgements,
        left_out={reason: tuple(ids) for reason, ids in left_out.items()},
    )
