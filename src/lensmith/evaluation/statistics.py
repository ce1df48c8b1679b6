"""Numbers that say how sure they are: Wilson, McNemar, and a bootstrap that resamples whole groups.

Questions on one picture are not independent, so a group (usually the picture) is resampled as a whole and
every statistic is a function of sums over groups. What cannot be known is said in words, never as NaN.

The bootstrap gives the spread, `intervals` makes the interval of it. `bench/coverage.py` measures how often such
intervals hold the truth; docs/statistics.md has its figures.

Axes: N predictions, G groups, R resamples, D sums that a statistic is made of, U distinct rows of sums.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from lensmith.evaluation.intervals import Interval as Interval
from lensmith.evaluation.intervals import Spread, agreeing, join
from lensmith.evaluation.intervals import wilson as wilson
from lensmith.evaluation.resampling import Resampling as Resampling
from lensmith.evaluation.resampling import (
    Rows,
    dense,
    find_rows,
    not_zero,
    pulls,
    rarer_side,
    resample,
    sum_by_group,
    variance_alike,
)

if TYPE_CHECKING:
    import numpy as np

Better = Literal["higher", "lower", "neither"]
"""Which way a number improves; `neither` for one that only describes (how often the answer is yes)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over n predictions with its interval; where either is None, `reason` says why.

    Attributes:
        n: the predictions it is over.
        groups: the groups they fall into.
        value: the number, 0–1 for scores, −1–1 for differences.
        interval: None when the data cannot tell.
        reason: why `value` or `interval` is None; else empty.
        correct: how many scored 1, where every prediction scored 0 or 1.
    """

    n: int
    groups: int
    value: float | None
    interval: Interval | None
    reason: str = ""
    correct: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON, without those that do not apply."""
        row = asdict(self)
        return {key: row[key] for key in row if row[key] is not None or key in ("value", "interval")}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that is a function of sums over predictions, which is what can be resampled by group.

    Attributes:
        contributions: what each prediction adds to the sums (N, D): a numpy array or a scipy sparse array.
        combine: sums (R, D) to numbers (R,); NaN where the number is not defined.
        bounds: the smallest and the largest number there can be.
        undefined: why it is not defined when the sums leave it so, in words.
        proportion: True for a mean of scores that are all 0 or 1.
        better: which way it improves.
        evidence: what must not sum to 0 in a group for it to count as one with evidence (N, any);
            None: the contributions themselves.
        changes: of a difference of two ratios with the same wholes: what each prediction gained, what it lost, and
            its whole (N, 3); None for all others.
    """

    contributions: Any
    combine: "Callable[[np.ndarray], np.ndarray]"
    bounds: tuple[float, float] = (0.0, 1.0)
    undefined: str = "not defined on these predictions"
    proportion: bool = False
    better: Better = "higher"
    evidence: Any = None
    changes: "np.ndarray | None" = None


def mean_of(values: Sequence[float]) -> Quantity:
    """The mean as a ratio of sums, so that groups of unequal size count by their predictions."""
    import numpy as np

    values_N = np.asarray(values, dtype=float)
    whole = bool(np.isin(values_N, (0.0, 1.0)).all())
    return Quantity(np.column_stack([values_N, np.ones(len(values_N))]), ratio, proportion=whole)


def ratio(sums_RD: "np.ndarray") -> "np.ndarray":
    """First sum over second; NaN where the second is 0."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums_RD[:, 1] == 0, np.nan, sums_RD[:, 0] / sums_RD[:, 1])


