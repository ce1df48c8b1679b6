"""Heatmaps: rows and columns of cells, the higher the fuller in colour."""

from random import Random

from lensmith.lab.worlds.charts.canvas import Box, Canvas, fit_size, text_width
from lensmith.lab.worlds.charts.chart import HIGHEST_CELL, LOWEST_CELL, Chart
from lensmith.lab.worlds.charts.layout import NAME_SIZES_PX, TICK_NEAR_PX, write_names
from lensmith.lab.worlds.charts.palettes import Style, ink_on, mix
from lensmith.lab.worlds.drawing import Colour

PALE: Colour = (252, 250, 244)


def draw_heatmap(canvas: Canvas, chart: Chart, style: Style, room: Box, random: Random) -> None:
    """Draws a cell for each row and column, and, where the values are not written, a bar that explains the tones."""
    ramp = _ramp(style.paint[chart.colours[0]])
    size_px = fit_size(chart.series, 40, NAME_SIZES_PX)
    room = room.inset(left=max(text_width(name, size_px) for name in chart.series) + 6, bottom=18)
    if not chart.printed:
        room = _explain(canvas, ramp, style, room)
    rows = room.slots(len(chart.series), down=True)
    gap_px = random.choice((0, 0.5, 1))
    for name, row, values in zip(chart.series, rows, chart.table, strict=True):
        canvas.text((row.left - 5, row.middle[1]), name, style.ink, size_px, "rm")
        for place, value in zip(row.slots(len(chart.names)), values, strict=True):
            canvas.rectangle(place.inset(gap_px, gap_px, gap_px, gap_px), ramp[value])
            if chart.printed:
                canvas.text(place.middle, str(value), ink_on(ramp[value]), 14)
    write_names(canvas, chart.names, style, room.slots(len(chart.names)))


def _ramp(colour: Colour) -> list[Colour]:
    """A tone for each value: pale, then the colour, then darker than the colour."""
    tones = []
    for value in range(HIGHEST_CELL + 1):
        part = value / HIGHEST_CELL
        tones.append(mix(PALE, colour, part / 0.7) if part < 0.7 else mix(colour, (0, 0, 0), (part - 0.7) * 1.7))
    return tones


def _explain(canvas: Canvas, ramp: list[Colour], style: Style, room: Box) -> Box:
    bar = Box(room.left + 14, room.top + 2, room.right - 14, room.top + 10)
    for place, colour in zip(bar.slots(HIGHEST_CELL), ramp[1:], strict=True):
        canvas.rectangle(place, colour)
    canvas.text((bar.left - 4, bar.middle[1]), str(LOWEST_CELL), style.ink, TICK_NEAR_PX, "rm")
    canvas.text((bar.right + 4, bar.middle[1]), str(HIGHEST_CELL), style.ink, TICK_NEAR_PX, "lm")
    return room.inset(top=16)
