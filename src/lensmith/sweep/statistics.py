"""Intervals over seeds and over pairs of runs: Student's t, because there are few of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
    """

    n: int
    value: float
    low: float | None
    high: float | None
    confidence: float

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves 0 out, else 0."""
        if self.low is None or self.high is None:
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


def mean_over(values: Sequence[float], confidence: float) -> Spread:
    """The mean with Student's interval; between equal values it has no width, which more runs may show to be luck.

    >>> spread = mean_over([0.5, 0.6, 0.7], 0.95)
    >>> round(spread.value, 3), round(spread.low, 3), round(spread.high, 3)
    (0.6, 0.352, 0.848)
    """
    import numpy as np
    from scipy.special import stdtrit

    n, value = len(values), float(np.mean(values))
    if n < 2:
        return Spread(n, value, None, None, confidence)
    half = float(stdtrit(n - 1, (1 + confidence) / 2) * np.std(values, ddof=1) / n**0.5)
    return Spread(n, value, value - half, value + half, confidence)


def difference_of(first: Sequence[float], second: Sequence[float], confidence: float) -> Spread:
    """The second mean minus the first, of runs that are no pairs, with Welch's interval (Welch 1947, Biometrika 34)."""
    import numpy as np
    from scipy.special import stdtrit

    value = float(np.mean(second) - np.mean(first))
    n = len(first) + len(second)
    if min(len(first), len(second)) < 2:
        return Spread(n, value, None, None, confidence)
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (first, second)]
    total = sum(parts)
    if total == 0:
        return Spread(n, value, value, value, confidence)
    freedom = total**2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (first, second), strict=True))
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * total**0.5
    return Spread(n, value, value - half, value + half, confidence)
