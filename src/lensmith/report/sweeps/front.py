"""Two objectives against each other as SVG: a dot a setting with its intervals, and a line along those nothing beats.

Places across are in per cent of the width, so that the picture fits a phone and a screen; a dot's number is that of
its setting in the table. Nothing depends on colour alone: dots on the line are filled, the others hollow, the base is
a square.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lensmith.markup.elements import escape
from lensmith.report.intervals import show_number
from lensmith.report.records import Number
from lensmith.report.words import Words

_HEIGHT, _TOP, _PLOT, _LEFT = 380, 14, 306, 11.0
_STRETCH = 1000
_NARROWEST_PX = 300  # labels must not touch on a phone
_LABEL_PX = 7.4
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class Dot:
    """A setting.

    Attributes:
        label: what stands beside it.
        name: in full.
        x: across.
        y: upwards.
        front: nothing beats it.
    """

    label: str
    name: str
    x: Number
    y: Number
    front: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """One objective.

    Attributes:
        name: of it.
        base: what the base has; None where nobody knows.
        less: less of it is better.
    """

    name: str
    base: float | None
    less: bool


def front_chart(dots: Sequence[Dot], across: Axis, upwards: Axis, words: Words) -> str:
    """The picture, with every number in its text alternative; no dot may be without values."""
    x, y = (_Scale(axis, [getattr(dot, side) for dot in dots]) for axis, side in ((across, "x"), (upwards, "y")))
    title = words.say("{across} against {upwards}", across=across.name, upwards=upwards.name)
    parts = [f"<title>{escape(title)}</title><desc>{escape(_describe(dots, across, upwards, words))}</desc>"]
    for tick in x.ticks():
        place = _across(x.share(tick))
        parts.append(f'<line class="axis" x1="{place}" x2="{place}" y1="{_TOP}" y2="{_TOP + _PLOT}"/>')
        parts.append(_text(place, _TOP + _PLOT + 17, words.percent(tick, 0), "middle", "tick"))
    for tick in y.ticks():
        height = _up(y.share(tick))
        parts.append(f'<line class="axis" x1="{_LEFT}%" x2="100%" y1="{height:.1f}" y2="{height:.1f}"/>')
        parts.append(_text("0", height + 4, words.percent(tick, 0), "start", "tick"))
    parts.append(_text("100%", _HEIGHT - 22, f"{_titled(across, words)} →", "end", "name"))
    parts.append(_text("0", _HEIGHT - 4, f"↑ {_titled(upwards, words)}", "start", "name"))
    parts.append(_line([dot for dot in dots if dot.front], x, y))
    parts += [_bars(dot, x, y) for dot in dots]
    parts += [_dot(dot, x, y, words) for dot in dots]
    if across.base is not None and upwards.base is not None:
        parts.append(_base(x.share(across.base), y.share(upwards.base), words))
    parts += _labels(dots, x, y)
    return f'<svg class="front" height="{_HEIGHT}" role="img">{"".join(parts)}</svg>'


def front_legend(words: Words) -> str:
    """Which mark is which."""
    keys = (
        ('<circle class="dot after" cx="13" cy="6" r="5"/>', words.say("nothing beats it in everything")),
        ('<circle class="dot before" cx="13" cy="6" r="4.5"/>', words.say("another is better")),
        ('<rect class="base" x="8.5" y="1.5" width="9" height="9"/>', words.say("the base model")),
    )
    items = "".join(
        f'<li><svg class="key" width="26" height="12" aria-hidden="true">{mark}</svg>{escape(name)}</li>'
        for mark, name in keys
    )
    return f'<ul class="legend">{items}</ul>'


class _Scale:
    """From a share of 1 to a share of the axis, whose better end is right, or up."""

    def __init__(self, axis: Axis, numbers: Sequence[Number]) -> None:
        values = [value for number in numbers for value in (number.value, *_ends(number)) if value is not None]
        values += [] if axis.base is None else [axis.base]
        pad = max(0.02, 0.06 * (max(values) - min(values)))
        self.less = axis.less
        self.low, self.high = max(0.0, min(values) - pad), min(1.0, max(values) + pad)
        if self.high <= self.low:
            self.low, self.high = self.low - pad, self.low + pad

    def share(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return 1 - share if self.less else share

    def ticks(self) -> list[float]:
        """Round values in sight."""
        span = self.high - self.low
        step = next((each for each in _STEPS if span / each <= 5), _STEPS[-1])
        return [at * step for at in range(int(self.low / step), int(self.high / step) + 2) if self._sees(at * step)]

    def _sees(self, value: float) -> bool:
        return self.low - 1e-9 <= value <= self.high + 1e-9


def _ends(number: Number) -> tuple[float, ...]:
    return (number.interval.low, number.interval.high) if number.interval else ()


def _at(number: Number) -> float:
    return 0.0 if number.value is None else number.value


def _across(share: float) -> str:
    return f"{_LEFT + (98 - _LEFT) * share:.2f}%"


def _up(share: float) -> float:
    return _TOP + _PLOT * (1 - share)


def _titled(axis: Axis, words: Words) -> str:
    return words.say("{name}, less is better", name=axis.name) if axis.less else axis.name


def _line(front: Sequence[Dot], x: _Scale, y: _Scale) -> str:
    """Steps from dot to dot of the front; what is left of them or below is beaten."""
    places = sorted((x.share(_at(dot.x)), y.share(_at(dot.y))) for dot in front)
    if len(places) < 2:
        return ""
    corners = [places[0]]
    for (left, _), (right, low) in pairwise(places):
        corners += [(left, low), (right, low)]
    points = " ".join(f"{_STRETCH * (_LEFT + (98 - _LEFT) * a) / 100:.1f},{_up(b):.1f}" for a, b in corners)
    stretched = f'width="100%" height="{_HEIGHT}" viewBox="0 0 {_STRETCH} {_HEIGHT}" preserveAspectRatio="none"'
    return f'<svg {stretched}><polyline class="along" points="{points}" vector-effect="non-scaling-stroke"/></svg>'


def _bars(dot: Dot, x: _Scale, y: _Scale) -> str:
    kind = "after" if dot.front else "before"
    cx, cy = _across(x.share(_at(dot.x))), _up(y.share(_at(dot.y)))
    parts = []
    if dot.x.interval:
        low, high = (_across(x.share(end)) for end in _ends(dot.x))
        parts.append(f'<line class="bar {kind}" x1="{low}" x2="{high}" y1="{cy:.1f}" y2="{cy:.1f}"/>')
    if dot.y.interval:
        low_px, high_px = (_up(y.share(end)) for end in _ends(dot.y))
        parts.append(f'<line class="bar {kind}" x1="{cx}" x2="{cx}" y1="{low_px:.1f}" y2="{high_px:.1f}"/>')
    return "".join(parts)


def _dot(dot: Dot, x: _Scale, y: _Scale, words: Words) -> str:
    kind, radius = ("after", 6) if dot.front else ("before", 4.5)
    said = f"{dot.name}: {show_number(dot.x, words)}; {show_number(dot.y, words)}"
    place = f'cx="{_across(x.share(_at(dot.x)))}" cy="{_up(y.share(_at(dot.y))):.1f}"'
    return f'<circle class="dot {kind}" {place} r="{radius}"><title>{escape(said)}</title></circle>'


def _base(across: float, up: float, words: Words) -> str:
    place = f'x="{_across(across)}" y="{_up(up) - 5:.1f}"'
    name = escape(words.say("the base model"))
    return f'<rect class="base" {place} width="10" height="10" transform="translate(-5 0)"><title>{name}</title></rect>'


def _labels(dots: Sequence[Dot], x: _Scale, y: _Scale) -> list[str]:
    """A label beside each dot, those of the front first, on the side where it covers the least."""
    wide = _NARROWEST_PX * (98 - _LEFT) / 100
    centres = [(wide * x.share(_at(dot.x)), _up(y.share(_at(dot.y)))) for dot in dots]
    taken = [(cx - 6, cy - 6, cx + 6, cy + 6) for cx, cy in centres]
    parts = []
    for at in sorted(range(len(dots)), key=lambda place: not dots[place].front):
        (cx, cy), dot = centres[at], dots[at]
        width = _LABEL_PX * len(dot.label)
        sides = (
            ("start", 9, 4, (cx + 9, cy - 7, cx + 9 + width, cy + 7)),
            ("end", -9, 4, (cx - 9 - width, cy - 7, cx - 9, cy + 7)),
            ("middle", 0, -10, (cx - width / 2, cy - 20, cx + width / 2, cy - 7)),
            ("middle", 0, 19, (cx - width / 2, cy + 8, cx + width / 2, cy + 21)),
        )
        outside = (wide, 0.0, wide + _STRETCH, float(_HEIGHT))
        covered = [sum(_overlap(box, each) for each in (*taken, outside)) for *_, box in sides]
        anchor, dx, dy, box = sides[covered.index(min(covered))]
        taken.append(box)
        place = _across(x.share(_at(dot.x)))
        kind = "name" if dot.front else "tick"
        parts.append(
            f'<text class="{kind}" x="{place}" y="{cy + dy:.1f}" dx="{dx}" text-anchor="{anchor}">'
            f"{escape(dot.label)}</text>"
        )
    return parts


def _overlap(first: tuple[float, float, float, float], second: tuple[float, float, float, float]) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)


def _describe(dots: Sequence[Dot], across: Axis, upwards: Axis, words: Words) -> str:
    return "; ".join(
        f"{dot.name}: {across.name} {show_number(dot.x, words)}, {upwards.name} {show_number(dot.y, words)}"
        for dot in dots
    )


def _text(x: str, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
