"""The slices in which a model is worse than in the rest, found without being asked for.

Everything that predictions can be sliced by is looked at. A slice is called worse only if it would be among so many
by chance in fewer draws than the level allows (Holm). Worst is the one whose gap is surely largest: the end of its
interval that is nearest to 0 decides, so that a handful of predictions does not come before a clear failure.

Where several slices fail, each hides the others: the rest that one is held against holds them. So the worst slice is
set aside and the search goes on among all others, as long as something is found. A search that would find nothing
in the first round ends there, so the chance of a false alarm where nothing is worse is that of one round.
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

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FoundSlice:
    """A slice that is below the rest.

    Attributes:
        metric: the metric, or the quantity of it, that is low here.
        column: what the predictions are sliced by.
        value: which of them these are.
        apart_from: worse slices that were set aside: their members count neither here nor in the rest.
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
    apart_from: tuple[str, ...]
    n: int
    groups: int
    rest: Estimate
    before: Estimate | None
    after: Estimate
    gap: Estimate
    adjusted_p: float
    verdict: Verdict

    @property
    def surely(self) -> float:
        """How far it is at least from the rest, on the worse side; below 0 where it may be as good."""
        if self.gap.value is None or self.gap.interval is None:
            return -1.0
        return -self.gap.interval.high if self.gap.value < 0 else self.gap.interval.low

    def to_json(self) -> dict[str, Any]:
        """The finding; `before` only where there is one."""
        before = {} if self.before is None else {"before": self.before.to_json()}
        return {
            "metric": self.metric,
            "column": self.column,
            "value": self.value,
            "apart_from": list(self.apart_from),
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
        findings: at most `MOST_LISTED`: the worst of each round, then others that are worse, then those that may be;
            each kind worst first.
        below: how many slices are below the rest in the first round, listed or not.
        tested: how many were looked at in that round; the correction counts them all.
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
    """A slice that is looked at.

    Attributes:
        measure: what is measured.
        rate: the same, as numbers.
        column: what the predictions are sliced by.
        value: which of them these are.
        inside: which rows of the measure are in the slice.
        outside: which are in the rest.
        apart_from: slices whose members are in neither.
        gap: how far the slice lies from the rest.
        p: of the gap.
    """

    measure: Measure
    rate: Rate
    column: str
    value: str
    inside: Flags
    outside: Flags
    apart_from: tuple[str, ...]
    gap: Gap
    p: float

    @property
    def name(self) -> str:
        """As a sentence calls it."""
        return f"{self.column} = {self.value}"

    @property
    def key(self) -> _Key:
        """Which slice of which number this is, whatever has been set aside."""
        return self.measure.name, self.column, self.value

    @property
    def is_below(self) -> bool:
        """True where the slice is on the worse side of the rest."""
        return self.gap.value < 0 if self.measure.better == "higher" else self.gap.value > 0

    def surely(self, confidence: float) -> float:
        """How far it is below the rest at least; less than 0 where it may be above."""
        low, high = self.gap.exact_ends((1 - confidence) / 2)
        return -high if self.measure.better == "higher" else low


@dataclass(frozen=True, slots=True)
class _Judged:
    """A slice with its p among all that its round looked at, and how many those were."""

    candidate: _Candidate
    adjusted_p: float
    tested: int


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
    resampling = Resampling(seed, section.confidence, section.resamples)
    findings: list[FoundSlice] = []
    for kind in _search(looked.candidates, section.confidence):
        theirs = [_finding(each, resampling) for each in kind[: MOST_LISTED - len(findings)]]
        findings += sorted(theirs, key=lambda each: -each.surely)
    return SliceSearch(
        findings=tuple(findings),
        below=sum(each.is_below for each in looked.candidates),
        tested=len(looked.candidates),
        too_small=looked.too_small,
        same=looked.same,
        columns=tuple(looked.columns),
        columns_left_out=looked.columns_left_out,
    )


def _search(candidates: list[_Candidate], confidence: float) -> tuple[list[_Judged], ...]:
    """The worst slices of each round, all others that are worse, and those that may be; each kind worst first."""
    worst: dict[_Key, _Judged] = {}
    worse: dict[_Key, _Judged] = {}
    while True:
        adjusted = holm([each.p for each in candidates])
        judged = [_Judged(each, p, len(candidates)) for each, p in zip(candidates, adjusted, strict=True)]
        below = [each for each in judged if each.candidate.is_below]
        found = [each for each in below if each.adjusted_p < 1 - confidence]
        aside = _worst(found, confidence)
        worst |= {each.candidate.key: each for each in aside.values()}
        worse = {each.candidate.key: each for each in found} | worse
        if not found or len(worst) >= MOST_LISTED:
            break
        unnamed = (each for each in candidates if each.key not in worst)
        kept = (_without(each, aside.get(each.measure.name)) for each in unnamed)
        candidates = [each for each in kept if each is not None]
    others = [each for key, each in worse.items() if key not in worst]
    left = [each for each in below if each.candidate.key not in worse]
    return tuple(sorted(kind, key=lambda each: _rank(each, confidence)) for kind in (worst.values(), others, left))


def _worst(found: Sequence[_Judged], confidence: float) -> dict[str, _Judged]:
    """Of each measure the slice that is surely furthest below its rest, by the name of the measure.

    Where slices have most of their members in common, as those of dark pictures and of pictures taken at night, it is
    the one that is looked at first: what the data say comes before what was measured.
    """
    worst: dict[str, _Judged] = {}
    for each in sorted(found, key=lambda each: _rank(each, confidence)):
        worst.setdefault(each.candidate.measure.name, each)
    return {
        name: next(
            other
            for other in found
            if other.candidate.measure.name == name and _alike(each.candidate.inside, other.candidate.inside)
        )
        for name, each in worst.items()
    }


def _alike(one_N: Flags, other_N: Flags) -> bool:
    """True where what both have is at least half of what either has."""
    return 2 * int((one_N & other_N).sum()) >= int((one_N | other_N).sum())


def _rank(judged: _Judged, confidence: float) -> tuple[float, str]:
    return -judged.candidate.surely(confidence), judged.candidate.value


def _without(found: _Candidate, worst: _Judged | None) -> _Candidate | None:
    """The slice and its rest without another slice's members; None where too little is left."""
    if worst is None:
        return found
    kept_N = ~worst.candidate.inside
    inside_N, outside_N = found.inside & kept_N, found.outside & kept_N
    apart_from = (*found.apart_from, worst.candidate.name)
    return _candidate(found.measure, found.rate, (found.column, found.value), (inside_N, outside_N), apart_from)


def _candidate(
    measure: Measure, rate: Rate, name: tuple[str, str], rows: tuple[Flags, Flags], apart_from: tuple[str, ...] = ()
) -> _Candidate | None:
    """A slice by column and value, held against its rest; None where either is too small."""
    inside_N, outside_N = rows
    if not (_is_enough(rate.groups[inside_N]) and _is_enough(rate.groups[outside_N])):
        return None
    kept_N = inside_N | outside_N
    gap = measure_gap(Rate(rate.parts[kept_N], rate.wholes[kept_N], rate.groups[kept_N]), inside_N[kept_N])
    return _Candidate(measure, rate, *name, inside_N, outside_N, apart_from, gap, gap.p)


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
            candidate = _candidate(measure, rate, (column.name, value), (inside_N, ~inside_N))
            if candidate is None:
                looked.too_small += 1
                continue
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


def _finding(judged: _Judged, resampling: Resampling) -> FoundSlice:
    """The slice with all its numbers."""
    found, p = judged.candidate, judged.adjusted_p
    measure, inside_N = found.measure, found.inside

    def number(side: int, rows_N: Flags) -> Estimate:
        quantity = measure.quantities[side]
        chosen = replace(quantity, contributions=quantity.contributions[rows_N])
        return estimate(chosen, [measure.groups[at] for at in np.flatnonzero(rows_N).tolist()], resampling)

    after, rest = number(-1, inside_N), number(-1, found.outside)
    before = number(0, inside_N) if len(measure.quantities) > 1 else None
    interval = found.gap.interval(after.interval, rest.interval) if after.interval and rest.interval else None
    both_N = found.rate.groups[inside_N | found.outside]
    gap = Estimate(len(both_N), len(np.unique(both_N)), found.gap.value, interval)
    apart = f", apart from {' and '.join(found.apart_from)}," if found.apart_from else ""
    where = f"{measure.name} where {found.name}{apart}"
    verdict = decide_slice(where, (before, after, rest, gap), p, judged.tested)
    return FoundSlice(
        measure.name, found.column, found.value, found.apart_from, after.n, after.groups, rest, before, after, gap, p,
        verdict,
    )  # fmt: skip
