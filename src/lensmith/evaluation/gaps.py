"""How far a share in a slice lies from the share in the rest, with the groups that both have parts in.

Hundreds of slices are searched without resampling: for a ratio of sums the spread over groups has a closed form
(linearisation: Wolter 2007, Introduction to Variance Estimation, chapter 6). What is asked of them is a p, at tails of
a thousandth and less, where Wilson's intervals are too sure and exact ones are not.

What is shown of a slice is another question: the interval of its share is the one that every table gives it
(`statistics.estimate`), and the interval of its gap follows from those of slice and rest, so that nobody meets two
intervals of one slice. Both questions take the same correlation, that which common groups make.

Axes: N predictions, G groups.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensmith.evaluation.intervals import Interval, Spread, exact, join
from lensmith.evaluation.resampling import rarer_side

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

_SMALLEST_EXPONENT = -100.0
"""A p value below ten to this is called that: nobody needs to know how much smaller it is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio of sums over predictions: a mean where every whole is 1, recall where it is 1 for the positive ones.

    Attributes:
        parts: what each prediction adds above the line (N,), at most its whole.
        wholes: what it adds below (N,).
        groups: the group of each (N,), from 0.
    """

    parts: Floats
    wholes: Floats
    groups: Places


@dataclass(frozen=True, slots=True)
class Side:
    """The slice, or the rest.

    Attributes:
        share: its value.
        size: as from so many independent right-or-wrong answers; where they are that, their number.
        spread: of the share.
        pulls: by how much each group raises the share (G,).
    """

    share: float
    size: float
    spread: Spread
    pulls: Floats


@dataclass(frozen=True, slots=True)
class Gap:
    """The slice's share less the rest's.

    Attributes:
        inside: the slice.
        outside: the rest.
        correlation: of the two shares, which common groups raise and lower together.
    """

    inside: Side
    outside: Side
    correlation: float

    @property
    def value(self) -> float:
        """Slice less rest, −1 to 1."""
        return self.inside.share - self.outside.share

    def interval(self, inside: Interval, outside: Interval) -> Interval:
        """Where the gap may lie, from where the shares of slice and rest may lie."""
        below = join(self.inside.share - inside.low, outside.high - self.outside.share, self.correlation)
        above = join(inside.high - self.inside.share, self.outside.share - outside.low, self.correlation)
        low, high = max(-1.0, self.value - below), min(1.0, self.value + above)
        groups = min(inside.groups, outside.groups)
        return Interval(low, high, inside.confidence, "of slice and rest, joined", groups)

    @property
    def p(self) -> float:
        """The largest 1 − confidence at which exact intervals of both sides, joined, leave 0 out; two-sided."""
        if self.value == 0:
            return 1.0
        least, most = _SMALLEST_EXPONENT, math.log10(0.5)
        for _ in range(50):
            middle = (least + most) / 2
            low, high = self.exact_ends(10**middle)
            least, most = (middle, most) if low <= 0 <= high else (least, middle)
        return float(min(1.0, 2 * 10**most))

    def exact_ends(self, tail: float) -> tuple[float, float]:
        """Where the gap may lie by Clopper and Pearson's intervals of both sides, with so large a tail each way."""
        low, high = exact(self.inside.share * self.inside.size, self.inside.size, tail)
        least, most = exact(self.outside.share * self.outside.size, self.outside.size, tail)
        below = join(self.inside.share - low, most - self.outside.share, self.correlation)
        above = join(high - self.inside.share, self.outside.share - least, self.correlation)
        return max(-1.0, self.value - below), min(1.0, self.value + above)


def measure_gap(rate: Rate, inside_N: Flags) -> Gap:
    """The gap between the predictions marked and the others; both must have a whole above 0."""
    inside, outside = _side(rate, inside_N), _side(rate, ~inside_N)
    return Gap(inside, outside, _correlation(inside, outside))


def _correlation(inside: Side, outside: Side) -> float:
    """Of the two shares, as far as the groups vouch for it.

    The gap has a spread of its own, corrected for the groups that pull it to its rarer side; what it lacks of the
    spread of both shares is what they have in common. Few groups with an error vouch for little.
    """
    product = float((inside.pulls * outside.pulls).sum())
    if product == 0:
        return 0.0
    both_G = inside.pulls - outside.pulls
    groups = int((both_G != 0).sum())
    rarer = rarer_side(both_G, np.ones(len(both_G)))
    gap = Spread(float((both_G**2).sum()), max(2, groups), rarer, inside.spread.alike + outside.spread.alike)
    common = inside.spread.corrected + outside.spread.corrected - gap.corrected
    vouched = common / (2 * math.sqrt(inside.spread.corrected * outside.spread.corrected))
    plain = product / math.sqrt(float((inside.pulls**2).sum() * (outside.pulls**2).sum()))
    return max(-1.0, min(plain, vouched))


def _side(rate: Rate, marked_N: Flags) -> Side:
    parts_N, wholes_N, groups_N = rate.parts[marked_N], rate.wholes[marked_N], rate.groups[marked_N]
    count = int(rate.groups.max()) + 1
    parts_G, wholes_G = (np.bincount(groups_N, each, count) for each in (parts_N, wholes_N))
    whole = float(wholes_G.sum())
    share = float(parts_G.sum()) / whole
    pulls_G = (parts_G - share * wholes_G) / whole
    told_G = wholes_G > 0
    told = int(told_G.sum())
    independent = float((((parts_N - share * wholes_N) / whole) ** 2).sum())
    alike = independent * float((wholes_G**2).sum()) / whole
    rarer = rarer_side(pulls_G[told_G], np.ones(told))
    spread = Spread(float((pulls_G**2).sum()), told, rarer, alike)
    independent_units = wholes_G.max() <= 1 and bool(np.isin((parts_N, wholes_N), (0.0, 1.0)).all())
    return Side(share, whole if independent_units else spread.effective_size(share), spread, pulls_G)
