"""Curves over epochs as SVG that fits any width: lines are stretched, text and dots are not."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lensmith.markup.elements import escape
from lensmith.report.words import Words

Point = tuple[float, float]

_HEIGHT, _TOP, _PLOT = 268, 22, 208
_WIDTH = 1000
_MOST_POINTS = 400
_LOG_FROM = 30.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One line.

    Attributes:
        name: for the legend.
        points: x and y, in order of x; y may be anything that is a number, holes are left out by the caller.
        kind: its class in the style: `training`, `validation`, `run-0` …
        dotted: draws its points too.
    """

    name: str
    points: tuple[Point, ...]
    kind: str
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the curves.

    Attributes:
        title: for those who cannot see it.
        description: what there is to see.
        unit: under the x axis.
        mark: an x and the words beside it.
        logarithmic: True where y spans so much that a linear axis would show a corner.
    """

    title: str
    description: str
    unit: str
    mark: tuple[float, str] | None = None
    logarithmic: bool = False


def spans_much(values: Sequence[float]) -> bool:
    """True when a logarithmic axis shows more.

    >>> spans_much([9.3, 0.02]), spans_much([2.0, 1.0]), spans_much([1.0, 0.0])
    (True, False, False)
    """
    return bool(values) and min(values) > 0 and max(values) / min(values) > _LOG_FROM


def curve_chart(curves: Sequence[Curve], frame: Frame, words: Words) -> str:
    """The chart; no curve may be without points."""
    xs = [x for curve in curves for x, _ in curve.points]
    scale = _Scale(max(xs), [y for curve in curves for _, y in curve.points], frame.logarithmic)
    parts = [f"<title>{escape(frame.title)}</title><desc>{escape(frame.description)}</desc>"]
    for tick in scale.ticks():
        y = scale.y(tick)
        parts.append(f'<line class="axis" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="0" y="{y - 4:.1f}">{escape(words.significant(tick))}</text>')
    for at in _epochs(scale.last):
        anchor = "start" if at == 0 else "end" if at == scale.last else "middle"
        place = f'x="{scale.share(at)}" y="{_TOP + _PLOT + 18}"'
        parts.append(f'<text class="tick" {place} text-anchor="{anchor}">{escape(words.significant(at))}</text>')
    parts.append(f'<text class="tick" x="100%" y="{_HEIGHT - 4}" text-anchor="end">{escape(frame.unit)}</text>')
    if frame.mark:
        parts.append(_mark(frame.mark, scale))
    stretched = f'width="100%" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
    parts.append(f"<svg {stretched}>{''.join(_line(curve, scale) for curve in curves)}</svg>")
    parts += [dot for curve in curves if curve.dotted for dot in _dots(curve, scale)]
    return f'<svg class="curves" height="{_HEIGHT}" role="img">{"".join(parts)}</svg>'


def legend(curves: Sequence[Curve]) -> str:
    """Which line is which."""
    keys = "".join(
        f'<li><svg class="key" width="26" height="10" aria-hidden="true">'
        f'<line class="line {curve.kind}" x1="0" x2="26" y1="5" y2="5"/></svg>{escape(curve.name)}</li>'
        for curve in curves
    )
    return f'<ul class="legend">{keys}</ul>'


class _Scale:
    """From epochs and losses to places."""

    def __init__(self, last: float, values: Sequence[float], logarithmic: bool) -> None:
        self.last = last if last > 0 else 1.0
        self.logarithmic = logarithmic
        self.low = min(values) if logarithmic else min(0.0, *values, 0.0)
        self.high = max(values)
        if self.high <= self.low:
            self.high = self.low + (abs(self.low) or 1.0)

    def share(self, x: float) -> str:
        return f"{100 * x / self.last:.2f}%"

    def y(self, value: float) -> float:
        share = (self._bent(value) - self._bent(self.low)) / (self._bent(self.high) - self._bent(self.low))
        return _TOP + _PLOT * (1 - share)

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def ticks(self) -> list[float]:
        """A few round values in sight."""
        if not self.logarithmic:
            step = _round_step((self.high - self.low) / 4)
            first = math.ceil(self.low / step)
            return [at * step for at in range(first, math.floor(self.high / step) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 3) if len(decades) <= 4 else (1,)
        every = [factor * 10.0**decade for decade in decades for factor in factors]
        return [value for value in every if self.low <= value <= self.high]


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20 … that is not below."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(decade * factor for factor in (1, 2, 5, 10) if decade * factor >= least * 0.999)


def _epochs(last: float) -> list[float]:
    """Whole epochs to label, and the end where there is no whole one."""
    if last < 2:
        return [0, last]
    step = max(1, round(_round_step(last / 6)))
    return [float(at) for at in range(0, math.floor(last + 1e-9) + 1, step)]


def _line(curve: Curve, scale: _Scale) -> str:
    points = " ".join(f"{_WIDTH * x / scale.last:.1f},{scale.y(y):.1f}" for x, y in thin(curve.points))
    return f'<polyline class="line {curve.kind}" points="{points}" vector-effect="non-scaling-stroke"/>'


def _dots(curve: Curve, scale: _Scale) -> Iterator[str]:
    for x, y in thin(curve.points, 60):
        yield f'<circle class="dot {curve.kind}" cx="{scale.share(x)}" cy="{scale.y(y):.1f}" r="3.5"/>'


def _mark(mark: tuple[float, str], scale: _Scale) -> str:
    x, label = scale.share(mark[0]), escape(mark[1])
    left = mark[0] > scale.last / 2
    shift = 'text-anchor="end" dx="-6"' if left else 'dx="6"'
    line = f'<line class="mark" x1="{x}" x2="{x}" y1="{_TOP - 14}" y2="{_TOP + _PLOT}"/>'
    return f'{line}<text class="mark" x="{x}" y="{_TOP - 6}" {shift}>{label}</text>'


def thin(points: Sequence[Point], most: int = _MOST_POINTS) -> list[Point]:
    """At most so many points, each the mean of its neighbours; the last stays what it is.

    >>> thin([(0, 1.0), (1, 3.0), (2, 5.0), (3, 7.0)], 2)
    [(0.5, 2.0), (3, 7.0)]
    """
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // most)
    thinned = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        thinned.append((sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)))
    return [*thinned[:-1], points[-1]]
