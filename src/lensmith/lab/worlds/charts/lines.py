"""Charts of lines, of a filled line, and of points."""

from random import Random

from lensmith.lab.worlds.charts.canvas import Box, Canvas
from lensmith.lab.worlds.charts.chart import TOP_HALVES, Chart
from lensmith.lab.worlds.charts.layout import TICK_NEAR_PX, Axes, draw_axes, draw_series, write_names
from lensmith.lab.worlds.charts.palettes import Style, mix
from lensmith.lab.worlds.drawing import Colour, Point

POINTS = (11, 16)
SLOPES = {"rising": 1.0, "falling": -1.0, "flat": 0.0}


def draw_lines(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a line for each series."""
    colours, room = draw_series(canvas, chart, style, room)
    axes, places = _spread(canvas, chart, style, room)
    width_px = random.uniform(2.4, 3.6)
    for row, colour in zip(chart.table, colours, strict=True):
        points = [(place.middle[0], axes.up(halves)) for place, halves in zip(places, row, strict=True)]
        canvas.line(points, colour, width_px)
        for point in points if style.dots else ():
            canvas.dot(point, width_px + 0.8, colour, style.panel)


def draw_area(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws one line and fills what is under it."""
    colour = style.paint[chart.colours[0]]
    axes, places = _spread(canvas, chart, style, room)
    points = [(place.middle[0], axes.up(halves)) for place, halves in zip(places, chart.table[0], strict=True)]
    floor_px = axes.plot.bottom - 1
    fill = mix(colour, style.panel, random.choice((0.0, 0.25, 0.45)))
    canvas.polygon([(points[0][0], floor_px), *points, (points[-1][0], floor_px)], fill)
    canvas.line(points, colour, 2.5)


def draw_scatter(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a cloud of points for each series, along its trend."""
    colours, room = draw_series(canvas, chart, style, room)
    axes = draw_axes(canvas, chart, style, room)
    for halves in range(0, TOP_HALVES + 1, 2):
        x = axes.along(halves)
        canvas.text((x, axes.plot.bottom + 10), str(halves // 2), style.ink, TICK_NEAR_PX)
        if style.grid == "both" and halves:
            canvas.line([(x, axes.plot.top), (x, axes.plot.bottom)], style.faint)
    radius_px = random.uniform(3.0, 4.2)
    for trend, colour in zip(chart.trends, colours, strict=True):
        for point in _cloud(random, trend, axes):
            canvas.dot(point, radius_px, colour, _edge(style, colour))


def _spread(canvas: Canvas, chart: Chart, style: Style, room: Box) -> tuple[Axes, list[Box]]:
    axes = draw_axes(canvas, chart, style, room)
    places = axes.plot.slots(len(chart.names))
    if style.grid == "both":
        for place in places:
            canvas.line([(place.middle[0], place.top), (place.middle[0], place.bottom)], style.faint)
    write_names(canvas, chart.names, style, places)
    return axes, places


def _cloud(random: Random, trend: str, axes: Axes) -> list[Point]:
    """Points from the left edge to the right, near a line that climbs or falls by most of the height, or is level."""
    count = random.randint(*POINTS)
    climb = SLOPES[trend] * random.uniform(0.6, 0.75)
    middle = 0.5 if climb else random.uniform(0.25, 0.75)
    points = []
    for at in range(count):
        across = (at + random.random()) / count
        halves = TOP_HALVES * (middle + climb * (across - 0.5) + random.uniform(-0.09, 0.09))
        points.append((axes.along(0.5 + 9.5 * across), axes.up(min(TOP_HALVES, max(0.3, halves)))))
    return points


def _edge(style: Style, colour: Colour) -> Colour | None:
    return mix(colour, (0, 0, 0), 0.4) if style.edges else None
