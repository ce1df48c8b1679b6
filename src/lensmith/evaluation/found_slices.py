"""The slices in which a model is worse than in the rest, found without being asked for.

Everything that predictions can be sliced by is looked at. A slice is called worse only if it would be among so many
by chance in fewer draws than the level allows (Holm). Worst is the one whose gap is surely largest: the end of its
interval that is nearest to 0 decides, so that a handful of predictions does not come before a clear failure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lensmith.config.sections import EvaluateSection
from lensmith.data.looks import Looks
from lensmith.evaluation.compare import pair_up
from lensmith.evaluation.correction import holm
from lensmith.evaluation.gaps import Flags, Gap, Places, Rate, measure_gap
from lensmith.evaluation.slice_columns import slice_columns
from lensmith.evaluation.slice_measures import Measure, slice_measures
from lensmith.evaluation.slicing import group_places
from lensmith.evaluation.statistics import Estimate, Resampling, estimate
from lensmith.evaluation.verdict import Verdict, decide_slice
from lensmith.types import Prediction

LEAST_PREDICTIONS = 10
LEAST_GROUPS = 6
"""Smaller slices, and slices that leave less than this, are not looked at: nothing could be said of them."""

MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class FoundSlice:
    """A slice that is below the rest.

    Attributes:
        metric: the metric, or the quantity of it, that is low here.
        column: what the predictions are sliced by.
        value: which of them these are.
        n: how many count (for recall: those with the positive answer).
        groups: how many groups they fall into.
        rest: the number over all others.
        before: the number here before training; None where there is but one model.
        after: the number here.
        gap: after less rest.
        adjusted_p: that so large a gap, either way, shows among so many slices by chance.
        verdict: worse or cannot tell, in a sentence.
    """

    metric: str
    column: str
    value: str
    n: int
    groups: int
    rest: Estimate
    before: Estimate | None
    after: Estimate
    gap: Estimate
    adjusted_p: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """The finding; `before` only where there is one."""
        before = {} if self.before is None else {"before": self.before.to_json()}
        return {
            "metric": self.metric,
            "column": self.column,
            "value": self.value,
            "n": self.n,
            "groups": self.groups,
            "rest": self.rest.to_json(),
            **before,
            "after": self.after.to_json(),
            "gap": self.gap.to_json(),
            "adjusted_p": self.adjusted_p,
            "verdict": self.verdict.word,
            "sentence": self.verdict.sentence,
        }


@dataclass(frozen=True, slots=True)
class SliceSearch:
    """What was found, and what was looked at.

    Attributes:
        findings: at most `MOST_LISTED`, worst first.
        below: how many slices are below the rest, listed or not.
        tested: how many were looked at; the correction counts them all.
        too_small: how many were not, being too small or leaving too little.
        same: how many were not, having the members of one that was, or all others.
        columns: by which slices were made.
        columns_left_out: column to the reason.
    """

    findings: tuple[FoundSlice, ...]
    below: int
    tested: int
    too_small: int
    same: int
    columns: tuple[str, ...]
    columns_left_out: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The findings, and beside them how they were found."""
        return {
            "found_slices": [each.to_json() for each in self.findings],
            "slice_search": {
                "correction": "Holm",
                "below": self.below,
                "tested": self.tested,
                "too_small": self.too_small,
                "same": self.same,
                "columns": list(self.columns),
                "columns_left_out": dict(self.columns_left_out),
            },
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A slice that is looked at: which rows of the measure it has, and how far it lies from the rest."""

    measure: Measure
    column: str
    value: str
    inside: Flags
    gap: Gap

    @property
    def is_below(self) -> bool:
        """True where the slice is on the worse side of the rest."""
        return self.gap.value < 0 if self.measure.better == "higher" else self.gap.value > 0

    def surely(self, confidence: float) -> float:
        """How far it is below the rest at least; less than 0 where it may be above."""
        interval = self.gap.interval(confidence)
        return -interval.high if self.measure.better == "higher" else interval.low


@dataclass
class _Looked:
    """What a search has come by so far."""

    candidates: list[_Candidate] = field(default_factory=list)
    too_small: int = 0
    same: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    columns_left_out: dict[str, str] = field(default_factory=dict)


def find_slices(
    predictions: Sequence[Prediction],
    section: EvaluateSection,
    seed: int,
    looks: Mapping[str, Looks] | None = None,
    before: Sequence[Prediction] | None = None,
) -> SliceSearch:
    """Looks for slices in which the first metric of `section`, or recall, is lower than in the rest.

    Args:
        predictions: of the model in question.
        section: the metrics; columns named in its `slices` come first.
        seed: of the intervals.
        looks: prediction id to what its picture looks like.
        before: what another model answered to the same questions; only common ones are looked at then.

    Raises:
        DataError: `before` is not about the same questions.
        RecipeError: a metric is unknown or cannot work with these settings.
    """
    pairs = [(each,) for each in predictions] if before is None else pair_up(before, predictions)
    sides = [list(side) for side in zip(*pairs, strict=True)]
    groups = min(([each.group for each in side] for side in sides), key=lambda names: len(set(names)), default=[])
    looked = _Looked()
    for measure in slice_measures(sides, groups, section) if sides else ():
        _look(measure, looks or {}, section, looked)
    adjusted = holm([each.gap.p for each in looked.candidates])
    below = [(each, p) for each, p in zip(looked.candidates, adjusted, strict=True) if each.is_below]
    level = 1 - section.confidence
    below.sort(key=lambda item: (item[1] >= level, -item[0].surely(section.confidence), item[0].value))
    resampling = Resampling(seed, section.confidence, section.resamples)
    return SliceSearch(
        findings=tuple(_finding(each, p, len(adjusted), resampling) for each, p in below[:MOST_LISTED]),
        below=len(below),
        tested=len(adjusted),
        too_small=looked.too_small,
        same=looked.same,
        columns=tuple(looked.columns),
        columns_left_out=looked.columns_left_out,
    )


def _look(measure: Measure, looks: Mapping[str, Looks], section: EvaluateSection, looked: _Looked) -> None:
    """Adds every slice of one measure that is large enough, each set of members once."""
    columns = slice_columns(measure.predictions, measure.types, looks, section.slices)
    looked.columns |= dict.fromkeys(column.name for column in columns.columns)
    looked.columns_left_out |= columns.left_out
    places = {name: at for at, name in enumerate(dict.fromkeys(measure.groups))}
    groups_N = np.array([places[group] for group in measure.groups], dtype=np.int64)
    parts_N, wholes_N = measure.quantities[-1].contributions.T
    rate = Rate(parts_N, wholes_N, groups_N)
    met: dict[bytes, int] = {}
    for column in columns.columns:
        for value, rows in group_places(column.values):
            inside_N = np.zeros(len(groups_N), dtype=bool)
            inside_N[list(rows)] = True
            if not (_is_enough(groups_N[inside_N]) and _is_enough(groups_N[~inside_N])):
                looked.too_small += 1
                continue
            candidate = _Candidate(measure, column.name, value, inside_N, measure_gap(rate, inside_N))
            members = min(inside_N.tobytes(), (~inside_N).tobytes())
            if members not in met:
                met[members] = len(looked.candidates)
                looked.candidates.append(candidate)
                continue
            looked.same += 1
            if candidate.is_below and not looked.candidates[met[members]].is_below:
                looked.candidates[met[members]] = candidate


def _is_enough(groups_N: Places) -> bool:
    return len(groups_N) >= LEAST_PREDICTIONS and len(np.unique(groups_N)) >= LEAST_GROUPS


def _finding(found: _Candidate, p: float, tested: int, resampling: Resampling) -> FoundSlice:
    """The slice with all its numbers."""
    measure, inside_N = found.measure, found.inside

    def number(side: int, rows_N: Flags) -> Estimate:
        quantity = measure.quantities[side]
        chosen = replace(quantity, contributions=quantity.contributions[rows_N])
        return estimate(chosen, [measure.groups[at] for at in np.flatnonzero(rows_N).tolist()], resampling)

    after, rest = number(-1, inside_N), number(-1, ~inside_N)
    before = number(0, inside_N) if len(measure.quantities) > 1 else None
    interval = found.gap.interval(resampling.confidence)
    gap = Estimate(len(inside_N), len(set(measure.groups)), found.gap.value, interval)
    where = f"{measure.name} where {found.column} = {found.value}"
    verdict = decide_slice(where, (before, after, rest, gap), p, tested)
    return FoundSlice(
        measure.name, found.column, found.value, after.n, after.groups, rest, before, after, gap, p, verdict
    )
