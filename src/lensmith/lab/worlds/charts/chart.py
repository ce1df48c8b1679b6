"""What a chart tells, before any of it is drawn: its words, its numbers and its colours, all drawn by lot."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random

from lensmith.lab.worlds.charts import words
from lensmith.lab.worlds.charts.palettes import COLOURS

TOP_HALVES = 10
TICKS = (1, 2, 5, 10, 20, 50, 100)
HEIGHTS = range(2, TOP_HALVES + 1)
SHARE_STEP = 5
LOWEST_CELL, HIGHEST_CELL = 1, 9
NO_AXIS = ("pie", "donut", "heatmap")


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is asked about a chart can be had from here, and all of it is drawn.

    Attributes:
        type: a key of `words.TYPES`.
        topic: the title's first word.
        measure: the title's second word; "" where it has one.
        axis_label: written at the axis of values; "" where nothing is.
        names: along the axis, of the slices, or of a heatmap's columns; of a scatter plot there are none.
        series: in the legend, or of a heatmap's rows; empty where there is one series and no legend of it.
        table: a row a series, a number a name: in half ticks of the axis; of pies in per cent; of heatmaps from
            `LOWEST_CELL` to `HIGHEST_CELL`; of box plots the medians; of scatter plots nothing.
        tick: the value of one tick of the axis.
        colours: a name in `COLOURS` for each series; where there is one series, one for all or one for each name.
        trends: of each series, one of `words.TRENDS`, or "" where it has none.
        printed: True where the values are written beside what stands for them.
    """

    type: str
    topic: str
    measure: str
    axis_label: str
    names: tuple[str, ...]
    series: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    tick: int
    colours: tuple[str, ...]
    trends: tuple[str, ...]
    printed: bool

    @property
    def title(self) -> str:
        """The whole title, as it is written."""
        return f"{self.topic} {self.measure}".strip()

    def worth(self, halves: int) -> str | None:
        """Half ticks as the axis would count them, or None where that is no whole number.

        >>> from dataclasses import replace
        >>> chart = replace(plan_chart(Random(1), "bar"), tick=5)
        >>> chart.worth(4), chart.worth(3)
        ('10', None)
        """
        value, rest = divmod(halves * self.tick, 2)
        return None if rest else str(value)


@dataclass(frozen=True, slots=True)
class _Numbers:
    names: tuple[str, ...]
    series: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    colours: tuple[str, ...]
    trends: tuple[str, ...] = ()
    printable: bool = False


def plan_chart(random: Random, kind: str) -> Chart:
    """A chart of a type in `words.TYPES`.

    Raises:
        KeyError: there is no such type.
    """
    numbers = _PLANS[kind](random)
    topic, measure = words.choose_title(random)
    has_room = kind not in NO_AXIS and (len(numbers.names) < words.CROWD + 1 or kind == "horizontal_bar")
    return Chart(
        type=kind,
        topic=topic,
        measure=measure,
        axis_label=random.choice(words.AXIS_LABELS) if has_room and random.random() < 0.5 else "",
        names=numbers.names,
        series=numbers.series,
        table=numbers.table,
        tick=random.choice(TICKS),
        colours=numbers.colours,
        trends=numbers.trends,
        printed=numbers.printable and random.random() < 0.4,
    )


def _plan_bars(random: Random) -> _Numbers:
    """2 to 6 bars of different lengths, in one colour or each in its own."""
    count = random.randint(2, 6)
    names = words.choose_names(random, count)
    colours = _colours(random, count if random.random() < 0.5 else 1)
    return _Numbers(names, (), (tuple(random.sample(HEIGHTS, count)),), colours, printable=count < words.CROWD)


def _plan_groups(random: Random) -> _Numbers:
    """2 to 5 groups of 2 or 3 bars; within a series no two are alike."""
    count = random.randint(2, 5)
    names = words.choose_names(random, count)
    series = words.choose_series(random, 2 if count > 3 else random.randint(2, 3), names)
    table = tuple(tuple(random.sample(HEIGHTS, count)) for _ in series)
    return _Numbers(names, series, table, _colours(random, len(series)))


def _plan_stacks(random: Random) -> _Numbers:
    """2 to 6 bars of 2 or 3 parts; no two bars are alike in all."""
    count = random.randint(2, 6)
    names = words.choose_names(random, count)
    series = words.choose_series(random, random.randint(2, 3), names)
    stacks = [_parts(random, total, len(series)) for total in random.sample(range(4, TOP_HALVES + 1), count)]
    return _Numbers(names, series, tuple(zip(*stacks, strict=True)), _colours(random, len(series)))


def _plan_lines(random: Random) -> _Numbers:
    """1 to 4 lines."""
    return _plan_runs(random, words.choose_ordered_names(random, random.randint(4, 6)), random.randint(1, 4))


