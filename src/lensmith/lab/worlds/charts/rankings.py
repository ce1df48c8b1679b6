"""What in a chart is higher than what: the things that questions put in order, and the words for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lensmith.lab.worlds.charts.chart import HIGHEST_CELL, LOWEST_CELL, Chart

HEIGHT = ("higher", "highest", "lowest")
LENGTH = ("longer", "longest", "shortest")
SIZE = ("larger", "largest", "smallest")
THINGS = {
    "bar": ("bar", HEIGHT),
    "horizontal_bar": ("bar", LENGTH),
    "line": ("point", HEIGHT),
    "area": ("point", HEIGHT),
    "pie": ("slice", SIZE),
    "donut": ("slice", SIZE),
    "box": ("box", HEIGHT),
}


@dataclass(frozen=True, slots=True)
class Ranking:
    """Things in an order that the picture shows.

    Attributes:
        thing: what they are, in the singular: "bar".
        where: what is said besides, with the blank before it: " for Rome"; may be empty.
        words: for more, most and least: `HEIGHT`, `LENGTH` or `SIZE`.
        top: the name of the highest; no other is as high.
        bottom: the name of the lowest; no other is as low.
        values: every name's value in the units of `Chart.table`; empty where only the extremes can be told.
    """

    thing: str
    where: str
    words: tuple[str, str, str]
    top: str
    bottom: str
    values: Mapping[str, int]


def rank(chart: Chart) -> list[Ranking]:
    """Every order that a chart shows, the plainest first; none where there is none, or where two are highest.

    >>> from random import Random
    >>> from lensmith.lab.worlds.charts.chart import plan_chart
    >>> [ranking] = rank(plan_chart(Random(1), "horizontal_bar"))
    >>> ranking.thing, ranking.values[ranking.top] == max(ranking.values.values())
    ('bar', True)
    """
    if chart.type == "scatter":
        return []
    if chart.type == "heatmap":
        columns = list(zip(*chart.table, strict=True))
        return [_rank_cells("row", chart.series, chart.table), _rank_cells("column", chart.names, columns)]
    if chart.type == "stacked_bar":
        totals = [sum(parts) for parts in zip(*chart.table, strict=True)]
        found = [_order("bar", " in total", HEIGHT, chart.names, totals)]
    elif chart.type == "grouped_bar":
        found = [
            _order("category", f" {where}", HEIGHT, chart.names, row)
            for series, colour, row in zip(chart.series, chart.colours, chart.table, strict=True)
            for where in (f"for {series}", f"in {colour}")
        ]
    elif chart.type == "line" and chart.series:
        found = [_order("line", " at the end", HEIGHT, chart.series, [row[-1] for row in chart.table])]
    else:
        where = " by the median" if chart.type == "box" else ""
        thing, words = THINGS[chart.type]
        found = [_order(thing, where, words, chart.names, chart.table[0])]
    return [ranking for ranking in found if ranking]


def _order(
    thing: str, where: str, words: tuple[str, str, str], names: Sequence[str], values: Sequence[int]
) -> Ranking | None:
    """The names by their values; None where not one is highest and one lowest."""
    ordered = sorted(values)
    if ordered[0] == ordered[1] or ordered[-1] == ordered[-2]:
        return None
    top, bottom = (names[values.index(value)] for value in (ordered[-1], ordered[0]))
    return Ranking(thing, where, words, top, bottom, dict(zip(names, values, strict=True)))


def _rank_cells(thing: str, names: Sequence[str], lines: Sequence[tuple[int, ...]]) -> Ranking:
    """A heatmap's rows, or its columns, by the one cell that is highest or lowest."""
    top = next(name for name, line in zip(names, lines, strict=True) if HIGHEST_CELL in line)
    bottom = next(name for name, line in zip(names, lines, strict=True) if LOWEST_CELL in line)
    return Ranking(thing, "", HEIGHT, top, bottom, {})