def difference(before: Quantity, after: Quantity) -> Quantity:
    """After minus before, on the same predictions in the same order: each resample draws both alike.

    Its groups with evidence are those in which anything changed.
    """
    import numpy as np
    from scipy import sparse

    parts = [before.contributions, after.contributions]
    stacked = sparse.hstack(parts, format="csr") if sparse.issparse(parts[0]) else np.hstack(parts)
    width = parts[0].shape[1]
    span = before.bounds[1] - before.bounds[0]
    return Quantity(
        stacked,
        lambda sums_RD: after.combine(sums_RD[:, width:]) - before.combine(sums_RD[:, :width]),
        (-span, span),
        before.undefined,
        evidence=abs(parts[1] - parts[0]),
        changes=_changes(before, after),
    )


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p that as many pairs change one way by chance (McNemar 1947); 1.0 when none changed.

    Pairs are taken as independent; read it beside the interval that resamples groups.

    >>> round(mcnemar(138, 86), 6)
    0.000623
    """
    from scipy.stats import binomtest

    changed = gained + lost
    return float(binomtest(gained, changed, 0.5).pvalue) if changed else 1.0


def estimate(quantity: Quantity, groups: Sequence[str], resampling: Resampling) -> Estimate:
    """The quantity over all predictions, with an interval from resampling whole groups with replacement.

    A share of units (predictions, or those that precision or recall count), each in a group of its own, gets
    Wilson's interval instead. Groups that add nothing (for precision: those where nothing was called positive) are
    left out of the resampling: they carry no evidence. Neither the order of the predictions nor the names of the
    groups change the result.

    Args:
        quantity: N rows.
        groups: N names, in the same order.
        resampling: seed, confidence, number of resamples.
    """
    import numpy as np

    n = quantity.contributions.shape[0]
    if n == 0:
        return Estimate(0, 0, None, None, "no prediction to judge")
    sums_GD = sum_by_group(quantity.contributions, groups)
    count = sums_GD.shape[0]
    total_1D = dense(sums_GD.sum(axis=0)).reshape(1, -1)
    value = float(quantity.combine(total_1D)[0])
    if np.isnan(value):
        return Estimate(n, count, None, None, quantity.undefined)
    correct = round(float(total_1D[0, 0])) if quantity.proportion else None
    told_GD = sums_GD[not_zero(sums_GD)]
    if told_GD.shape[0] < 2:
        reason = "all evidence is in one group, which has nothing to vary against"
        return Estimate(n, count, value, None, reason, correct)
    ends = _ends(quantity, told_GD, groups, resampling)
    if ends is None:
        return Estimate(n, count, value, None, f"{quantity.undefined} in most resamples", correct)
    evident = told_GD.shape[0]
    if quantity.evidence is not None:
        evident = len(not_zero(sum_by_group(quantity.evidence, groups)))
    method, low, high = ends
    return Estimate(n, count, value, Interval(low, high, resampling.confidence, method, evident), correct=correct)


def _ends(
    quantity: Quantity, told_GD: Any, groups: Sequence[str], resampling: Resampling
) -> tuple[str, float, float] | None:
    """How the interval was found, and its ends; None where most resamples have no number."""
    import numpy as np

    confidence = resampling.confidence
    total_D = dense(told_GD.sum(axis=0)).reshape(-1)
    if _is_share(quantity) and told_GD[:, 1].max() <= 1:
        return ("Wilson", *wilson(float(total_D[0]), float(total_D[1]), confidence))
    if quantity.changes is not None:
        return ("bootstrap over groups", *_change_ends(quantity.changes, groups, resampling))
    rows = find_rows(told_GD)
    value = float(quantity.combine(total_D[None])[0])
    drawn_R = resample(rows, quantity.combine, resampling)
    drawn_R = drawn_R[~np.isnan(drawn_R)]
    if len(drawn_R) < resampling.resamples / 2:
        return None
    if np.ptp(drawn_R) < 1e-12:
        return ("Wilson on groups that all agree", *agreeing(value, rows.groups, quantity.bounds, confidence))
    alike = variance_alike(quantity.contributions, groups, quantity.combine)
    rarer = rarer_side(pulls(rows, quantity.combine), rows.counts)
    spread = Spread(float(drawn_R.var()), rows.groups, rarer, alike)
    return ("bootstrap over groups", *spread.ends(value, quantity.bounds, confidence))


def _changes(before: Quantity, after: Quantity) -> "np.ndarray | None":
    """What each prediction gained and lost, and its whole; None where the two are not ratios over the same wholes."""
    import numpy as np

    if not (before.combine is ratio and after.combine is ratio and before.bounds == after.bounds == (0.0, 1.0)):
        return None
    (first_N, whole_N), (second_N, other_N) = before.contributions.T, after.contributions.T
    if not np.array_equal(whole_N, other_N):
        return None
    change_N = second_N - first_N
    return np.column_stack([np.clip(change_N, 0, None), np.clip(-change_N, 0, None), whole_N])


def _change_ends(changes_ND: "np.ndarray", groups: Sequence[str], resampling: Resampling) -> tuple[float, float]:
    """Where a difference may lie: what was gained less what was lost, each a share with an interval of its own.

    Both are drawn alike, so their correlation is known, and joined as the two sides of a difference.
    """
    import numpy as np

    sums_GD = sum_by_group(changes_ND, groups)
    rows = find_rows(sums_GD[sums_GD[:, 2] > 0])
    drawn_R2 = resample(rows, lambda sums_RD: sums_RD[:, :2] / sums_RD[:, 2:], resampling)
    gained, lost, whole = (rows.counts @ rows.sums).tolist()
    share, other = gained / whole, lost / whole
    ends = []
    for at, drawn_R in enumerate(drawn_R2.T):
        # Of the worst case, that all answers of a group change alike, each of the two takes its half.
        alike = variance_alike(changes_ND[:, [at, 2]], groups, ratio) / 2
        ends.append(_share_ends(Rows(rows.sums[:, [at, 2]], rows.counts), drawn_R, alike, resampling.confidence))
    gain, loss = ends
    varies = bool((drawn_R2.std(axis=0) > 1e-12).all())
    correlation = float(np.corrcoef(drawn_R2.T)[0, 1]) if varies else 0.0
    low = share - other - join(share - gain[0], loss[1] - other, correlation)
    high = share - other + join(gain[1] - share, other - loss[0], correlation)
    return max(-1.0, low), min(1.0, high)


def _share_ends(rows: Rows, drawn_R: "np.ndarray", alike: float, confidence: float) -> tuple[float, float]:
    """Where a share of all predictions may lie, from its parts and wholes by group and its resamples."""
    import numpy as np

    part, whole = (rows.counts @ rows.sums).tolist()
    if rows.sums[:, 1].max() <= 1 and np.isin(rows.sums, (0.0, 1.0)).all():
        return wilson(part, whole, confidence)
    spread = Spread(float(drawn_R.var()), rows.groups, rarer_side(pulls(rows, ratio), rows.counts), alike)
    return spread.ends(part / whole, (0.0, 1.0), confidence)


def _is_share(quantity: Quantity) -> bool:
    """True for a share of units, each counted whole, and whole or not at all."""
    import numpy as np

    if quantity.combine is not ratio:
        return False
    part_N, whole_N = (np.asarray(column) for column in quantity.contributions.T)
    counted = np.array_equal(part_N, part_N.round()) and np.array_equal(whole_N, whole_N.round())
    return counted and bool(((part_N >= 0) & (part_N <= whole_N)).all())
