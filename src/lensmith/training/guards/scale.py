"""How far a value lies above what is usual: a median and a robust spread over a window, with a floor under it."""

from collections.abc import Callable, Iterable
from statistics import median

# A normal distribution's standard deviation over its median absolute deviation.
MAD_TO_DEVIATION = 1.4826
LEAST = 8


class RunningScale:
    """The usual level and spread of a series. A spread of zero is lifted to the floor, so that a jump after equal
    values is a jump.

    Args:
        floor: the least spread at a level.
        window: how many values are remembered.
    """

    def __init__(self, floor: Callable[[float], float], window: int = 64) -> None:
        self.floor = floor
        self.window = window
        self.values: list[float] = []

    def excess(self, value: float) -> float:
        """How many spreads `value` lies above the level; 0.0 where nothing is known yet.

        With fewer than 8 values the level is the first: what was there before anything was learned.

        >>> scale = RunningScale(lambda level: 0.1)
        >>> scale.add_all([1.0] * 20)
        >>> scale.excess(1.0), round(scale.excess(2.0), 6)
        (0.0, 10.0)
        """
        if not self.values:
            return 0.0
        level, spread = self._measure()
        return (value - level) / spread

    def add(self, value: float) -> None:
        """Remembers a value as usual."""
        self.values = [*self.values, value][-self.window :]

    def add_all(self, values: Iterable[float]) -> None:
        """Remembers several."""
        for value in values:
            self.add(value)

    def _measure(self) -> tuple[float, float]:
        if len(self.values) < LEAST:
            return self.values[0], self.floor(self.values[0])
        level = median(self.values)
        spread = MAD_TO_DEVIATION * median(abs(value - level) for value in self.values)
        return level, max(spread, self.floor(level))
