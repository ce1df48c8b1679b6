"""Where a number may lie: Wilson's interval, for shares of independent answers and for what spreads as such shares do.

A number that is no share, or whose predictions come in groups, gets the interval of the share that spreads as much
(Korn and Graubard 1998, Survey Methodology 24, 193–201). Where few groups show the rarer outcome, chance makes the
spread too small; it is widened as if two more had been met, one on each side (as Bonett and Price 2012, Journal of
Educational and Behavioral Statistics 37, 479–488, do for pairs), and by a part of the worst case. The forms of both
were chosen by simulation: `bench/coverage.py`.
"""

from dataclasses import dataclass
from statistics import NormalDist


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
class Spread:
    """How far a number would move from one sample of groups to the next.

    Attributes:
        variance: of the number on resamples of the groups.
        groups: how many were resampled.
        rarer: how many of them pull it to the side that fewer pull it to; see `resampling.rarer_side`.
        alike: what the variance would be if each group's predictions were as good as one.
    """

    variance: float
    groups: int
    rarer: float
    alike: float

    @property
    def corrected(self) -> float:
        """The variance between samples of groups.

        A resample of G groups spreads (G - 1)/G of what it should. With few groups on the rarer side even that
        is too little, and they tell little of how alike the answers of a group are.
        """
        spread = self.variance * self.groups / (self.groups - 1)
        return spread * (1 + 2 / self.rarer) + self.alike / self.rarer**2

    def effective_size(self, value: float, bounds: tuple[float, float] = (0.0, 1.0)) -> float:
        """The number of independent right-or-wrong answers whose share would spread as much."""
        if self.variance < 1e-24:
            return float(self.groups)
        low, high = bounds
        return max((value - low) * (high - value) / self.corrected, 1e-9)

    def ends(self, value: float, bounds: tuple[float, float], confidence: float) -> tuple[float, float]:
        """Wilson's interval on the effective size, between `bounds`."""
        low, high = bounds
        size = self.effective_size(value, bounds)
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        least, most = wilson(share * size, size, confidence)
        return low + (high - low) * least, low + (high - low) * most


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
    half = z / (1 + z * z / n) * (max(0.0, share * (1 - share)) / n + z * z / (4 * n * n)) ** 0.5
    low = 0.0 if correct == 0 else max(0.0, centre - half)
    return low, 1.0 if correct == n else min(1.0, centre + half)


def exact(correct: float, n: float, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's interval (1934, Biometrika 26, 404–413): too sure in at most `tail` of all draws, each way.

    Where a share is near 0 or 1 and the tail is small, Wilson's is too sure: such tails are needed to judge a hundred
    slices at once. For an effective size that is no whole number, the beta distribution's quantiles stand for counts.

    >>> low, high = exact(9, 10, 0.025)
    >>> round(low, 4), round(high, 4)
    (0.555, 0.9975)
    """
    from scipy.special import betainccinv, betaincinv

    low = float(betaincinv(correct, n - correct + 1, tail)) if correct > 0 else 0.0
    high = float(betainccinv(correct + 1, n - correct, tail)) if correct < n else 1.0
    return low, high


def agreeing(value: float, groups: int, bounds: tuple[float, float], confidence: float) -> tuple[float, float]:
    """What so many groups allow that all agree.

    Resampling them shows no spread, yet groups not seen may differ. By Wilson's bound for "all of `groups` agreed",
    at least a share of the rest agrees too, and what is left may lie anywhere in `bounds`.
    """
    share, _ = wilson(groups, groups, confidence)
    low, high = (share * value + (1 - share) * bound for bound in bounds)
    return low, high


def join(one: float, other: float, correlation: float) -> float:
    """The half width of a difference from the half widths of its two sides (Zou and Donner 2008, Stat. Med. 27, 1693).

    With a correlation of 0 this is Newcombe's square-and-add (1998, Statistics in Medicine 17, 873–890).

    >>> join(0.3, 0.4, 0.0)
    0.5
    """
    half: float = max(0.0, one * one - 2 * correlation * one * other + other * other) ** 0.5
    return half
