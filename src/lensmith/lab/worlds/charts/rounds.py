"""Pies, and pies with a hole."""

import math
from random import Random

from lensmith.lab.worlds.charts.canvas import Box, Canvas, fit_size, text_width
from lensmith.lab.worlds.charts.chart import Chart
from lensmith.lab.worlds.charts.layout import draw_legend
from lensmith.lab.worlds.charts.palettes import Style, ink_on
from lensmith.lab.worlds.drawing import Point

PRINT_PX = 13
NAME_SIZES_PX = (14, 13, 12)


def draw_pie(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws slices clockwise, the first from the top; their names stand in a legend or at the slices."""
    outside = style.legend == "above"
    if outside:
        size_px = fit_size(chart.names, 36, NAME_SIZES_PX)
        margin_px = max(text_width(name, size_px) for name in chart.names) + 4
        room = room.inset(left=margin_px, right=margin_px, top=15, bottom=15)
    else:
        entries = [(name, style.paint[colour]) for name, colour in zip(chart.names, chart.colours, strict=True)]
        room = draw_legend(canvas, entries, style, room)
    radius_px = min(room.width, room.height) / 2 - 1
    hole_px = radius_px * random.uniform(0.42, 0.55) if chart.type == "donut" else 0
    turn = 0.0
    for name, share, colour in zip(chart.names, chart.table[0], chart.colours, strict=True):
        turns, paint = (turn, turn + share / 100), style.paint[colour]
        turn = turns[1]
        canvas.slice(room.middle, radius_px, turns, paint)
        if chart.printed:
            reach_px = (radius_px + hole_px) / 2 if hole_px else radius_px * 0.68
            canvas.text(_toward(room.middle, reach_px, turns), str(share), ink_on(paint), PRINT_PX)
        if outside:
            x, y = _toward(room.middle, radius_px + 3, turns)
            anchor = "lm" if x > room.middle[0] else "rm"
            lift_px = 6 * math.cos(math.pi * sum(turns))
            canvas.text((x, y - lift_px), name, style.ink, size_px, anchor)
    _part_slices(canvas, chart, style, room.middle, radius_px)
    if hole_px:
        canvas.dot(room.middle, hole_px, style.ground)


def _part_slices(canvas: Canvas, chart: Chart, style: Style, centre: Point, radius_px: float) -> None:
    """Thin rays of the ground's colour between slices."""
    if style.edges:
        turn = 0.0
        for share in chart.table[0]:
            canvas.line([centre, _toward(centre, radius_px + 1, (turn, turn))], style.ground, 2)
            turn += share / 100


def _toward(centre: Point, reach_px: float, turns: tuple[float, float]) -> Point:
    """The point so far from the centre, half-way between two angles in turns of the circle."""
    angle = math.pi * (turns[0] + turns[1])
    return centre[0] + reach_px * math.sin(angle), centre[1] - reach_px * math.cos(angle)
