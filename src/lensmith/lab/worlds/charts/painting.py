"""From a chart's plan to its picture."""

from collections.abc import Callable
from random import Random

from PIL import Image

from lensmith.lab.worlds.charts.bars import draw_bars, draw_boxes, draw_groups, draw_sideways_bars, draw_stacks
from lensmith.lab.worlds.charts.canvas import Box, Canvas
from lensmith.lab.worlds.charts.cells import draw_heatmap
from lensmith.lab.worlds.charts.chart import Chart
from lensmith.lab.worlds.charts.layout import draw_title
from lensmith.lab.worlds.charts.lines import draw_area, draw_lines, draw_scatter
from lensmith.lab.worlds.charts.palettes import Style, choose_style
from lensmith.lab.worlds.charts.rounds import draw_pie

DrawMarks = Callable[[Canvas, Chart, Style, Box, Random], None]

_MARKS: dict[str, DrawMarks] = {
    "bar": draw_bars,
    "horizontal_bar": draw_sideways_bars,
    "grouped_bar": draw_groups,
    "stacked_bar": draw_stacks,
    "line": draw_lines,
    "area": draw_area,
    "pie": draw_pie,
    "donut": draw_pie,
    "scatter": draw_scatter,
    "box": draw_boxes,
    "heatmap": draw_heatmap,
}


def paint_chart(chart: Chart, random: Random) -> Image.Image:
    """The chart's picture, 192×192 pixels, in a style drawn by lot."""
    style = choose_style(random)
    canvas = Canvas(style.ground)
    draw_chart(canvas, chart, style, random)
    return canvas.finish()


def draw_chart(canvas: Canvas, chart: Chart, style: Style, random: Random) -> None:
    """Draws all of a chart on an empty canvas; only harmless details are left to chance."""
    room = draw_title(canvas, chart, style)
    _MARKS[chart.type](canvas, chart, style, room, random)
