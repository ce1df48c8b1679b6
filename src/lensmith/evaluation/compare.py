"""Two sets of predictions on the same questions, compared pair by pair: what was gained, what was lost, how sure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError, Problem
from lensmith.evaluation.aspects import Aspect, aspects, judged_value
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Judgement, Metric
from lensmith.evaluation.normalise import strict
from lensmith.evaluation.slicing import check_slices
from lensmith.evaluation.statistics import Better, Estimate, Resampling, difference, estimate, mcnemar
from lensmith.evaluation.verdict import Verdict, decide
from lensmith.types import Prediction

FORMAT_VERSION = 1
Pair = tuple[Prediction, Prediction]


@dataclass(frozen=True, slots=True)
class Flips:
    """The ids of the pairs by what changed; with scores between 0 and 1, gained is every rise, lost every fall.

    Attributes:
        both_right: the best score before and after.
        gained: better after.
        lost: better before.
        both_wrong: the same score before and after, below the best.
    """

    both_right: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    both_wrong: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Each list with its length."""
        return {name: {"n": len(ids), "ids": list(ids)} for name, ids in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class AspectComparison:
    """One number before and after.

    Attributes:
        before: over the pairs.
        after: over the same pairs.
        difference: after minus before, resampled as pairs.
        p: McNemar's exact p for means; None for other quantities.
        verdict: better, worse or cannot tell, in a sentence.
        flips: which pairs changed, for means.
    """

    before: Estimate
    after: Estimate
    difference: Estimate
    p: float | None
    verdict: Verdict
    flips: Flips | None

    def to_json(self) -> dict[str, Any]:
        """The numbers and the lists."""
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "difference": self.difference.to_json(),
            "mcnemar_p": self.p,
            "verdict": self.verdict.word,
            "sentence": self.verdict.sentence,
            **(self.flips.to_json() if self.flips else {}),
        }


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric on all pairs that it applies to, in each slice, and in each further quantity.

    Attributes:
        metric: what judged.
        mean: over all pairs.
        slices: within each slice.
        quantities: parts and the metric's own.
        left_out: why a pair could not be compared, to the ids.
    """

    metric: Metric
    mean: AspectComparison
    slices: Mapping[str, AspectComparison]
    quantities: Mapping[str, AspectComparison]
    left_out: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """The comparison of this metric."""
        return {
            "describe": self.metric.describe,
            "better": self.metric.better,
            **self.mean.to_json(),
            "slices": {name: each.to_json() for name, each in self.slices.items()},
            "quantities": {name: each.to_json() for name, each in self.quantities.items()},
            "left_out": {reason: {"n": len(ids), "ids": list(ids)} for reason, ids in self.left_out.items()},
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of predictions, paired by id.

    Attributes:
        pairs: how many ids both sides have.
        groups: how many groups the pairs fall into.
        only_before: ids that only the first side has; not compared.
        only_after: ids that only the second side has; not compared.
        metrics: by name, in the order they were asked for.
        resampling: seed, confidence and number of resamples of every interval.
    """

    pairs: int
    groups: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    metrics: Mapping[str, MetricComparison]
    resampling: Resampling

    def to_json(self) -> dict[str, Any]:
        """The comparison as one JSON object; fractions are 0–1."""
        return {
            "format": FORMAT_VERSION,
            "n": self.pairs,
            "groups": self.groups,
            "seed": self.resampling.seed,
            "confidence": self.resampling.confidence,
            "resamples": self.resampling.resamples,
            "only_before": {"n": len(self.only_before), "ids": list(self.only_before)},
            "only_after": {"n": len(self.only_after), "ids": list(self.only_after)},
            "metrics": {name: each.to_json() for name, each in self.metrics.items()},
        }


def compare_predictions(
    before: Sequence[Prediction], after: Sequence[Prediction], section: EvaluateSection, seed: int
) -> Comparison:
    """Compares what two models answered to the same questions, by every metric of `section`.

    Pairs are made by id, and fall into slices by what the first side says of them. Where
    the sides name different groups, those of the side with fewer are used: they make the wider intervals.

    Raises:
        DataError: an id occurs twice on a side, has another question or other answers on the other side, or
            no id is on both sides; all such problems together. Or: no pair has a column that was asked to slice by.
        RecipeError: a metric is unknown or cannot work with these settings.
    """
    metrics = build_metrics(section)
    pairs = [(first, replace(second, metadata=first.metadata)) for first, second in pair_up(before, after)]
    check_slices(section.slices, [first for first, _ in pairs])
    groups = min(
        ([each.group for each in side] for side in zip(*pairs, strict=True)), key=lambda names: len(set(names))
    )
    resampling = Resampling(seed, section.confidence, section.resamples)
    here, there = {each.id for each in before}, {each.id for each in after}
    return Comparison(
        pairs=len(pairs),
        groups=len(set(groups)),
        only_before=tuple(each.id for each in before if each.id not in there),
        only_after=tuple(each.id for each in after if each.id not in here),
        metrics={metric.name: _compare_metric(metric, pairs, groups, resampling) for metric in metrics},
        resampling=resampling,
    )


