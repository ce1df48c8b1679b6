"""Charts of upright and lying bars: single, in groups, in stacks; and box plots, which stand as bars do."""

from random import Random

from lensmith.lab.worlds.charts.canvas import Box, Canvas
from lensmith.lab.worlds.charts.chart import Chart
from lensmith.lab.worlds.charts.layout import Axes, draw_axes, draw_series, draw_sideways_axes, write_names
from lensmith.lab.worlds.charts.palettes import Style, ink_on, mix
from lensmith.lab.worlds.drawing import Colour

PRINT_PX = 12


def draw_bars(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws upright bars."""
    axes, places = _stand(canvas, chart, style, room)
    for place, halves, colour in zip(places, chart.table[0], _one_each(chart, style), strict=True):
        bar = _upright(place, style.plump, axes, 0, halves)
        _draw_bar(canvas, bar, style, colour)
        if chart.printed:
            canvas.text((bar.middle[0], bar.top + 8), _printed(chart, halves), ink_on(colour), PRINT_PX)


def draw_sideways_bars(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws lying bars, the first at the top."""
    axes = draw_sideways_axes(canvas, chart, style, room)
    places = axes.plot.slots(len(chart.names), down=True)
    for place, halves, colour in zip(places, chart.table[0], _one_each(chart, style), strict=True):
        gap_px = place.height * (1 - style.plump) / 2
        bar = Box(place.left + 1, place.top + gap_px, axes.along(halves), place.bottom - gap_px)
        _draw_bar(canvas, bar, style, colour)
        if chart.printed:
            words = _printed(chart, halves)
            canvas.text((bar.right - 3, bar.middle[1]), words, ink_on(colour), PRINT_PX, "rm")


def draw_groups(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a group of bars for each name, a bar for each series."""
    colours, room = draw_series(canvas, chart, style, room)
    axes, places = _stand(canvas, chart, style, room)
    for at, place in enumerate(places):
        gap_px = place.width * 0.12
        for row, bar in enumerate(place.inset(left=gap_px, right=gap_px).slots(len(colours))):
            _draw_bar(canvas, _upright(bar, 0.94, axes, 0, chart.table[row][at]), style, colours[row])


def draw_stacks(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a bar for each name, made of a part for each series; the first series is lowest."""
    colours, room = draw_series(canvas, chart, style, room)
    axes, places = _stand(canvas, chart, style, room)
    for at, place in enumerate(places):
        reached = 0
        for row, colour in enumerate(colours):
            part = chart.table[row][at]
            _draw_bar(canvas, _upright(place, style.plump, axes, reached, reached + part), style, colour)
            reached += part


def draw_boxes(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a box for each name: a line at the median, half of all values inside, whiskers to the farthest."""
    axes, places = _stand(canvas, chart, style, room)
    for place, median, colour in zip(places, chart.table[0], _one_each(chart, style), strict=True):
        low, high = median - random.uniform(0.5, 1.2), median + random.uniform(0.5, 1.2)
        x, reach_px = place.middle[0], place.width * style.plump / 5
        for start, end in ((low, max(0.3, low - random.uniform(0.6, 1.5))), (high, high + random.uniform(0.6, 1.5))):
            canvas.line([(x, axes.up(start)), (x, axes.up(end))], style.ink, 1.5)
            canvas.line([(x - reach_px, axes.up(end)), (x + reach_px, axes.up(end))], style.ink, 1.5)
        box = _upright(place, style.plump, axes, low, high)
        canvas.rectangle(box, colour, style.ink)
        middle_px = axes.up(median)
        canvas.line([(box.left, middle_px), (box.right, middle_px)], ink_on(colour), 2.5)


def _stand(canvas: Canvas, chart: Chart, style: Style, room: Box) -> tuple[Axes, list[Box]]:
    axes = draw_axes(canvas, chart, style, room)
    places = axes.plot.inset(left=3, right=3).slots(len(chart.names))
    if style.grid == "both":
        for place in places:
            canvas.line([(place.middle[0], place.top), (place.middle[0], place.bottom)], style.faint)
    write_names(canvas, chart.names, style, places)
    return axes, places


def _upright(place: Box, plump: float, axes: Axes, low: float, high: float) -> Box:
    gap_px = place.width * (1 - plump) / 2
    return Box(place.left + gap_px, axes.up(high), place.right - gap_px, axes.up(low))


def _draw_bar(canvas: Canvas, bar: Box, style: Style, colour: Colour) -> None:
    canvas.rectangle(bar, colour, mix(colour, (0, 0, 0), 0.45) if style.edges else None)


def _one_each(chart: Chart, style: Style) -> list[Colour]:
    """A colour for each name, also where one serves all."""
    colours = chart.colours * (len(chart.names) if len(chart.colours) == 1 else 1)
    return [style.paint[colour] for colour in colours]


def _printed(chart: Chart, halves: int) -> str:
    return chart.worth(halves) or f"{halves * chart.tick / 2:.1f}"
