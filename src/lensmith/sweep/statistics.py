"""Intervals over seeds and over pairs of runs: Student's t, because there are few of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over runs.

    Attributes:
        n: runs, or pairs of runs.
        value: their mean.
        low: the interval's lower end; None where one run cannot tell.
        high: its upper end.
        confidence: of the interval.
        p: that the truth is 0, from both sides; None where one run cannot tell.
    """

    n: int
    value: float
    low: float | None
    high: float | None
    confidence: float
    p: float | None = None

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves 0 out, else 0."""
        if self.low is None or self.high is None:
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def to_json(self) -> dict[str, Any]:
        """The fields; a value that there is none of is None."""
        return {**asdict(self), "value": None if isnan(self.value) else self.value}


def mean_over(values: Sequence[float], confidence: float) -> Spread:
    """The mean with Student's interval; between equal values it has no width, which more runs may show to be luck.

    >>> spread = mean_over([0.5, 0.6, 0.7], 0.95)
    >>> round(spread.value, 3), round(spread.low, 3), round(spread.high, 3)
    (0.6, 0.352, 0.848)
    """
    import numpy as np

    n, value = len(values), float(np.mean(values))
    if n < 2:
        return Spread(n, value, None, None, confidence)
    return _around(n, value, float(np.std(values, ddof=1)) / n**0.5, n - 1, confidence)


def difference_of(first: Sequence[float], second: Sequence[float], confidence: float) -> Spread:
    """The second mean minus the first, of runs that are no pairs, with Welch's interval (Welch 1947, Biometrika 34)."""
    import numpy as np

    value = float(np.mean(second) - np.mean(first))
    n = len(first) + len(second)
    if min(len(first), len(second)) < 2:
        return Spread(n, value, None, None, confidence)
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (first, second)]
    total = sum(parts)
    squares = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (first, second), strict=True))
    return _around(n, value, total**0.5, total**2 / squares if squares else n - 2, confidence)


def _around(n: int, value: float, error: float, freedom: float, confidence: float) -> Spread:
    """The interval and the p of a value with its standard error."""
    from scipy.special import stdtr, stdtrit

    if error == 0:
        return Spread(n, value, value, value, confidence, float(value == 0))
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(value) / error))
    return Spread(n, value, value - half, value + half, confidence, p)