def _compare_metric(
    metric: Metric, pairs: Sequence[Pair], groups: Sequence[str], resampling: Resampling
) -> MetricComparison:
    """One metric on every pair that it applies to on both sides."""
    befores, afters = ([*side] for side in zip(*pairs, strict=True))
    judged = list(zip(metric.judge_all(befores), metric.judge_all(afters), strict=True))
    left_out: dict[str, list[str]] = {}
    rows = []
    for at, (first, second) in enumerate(judged):
        reason = first.reason if first.value is None else second.reason if second.value is None else None
        if reason is None:
            rows.append(at)
        else:
            left_out.setdefault(reason, []).append(befores[at].id)
    ids, names = [befores[at].id for at in rows], [groups[at] for at in rows]
    sides = [
        aspects(metric, [side[at] for at in rows], [judged[at][place] for at in rows])
        for place, side in enumerate((befores, afters))
    ]
    found: dict[str, dict[str, AspectComparison]] = {"mean": {}, "slice": {}, "quantity": {}}
    for before, after in zip(*sides, strict=True):
        of = [judged[rows[at]] for at in before.rows] if before.kind != "quantity" else []
        flips = _flips([ids[at] for at in before.rows], of, metric.better) if of else None
        compared = _compare_aspect((before, after), flips, [names[at] for at in before.rows], resampling)
        found[before.kind][before.name] = compared
    return MetricComparison(
        metric=metric,
        mean=found["mean"][""],
        slices=found["slice"],
        quantities=found["quantity"],
        left_out={reason: tuple(missing) for reason, missing in left_out.items()},
    )


def _compare_aspect(
    sides: tuple[Aspect, Aspect], flips: Flips | None, groups: Sequence[str], resampling: Resampling
) -> AspectComparison:
    """Both estimates, their paired difference, and what may be said."""
    before, after = (estimate(side.quantity, groups, resampling) for side in sides)
    change = estimate(difference(sides[0].quantity, sides[1].quantity), groups, resampling)
    right_or_wrong = flips is not None and all(side.quantity.proportion for side in sides)
    p = mcnemar(len(flips.gained), len(flips.lost)) if flips is not None and right_or_wrong else None
    verdict = decide(sides[0].title, sides[0].better, (before, after, change), p)
    return AspectComparison(before, after, change, p, verdict, flips)


def _flips(ids: Iterable[str], judged: Iterable[tuple[Judgement, Judgement]], better: Better) -> Flips:
    """Which pairs changed; where lower is better, a fall is a gain."""
    found: dict[str, list[str]] = {"both_right": [], "gained": [], "lost": [], "both_wrong": []}
    for id_, both in zip(ids, judged, strict=True):
        first, second = (judged_value(each) if better != "lower" else 1 - judged_value(each) for each in both)
        same = "both_right" if first == 1.0 else "both_wrong"
        found["gained" if second > first else "lost" if second < first else same].append(id_)
    return Flips(**{name: tuple(members) for name, members in found.items()})


def pair_up(before: Sequence[Prediction], after: Sequence[Prediction]) -> list[Pair]:
    """The predictions of both sides under one id, in the first side's order.

    Raises:
        DataError: an id occurs twice on a side, has another question or other answers on the other side, or
            no id is on both sides; all such problems together.
    """
    problems = [*_repeated("before", before), *_repeated("after", after)]
    other = {each.id: each for each in after}
    pairs = [(each, other[each.id]) for each in before if each.id in other]
    for first, second in pairs:
        for part in ("question", "answers"):
            had, has = _asked(first, part), _asked(second, part)
            if had != has:
                problems.append(
                    Problem(
                        "compare/mismatch",
                        f"id {first.id}",
                        f"the {part} differ: before {had!r}, after {has!r}",
                        "one question and one set of accepted answers under an id",
                        fix="compare predictions of the same data",
                    )
                )
    if not pairs:
        found = f"none of {len(before)} ids before is among the {len(after)} after"
        problems.append(Problem("compare/no-pairs", "ids", found, fix="compare predictions of the same data"))
    if problems:
        raise DataError(problems)
    return pairs


def _asked(prediction: Prediction, part: str) -> str | tuple[str, ...]:
    """The question or the accepted answers, without differences that are only of encoding."""
    if part == "question":
        return strict(prediction.question)
    return tuple(strict(answer) for answer in prediction.answers)


def _repeated(side: str, predictions: Sequence[Prediction]) -> list[Problem]:
    """A problem for each id that stands for more than one prediction."""
    counts = Counter(each.id for each in predictions)
    fix = "give each prediction its own id"
    return [
        Problem("compare/repeated-id", f"{side}, id {id_}", f"stands for {times} predictions", fix=fix)
        for id_, times in counts.items()
        if times > 1
    ]
