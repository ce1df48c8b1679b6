"""Small plots as SVG: bars for answers, a histogram for lengths."""

from collections import Counter
from collections.abc import Sequence

from lensmith.data.doctor.text import shorten
from lensmith.markup.elements import element, escape

_ANSWERS = 12
_BINS = 24
_WIDTH, _LABEL, _ROW, _HEIGHT = 420, 130, 20, 150


def plot_answers(counts: Counter[str]) -> str:
    """The most frequent answers, and all the others together."""
    total = counts.total()
    rows = [(shorten(answer, 18), count) for answer, count in counts.most_common(_ANSWERS)]
    rest = total - sum(count for _, count in rows)
    if rest:
        rows.append((f"{len(counts) - _ANSWERS:,} others", rest))
    widest = max(count for _, count in rows)
    room = _WIDTH - _LABEL - 90
    bars = []
    for number, (answer, count) in enumerate(rows):
        top, long = number * _ROW, max(1.0, room * count / widest)
        bars.append(_text(_LABEL - 6, top + 14, answer, "end"))
        bars.append(_bar(_LABEL, top + 4, long, 13, f"{answer}: {count:,}"))
        bars.append(_text(_LABEL + long + 5, top + 14, f"{count:,} · {count / total:.1%}"))
    return _figure(f"Answers: {total:,}, {len(counts):,} different", "".join(bars), len(rows) * _ROW + 4)


def plot_histogram(values: Sequence[int], title: str, *, limit: int | None = None) -> str:
    """How often each length occurs; a line stands at `limit` where it is in sight."""
    if not values:
        return ""
    low, high = min(values), max(values)
    step = max(1, -(-(high - low + 1) // _BINS))
    bins = Counter((value - low) // step for value in values)
    tallest, number = max(bins.values()), (high - low) // step + 1
    wide, base = (_WIDTH - 20) / number, _HEIGHT - 22
    parts = [f'<line class="axis" x1="10" x2="{_WIDTH - 10}" y1="{base}" y2="{base}"/>']
    for at in sorted(bins):
        tall = max(1.0, (base - 14) * bins[at] / tallest)
        label = f"{low + at * step} to {min(high, low + (at + 1) * step - 1)}: {bins[at]:,}"
        parts.append(_bar(10 + at * wide, base - tall, max(1.0, wide - 1), tall, label))
    parts += [_text(10, _HEIGHT - 6, f"{low:,}"), _text(_WIDTH - 10, _HEIGHT - 6, f"{high:,}", "end")]
    if limit is not None and low <= limit <= high:
        x = 10 + (limit - low) / step * wide
        parts.append(f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{base}"/>')
        parts.append(_text(x - 4, 12, f"limit {limit:,}", "end"))
    median = sorted(values)[len(values) // 2]
    return _figure(f"{title}: median {median:,}, at most {high:,}", "".join(parts), _HEIGHT)


def _figure(caption: str, content: str, height: int) -> str:
    label = escape(caption)
    drawing = f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{content}</svg>'
    return element("figure", element("figcaption", label) + drawing)


def _bar(x: float, y: float, width: float, height: float, title: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="bar" {place}><title>{escape(title)}</title></rect>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
