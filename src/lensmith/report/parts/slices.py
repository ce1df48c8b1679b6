"""Where it fails: parts of the questions that were found to do worse than the rest, and those that were asked for."""

from collections.abc import Iterable, Mapping

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.intervals import Row, shorten, track
from lensmith.report.phrases import (
    LADDER,
    change_cells,
    change_headings,
    number_cell,
    number_or_dash,
    primary_metric,
    show_p,
)
from lensmith.report.reading import RunRecord
from lensmith.report.records import Change, FoundSlice, Number
from lensmith.report.words import Words

_MOST_FOUND = 12
_MOST_ASKED = 40


def render_slices(run: RunRecord, words: Words) -> str:
    """Found ones first, worst first; then those by the columns of `evaluate.slices`."""
    return _found(run, words) + _asked(run, words)


def _found(run: RunRecord, words: Words) -> str:
    if not run.found_slices:
        if run.searched is None:
            return ""
        looked = words.say("Slices looked at: {count}; none is weaker.", count=words.count(run.searched.tested))
        return element("p", escape(looked))
    found = run.found_slices
    headings = [
        escape(name)
        for name in (
            words.say("where"),
            words.say("questions"),
            words.say("before"),
            words.say("after"),
            words.say("elsewhere"),
            "",
            words.say("gap"),
            words.say("verdict"),
        )
    ]
    title = element("h3", escape(words.say("Found: where the tuned model is weaker than elsewhere")))
    note = words.say("p is corrected for all slices that were looked at.")
    if run.searched:
        note = words.say(
            "Slices looked at: {count}; p is corrected for them all.", count=words.count(run.searched.tested)
        )
    rows = [_found_cells(each, words) for each in found]
    shown = marked_table(headings, rows[:_MOST_FOUND], kind="changes")
    return title + element("p", escape(note), kind="quiet") + shown + _folded(headings, rows[_MOST_FOUND:], words)


def _found_cells(each: FoundSlice, words: Words) -> list[str]:
    p = "" if each.adjusted_p is None else element("span", escape(show_p(each.adjusted_p, words)), kind="span")
    gap = number_or_dash(None, words) if each.gap is None else _gap(each.gap, words)
    metric = element("span", escape(each.metric), kind="span")
    return [
        escape(f"{shorten(each.column, 40)} = {shorten(each.value, 60)}") + metric + _apart(each, words),
        escape(words.count(each.n)),
        number_or_dash(each.before, words),
        number_cell(each.after, words),
        number_cell(each.rest, words),
        track(Row("", each.rest, each.after), words),
        gap,
        element("span", escape(words.term(each.verdict)), kind=f"word {'bad' if each.verdict == 'worse' else 'quiet'}")
        + p,
    ]


def _apart(each: FoundSlice, words: Words) -> str:
    """Which slices that were found before it count neither here nor in the rest."""
    if not each.apart_from:
        return ""
    others = ", ".join(shorten(name, 60) for name in each.apart_from)
    return element("span", escape(words.say("apart from {others}", others=others)), kind="span")


def _gap(gap: Number, words: Words) -> str:
    value = "–" if gap.value is None else words.number(100 * gap.value, sign=True)
    shown = element("span", escape(value), kind="value")
    if gap.interval is None:
        return shown
    return shown + element("span", escape(words.span(gap.interval.low, gap.interval.high, sign=True)), kind="span")


def _asked(run: RunRecord, words: Words) -> str:
    """The first metric's slices, and those of the others folded away."""
    primary = primary_metric(run.comparison) if run.comparison else None
    if run.comparison is None or primary is None:
        return ""
    parts = [_metric(primary[0], primary[1].slices, words)]
    for name, metric in run.comparison.metrics.items():
        tables = _metric(name, metric.slices, words) if name not in (primary[0], LADDER) else ""
        if tables:
            summary = element("summary", escape(words.say("The same by {metric}", metric=name)))
            parts.append(element("details", summary + tables))
    return "".join(parts)


def _metric(name: str, slices: Mapping[str, Change], words: Words) -> str:
    """A table for each column; within a column the weakest first."""
    parts = []
    headings = change_headings(words.say("value"), words)
    for column, rows in _columns(slices).items():
        title = f"{escape(column or words.say('kind of question'))} · {element('code', escape(name))}"
        cells = [[escape(shorten(value, 80)), *change_cells(change, words)] for value, change in rows]
        parts.append(element("h3", title) + marked_table(headings, cells[:_MOST_ASKED], kind="changes"))
        parts.append(_folded(headings, cells[_MOST_ASKED:], words))
    return "".join(parts)


def _columns(slices: Mapping[str, Change]) -> dict[str, list[tuple[str, Change]]]:
    """Slices by column; those that a metric makes itself have none."""
    columns: dict[str, list[tuple[str, Change]]] = {}
    for name, change in slices.items():
        column, sign, value = name.partition(" = ")
        columns.setdefault(column if sign else "", []).append((value if sign else name, change))
    return {column: sorted(rows, key=lambda row: _weakness(row[1])) for column, rows in columns.items()}


def _weakness(change: Change) -> float:
    return 2.0 if change.after.value is None else change.after.value


def _folded(headings: list[str], rows: Iterable[list[str]], words: Words) -> str:
    rest = list(rows)
    if not rest:
        return ""
    summary = element("summary", escape(words.say("{count} more", count=words.count(len(rest)))))
    return element("details", summary + marked_table(headings, rest, kind="changes"))
