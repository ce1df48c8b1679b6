"""Dots and intervals as SVG: rows whose places are in per cent of the width, so that they fit a phone and a screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from lensmith.markup.elements import escape
from lensmith.report.records import Number
from lensmith.report.words import Words

_ROW_PX, _TRACK_PX, _AXIS_PX = 58, 34, 24
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LABEL_SIGNS = 34


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart.

    Attributes:
        label: what it is about.
        before: hollow and grey; None for none.
        after: filled, in the accent colour; None for none.
    """

    label: str
    before: Number | None
    after: Number | None


def interval_chart(rows: Sequence[Row], words: Words, title: str) -> str:
    """All rows above one axis from 0 to 100 %; its text alternative says every number."""
    height = len(rows) * _ROW_PX + _AXIS_PX
    base = len(rows) * _ROW_PX
    parts = [
        f"<title>{escape(title)}</title>",
        f"<desc>{escape('; '.join(describe(row, words) for row in rows))}</desc>",
    ]
    for tick in _TICKS:
        x = _place(tick)
        anchor = "start" if tick == 0 else "end" if tick == 1 else "middle"
        parts.append(f'<line class="axis" x1="{x}" x2="{x}" y1="{_TRACK_PX - 10}" y2="{base}"/>')
        parts.append(_text(x, base + 17, words.percent(tick, 0), anchor, "tick"))
    for at, row in enumerate(rows):
        top = at * _ROW_PX
        parts.append(_text("0", top + 13, shorten(row.label), "start", "name"))
        parts.append(_text("100%", top + 13, _course(row, words), "end", "value"))
        middle = top + _TRACK_PX
        parts.append(f'<line class="axis" x1="0" x2="100%" y1="{middle}" y2="{middle}"/>')
        parts.append(_marks(row, middle))
    return f'<svg class="intervals" height="{height}" role="img">{"".join(parts)}</svg>'


def interval_legend(words: Words) -> str:
    """Which dot is which."""
    keys = "".join(
        '<li><svg class="key" width="26" height="10" aria-hidden="true">'
        f'<line class="span {kind}" x1="1" x2="25" y1="5" y2="5"/>'
        f'<circle class="dot {kind}" cx="13" cy="5" r="4.5"/></svg>{escape(name)}</li>'
        for kind, name in (("before", words.say("before")), ("after", words.say("after")))
    )
    return f'<ul class="legend">{keys}</ul>'


def track(row: Row, words: Words) -> str:
    """One row without its label, for a cell of a table that says the numbers beside it."""
    label = escape(describe(row, words))
    line = '<line class="axis" x1="0" x2="100%" y1="13" y2="13"/>'
    return f'<svg class="track" height="26" role="img" aria-label="{label}">{line}{_marks(row, 13)}</svg>'


def describe(row: Row, words: Words) -> str:
    """The row's numbers in words."""
    said = [row.label] if row.label else []
    for name, number in ((words.say("before"), row.before), (words.say("after"), row.after)):
        if number is not None:
            said.append(f"{name} {show_number(number, words)}")
    return ", ".join(said)


def show_number(number: Number, words: Words) -> str:
    """`97.2 % (95.1 to 98.5)`."""
    if number.value is None:
        return words.say("cannot tell")
    span = f" ({words.span(number.interval.low, number.interval.high)})" if number.interval else ""
    return words.percent(number.value) + span


def shorten(text: str, most: int = _LABEL_SIGNS) -> str:
    """The beginning of a text, on one line.

    >>> shorten("a  long\\nname", 7)
    'a long…'
    """
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1].rstrip() + "…"


def _course(row: Row, words: Words) -> str:
    values = [number.value for number in (row.before, row.after) if number is not None]
    return " → ".join(words.say("cannot tell") if value is None else words.percent(value) for value in values)


def _marks(row: Row, middle: int) -> str:
    """Before a little above the middle, after a little below."""
    both = row.before is not None and row.after is not None
    shift = 5 if both else 0
    marks = [(row.before, "before", middle - shift, 4.5), (row.after, "after", middle + shift, 5.5)]
    return "".join(_mark(number, kind, y, radius) for number, kind, y, radius in marks if number is not None)


def _mark(number: Number, kind: str, y: int, radius: float) -> str:
    if number.value is None:
        return ""
    line = ""
    if number.interval:
        low, high = _place(number.interval.low), _place(number.interval.high)
        line = f'<line class="span {kind}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
    return f'{line}<circle class="dot {kind}" cx="{_place(number.value)}" cy="{y}" r="{radius}"/>'


def _place(share: float) -> str:
    """Where a share of 1 stands, in per cent of the width, with room for half a dot on both sides."""
    return f"{2 + 96 * min(1.0, max(0.0, share)):.2f}%"


def _text(x: str, y: int, text: str, anchor: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
