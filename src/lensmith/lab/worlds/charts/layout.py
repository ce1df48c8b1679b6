"""What stands around a chart's marks: title, legend, axes, grid and names. Each takes its room and gives the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lensmith.lab.worlds.charts.canvas import Box, Canvas, fit_size, text_width
from lensmith.lab.worlds.charts.chart import TOP_HALVES, Chart
from lensmith.lab.worlds.charts.palettes import Style
from lensmith.lab.worlds.drawing import Colour

MARGIN_PX = 7
TITLE_PX = 19
NAME_SIZES_PX = (15, 14, 13, 12, 11)
LEGEND_SIZES_PX = (14, 13, 12)
TICK_PX = 13
WIDEST_TICK = "500"
TICK_NEAR_PX = 12
# A little more than the highest value, so that the highest mark does not touch the edge.
ROOM_HALVES = TOP_HALVES + 0.7
LEGEND_ROW = 3
# More than these would run into each other in what a legend at the right leaves.
FEW_NAMES = 2


@dataclass(frozen=True, slots=True)
class Axes:
    """Where marks go, and how half ticks become pixels."""

    plot: Box

    def up(self, halves: float) -> float:
        """The height of a value over the lower edge, from the top of the picture."""
        return self.plot.bottom - self.plot.height * halves / ROOM_HALVES

    def along(self, halves: float) -> float:
        """The place of a value from the left edge, where values run sideways."""
        return self.plot.left + self.plot.width * halves / ROOM_HALVES


def draw_title(canvas: Canvas, chart: Chart, style: Style) -> Box:
    """Writes the title and gives the room that is left, its margins taken off.

    It begins where every title does, as its words are hard enough to tell apart for who learns to read from charts.
    """
    write = canvas.heading if style.bold else canvas.text
    write((MARGIN_PX, 15), chart.title, style.ink, TITLE_PX, "lm")
    return canvas.box.inset(left=MARGIN_PX, right=MARGIN_PX, top=30, bottom=MARGIN_PX)


def draw_legend(canvas: Canvas, entries: Sequence[tuple[str, Colour]], style: Style, room: Box) -> Box:
    """Writes names beside patches of their colours, where the style puts them, and gives the room that is left."""
    names = [name for name, _ in entries]
    if style.legend == "right":
        size_px = fit_size(names, 38, LEGEND_SIZES_PX)
        width_px = 15 + max(text_width(name, size_px) for name in names)
        column = Box(room.right - width_px, room.top, room.right, min(room.bottom, room.top + 19 * len(names)))
        for (name, colour), place in zip(entries, column.slots(len(entries), down=True), strict=True):
            _draw_entry(canvas, (name, colour), (place.left, place.middle[1]), style, size_px)
        return room.inset(right=width_px + 7)
    in_row = LEGEND_ROW if len(entries) != LEGEND_ROW + 1 else 2
    rows = [entries[at : at + in_row] for at in range(0, len(entries), in_row)]
    height_px = 17 * len(rows)
    above = style.legend == "above"
    top = room.top if above else room.bottom - height_px
    band = Box(room.left, top, room.right, top + height_px)
    size_px = fit_size(names, room.width / in_row - 20, LEGEND_SIZES_PX)
    widths_px = [max(text_width(row[k][0], size_px) for row in rows if k < len(row)) + 26 for k in range(len(rows[0]))]
    for row, place in zip(rows, band.slots(len(rows), down=True), strict=True):
        x = room.middle[0] - (sum(widths_px) - 10) / 2
        for entry, width_px in zip(row, widths_px, strict=False):
            _draw_entry(canvas, entry, (x, place.middle[1]), style, size_px)
            x += width_px
    return room.inset(top=height_px + 3) if above else room.inset(bottom=height_px + 2)


def draw_series(canvas: Canvas, chart: Chart, style: Style, room: Box) -> tuple[list[Colour], Box]:
    """Draws the legend of a chart's series, where it has several; gives their paints and the room that is left."""
    paints = [style.paint[colour] for colour in chart.colours]
    if not chart.series:
        return paints, room
    if style.legend == "right" and len(chart.names) > FEW_NAMES:
        style = replace(style, legend="above")
    return paints, draw_legend(canvas, list(zip(chart.series, paints, strict=True)), style, room)


def _draw_entry(
    canvas: Canvas, entry: tuple[str, Colour], place: tuple[float, float], style: Style, size_px: float
) -> None:
    x, y = place
    canvas.rectangle(Box(x, y - 5, x + 10, y + 5), entry[1])
    canvas.text((x + 14, y), entry[0], style.ink, size_px, "lm")


def draw_axes(canvas: Canvas, chart: Chart, style: Style, room: Box) -> Axes:
    """Draws a frame in which values run upwards, the axis of values at its left, and keeps room for names beneath."""
    ticks = [chart.worth(halves) or "" for halves in range(0, TOP_HALVES + 1, 2)]
    if chart.axis_label:
        canvas.text_upwards((room.left + 7, room.middle[1] - 8), chart.axis_label, style.ink, 14)
        room = room.inset(left=16)
    room = room.inset(left=text_width(WIDEST_TICK, TICK_PX) + 5, bottom=18)
    axes = Axes(room)
    canvas.rectangle(room, style.panel)
    for halves, tick in zip(range(0, TOP_HALVES + 1, 2), ticks, strict=True):
        y = axes.up(halves)
        canvas.text((room.left - 4, y), tick, style.ink, TICK_PX, "rm")
        if style.grid != "none" and halves:
            canvas.line([(room.left, y), (room.right, y)], style.faint)
    _draw_frame(canvas, style, room)
    return axes


def draw_sideways_axes(canvas: Canvas, chart: Chart, style: Style, room: Box) -> Axes:
    """Draws a frame in which values run to the right, the axis of values beneath and names at the left."""
    size_px = fit_size(chart.names, 44, NAME_SIZES_PX)
    if chart.axis_label:
        canvas.text((room.middle[0] + 18, room.bottom - 7), chart.axis_label, style.ink, 14)
        room = room.inset(bottom=15)
    room = room.inset(left=max(text_width(name, size_px) for name in chart.names) + 6, bottom=17, right=4)
    axes = Axes(room)
    canvas.rectangle(room, style.panel)
    for halves in range(0, TOP_HALVES + 1, 2):
        x = axes.along(halves)
        canvas.text((x, room.bottom + 9), chart.worth(halves) or "", style.ink, TICK_NEAR_PX)
        if style.grid != "none" and halves:
            canvas.line([(x, room.top), (x, room.bottom)], style.faint)
    for name, place in zip(chart.names, room.slots(len(chart.names), down=True), strict=True):
        canvas.text((room.left - 5, place.middle[1]), name, style.ink, size_px, "rm")
    _draw_frame(canvas, style, room, foot=False)
    return axes


def write_names(canvas: Canvas, names: Sequence[str], style: Style, places: Sequence[Box]) -> None:
    """Writes names beneath their places, all in one size."""
    size_px = fit_size(names, places[0].width - 2, NAME_SIZES_PX)
    for name, place in zip(names, places, strict=True):
        canvas.text((place.middle[0], place.bottom + 10), name, style.ink, size_px)


def _draw_frame(canvas: Canvas, style: Style, plot: Box, *, foot: bool = True) -> None:
    corners = (plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom), (plot.right, plot.top)
    if style.axes == "box":
        canvas.line([*corners, corners[0]], style.ink)
    elif style.axes == "open":
        canvas.line(corners[:3], style.ink)
    else:
        canvas.line(corners[1:3] if foot else corners[:2], style.ink)
