"""Numbers that say how sure they are: Wilson, McNemar, and a bootstrap that resamples whole groups.

Questions on one picture are not independent, so a group (usually the picture) is resampled as a whole and
every statistic is a function of sums over groups. What cannot be known is said in words, never as NaN.

Axes: N predictions, G groups, R resamples, D sums that a statistic is made of.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

Better = Literal["higher", "lower", "neither"]
"""Which way a number improves; `neither` for one that only describes (how often the answer is yes)."""

_WEIGHTS_AT_ONCE = 2_000_000
"""Resampled group weights held in memory together: 16 MB each way."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a number may lie, at a confidence, how that was found out, and from how many groups with evidence."""

    low: float
    high: float
    confidence: float
    method: str
    groups: int

    def excludes(self, value: float) -> bool:
        """True when `value` lies outside."""
        return not self.low <= value <= self.high


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
class Resampling:
    """How intervals are made: always with the same draws, so the same data give the same interval."""

    seed: int
    confidence: float = 0.95
    resamples: int = 2000

    def generator(self) -> "np.random.Generator":
        """A generator of its own among all that derive from the run's seed."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(b"bootstrap over groups")])


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
    """

    contributions: Any
    combine: "Callable[[np.ndarray], np.ndarray]"
    bounds: tuple[float, float] = (0.0, 1.0)
    undefined: str = "not defined on these predictions"
    proportion: bool = False
    better: Better = "higher"


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
    """After minus before, on the same predictions in the same order: each resample draws both alike."""
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
    )


def wilson(correct: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Where a share of independent yes-or-no outcomes may lie (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212).

    >>> low, high = wilson(804, 2000)
    >>> round(low, 4), round(high, 4)
    (0.3807, 0.4237)

    Raises:
        ValueError: n is not above 0, or `correct` is not between 0 and n.
    """
    if not (n > 0 and 0 <= correct <= n):
        raise ValueError(f"a share needs 0 <= correct <= n and n > 0, not {correct} of {n}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = correct / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    low = 0.0 if correct == 0 else max(0.0, centre - half)
    return low, 1.0 if correct == n else min(1.0, centre + half)


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

    A mean of scores that are all 0 or 1, each in a group of its own, gets Wilson's interval instead.
    Groups that add nothing (for precision: those where nothing was called positive) are left out of the
    resampling: they carry no evidence. The percentiles are widened for few groups as a t interval is
    (Hesterberg 2015, The American Statistician 69, 371–386, "expanded percentile").

    Args:
        quantity: N rows.
        groups: N names, in the same order.
        resampling: seed, confidence, number of resamples.
    """
    import numpy as np

    n = quantity.contributions.shape[0]
    if n == 0:
        return Estimate(0, 0, None, None, "no prediction to judge")
    group_of_N = _codes(groups)
    sums_GD = _sum_by_group(quantity.contributions, group_of_N)
    count = sums_GD.shape[0]
    total_1D = _dense(sums_GD.sum(axis=0)).reshape(1, -1)
    value = float(quantity.combine(total_1D)[0])
    if np.isnan(value):
        return Estimate(n, count, None, None, quantity.undefined)
    correct = round(float(total_1D[0, 0])) if quantity.proportion else None
    telling = np.flatnonzero(_dense(abs(sums_GD).sum(axis=1)).ravel())
    if len(telling) < 2:
        reason = "all evidence is in one group, which has nothing to vary against"
        return Estimate(n, count, value, None, reason, correct)
    if correct is not None and count == n:
        low, high = wilson(correct, n, resampling.confidence)
        return Estimate(n, count, value, Interval(low, high, resampling.confidence, "Wilson", n), correct=correct)
    drawn_R = _resample(sums_GD[telling], quantity.combine, resampling)
    drawn_R = drawn_R[~np.isnan(drawn_R)]
    if len(drawn_R) < resampling.resamples / 2:
        return Estimate(n, count, value, None, f"{quantity.undefined} in most resamples")
    interval = _interval(drawn_R, value, len(telling), quantity.bounds, resampling)
    return Estimate(n, count, value, interval, correct=correct)


def _interval(
    drawn_R: "np.ndarray", value: float, groups: int, bounds: tuple[float, float], resampling: Resampling
) -> Interval:
    """The widened percentiles; where every resample came out alike, what so many like groups allow.

    When all groups agree, resampling shows no spread, yet groups not seen may differ. By Wilson's bound for
    "all of `groups` agreed", at least a share of the rest agrees too, and what is left may lie anywhere in `bounds`.
    """
    import numpy as np
    from scipy.special import ndtr, stdtrit

    confidence = resampling.confidence
    if np.ptp(drawn_R) < 1e-12:
        agreeing, _ = wilson(groups, groups, confidence)
        low, high = (agreeing * value + (1 - agreeing) * bound for bound in bounds)
        return Interval(low, high, confidence, "Wilson on groups that all agree", groups)
    quantile = stdtrit(groups - 1, (1 + confidence) / 2) * (groups / (groups - 1)) ** 0.5
    tail = float(ndtr(-quantile))
    low, high = (float(bound) for bound in np.quantile(drawn_R, [tail, 1 - tail]))
    return Interval(low, high, confidence, "bootstrap over groups", groups)


def _codes(groups: Sequence[str]) -> "np.ndarray":
    """A number for each group name, counted from 0 in order of appearance (N,)."""
    import numpy as np

    place: dict[str, int] = {}
    return np.array([place.setdefault(group, len(place)) for group in groups], dtype=int)


def _sum_by_group(contributions_ND: Any, group_of_N: "np.ndarray") -> Any:
    """Each group's sums (G, D), sparse where the contributions are."""
    import numpy as np
    from scipy import sparse

    n = len(group_of_N)
    shape = (int(group_of_N.max()) + 1, n)
    member_GN = sparse.csr_array((np.ones(n), (group_of_N, np.arange(n))), shape=shape)
    return member_GN @ contributions_ND


def _resample(
    sums_GD: Any,
    combine: "Callable[[np.ndarray], np.ndarray]",
    resampling: Resampling,
) -> "np.ndarray":
    """The statistic on `resamples` draws of G groups with replacement (R,), in chunks of bounded memory."""
    import numpy as np

    generator = resampling.generator()
    groups = sums_GD.shape[0]
    chunk = max(1, _WEIGHTS_AT_ONCE // groups)
    drawn = []
    for start in range(0, resampling.resamples, chunk):
        rows = min(chunk, resampling.resamples - start)
        picks_RG = generator.integers(groups, size=(rows, groups))
        picks_RG += np.arange(rows)[:, None] * groups
        weights_RG = np.bincount(picks_RG.ravel(), minlength=rows * groups).reshape(rows, groups)
        drawn.append(combine(_dense(weights_RG.astype(float) @ sums_GD)))
    return np.concatenate(drawn)


def _dense(array: Any) -> "np.ndarray":
    """The array as a plain numpy one."""
    import numpy as np

    return np.asarray(array.todense() if hasattr(array, "todense") else array)