def _plan_areas(random: Random) -> _Numbers:
    """One filled line."""
    return _plan_runs(random, words.choose_ordered_names(random, random.randint(3, 6)), 1)


def _plan_slices(random: Random) -> _Numbers:
    """2 to 6 slices of at least a tenth, of which one is largest and one smallest."""
    count = random.randint(2, 6)
    names = words.choose_names(random, count)
    while True:
        shares = tuple(SHARE_STEP * part for part in _parts(random, 100 // SHARE_STEP, count, least=2))
        if _is_clear(shares):
            return _Numbers(names, (), (shares,), _colours(random, count), printable=True)


def _plan_scatter(random: Random) -> _Numbers:
    """1 to 3 clouds of points, each with a trend."""
    count = random.randint(1, 3)
    series = words.choose_series(random, count, ()) if count > 1 else ()
    trends = tuple(random.choice(words.TRENDS) for _ in range(count))
    return _Numbers((), series, (), _colours(random, count), trends)


def _plan_boxes(random: Random) -> _Numbers:
    """2 to 6 boxes with different medians."""
    count = random.randint(2, 6)
    names = words.choose_names(random, count)
    medians = tuple(random.sample(range(3, TOP_HALVES - 1), count))
    return _Numbers(names, (), (medians,), _colours(random, count if random.random() < 0.5 else 1))


def _plan_cells(random: Random) -> _Numbers:
    """2 to 5 rows and as many columns of cells, of which one is highest and one lowest."""
    names = words.choose_names(random, random.randint(2, 5))
    series = words.choose_series(random, random.randint(2, 5), names)
    cells = [random.randint(LOWEST_CELL + 2, HIGHEST_CELL - 2) for _ in range(len(names) * len(series))]
    for at, value in zip(random.sample(range(len(cells)), 2), (LOWEST_CELL, HIGHEST_CELL), strict=True):
        cells[at] = value
    table = tuple(tuple(cells[row * len(names) : (row + 1) * len(names)]) for row in range(len(series)))
    return _Numbers(names, series, table, _colours(random, 1), printable=True)


_PLANS: dict[str, Callable[[Random], _Numbers]] = {
    "bar": _plan_bars,
    "horizontal_bar": _plan_bars,
    "grouped_bar": _plan_groups,
    "stacked_bar": _plan_stacks,
    "line": _plan_lines,
    "area": _plan_areas,
    "pie": _plan_slices,
    "donut": _plan_slices,
    "scatter": _plan_scatter,
    "box": _plan_boxes,
    "heatmap": _plan_cells,
}


def _colours(random: Random, count: int) -> tuple[str, ...]:
    return tuple(random.sample(tuple(COLOURS), count))


def _is_clear(values: tuple[int, ...]) -> bool:
    """True where one value is highest and one lowest."""
    return values.count(max(values)) == 1 == values.count(min(values))


def _parts(random: Random, total: int, count: int, least: int = 1) -> tuple[int, ...]:
    """Whole numbers of at least `least` that sum to `total`."""
    cuts = sorted(random.sample(range(1, total - count * (least - 1)), count - 1))
    edges = [0, *cuts, total - count * (least - 1)]
    return tuple(b - a + least - 1 for a, b in pairwise(edges))


def _plan_runs(random: Random, names: tuple[str, ...], count: int) -> _Numbers:
    """Lines along `names`, each with a trend, that end at different heights; one that is alone may have no trend."""
    possible = words.TRENDS if count > 1 else (*words.TRENDS, "")
    trends = tuple(random.choice(possible) for _ in range(count))
    while True:
        table = tuple(_run(random, len(names), trend) for trend in trends)
        if len({run[-1] for run in table}) == count and not any(_overlap(*pair) for pair in combinations(table, 2)):
            series = words.choose_series(random, count, names) if count > 1 else ()
            return _Numbers(names, series, table, _colours(random, count), trends)


def _overlap(run: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """True where two lines run together for a while, so that one hides the other."""
    return any(a == b for a, b in zip(pairwise(run), pairwise(other), strict=True))


def _run(random: Random, count: int, trend: str) -> tuple[int, ...]:
    """Heights along a line of a trend; without one it goes up and down."""
    if trend == "flat":
        level = random.randint(2, TOP_HALVES - 1)
        return level, *(level + random.choice((0, 0, -1, 1)) for _ in range(count - 2)), level
    if trend:
        low, high = random.randint(1, 4), random.randint(TOP_HALVES - 3, TOP_HALVES)
        rise = [low, *sorted(random.randint(low, high) for _ in range(count - 2)), high]
        return tuple(rise if trend == "rising" else reversed(rise))
    steep = random.choice((0, 1))
    heights = [random.randint(1, 4) if at % 2 == steep else random.randint(7, TOP_HALVES) for at in range(count)]
    return tuple(heights)
