"""Scores and comparisons as tables of text for a person: the one place where fractions become per cent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lensmith.evaluation.compare import AspectComparison, Comparison
from lensmith.evaluation.found_slices import SliceSearch
from lensmith.evaluation.results import MetricScore, Scores
from lensmith.evaluation.statistics import Estimate
from lensmith.evaluation.verdict import render_p

MOST_SLICES = 3
"""More of the found slices are in comparison.json and `--json`."""

MOST_CLASSES = 12
"""A confusion matrix with more classes than this is for `--json`, not for a terminal."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """What `console.show_table` takes."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def score_tables(scores: Scores) -> list[TextTable]:
    """A table of every number with its interval, then a confusion matrix for each metric that has one."""
    columns = ("metric", "n", "groups", "correct", "value", f"{100 * scores.resampling.confidence:g} % interval")
    rows = [row for name, score in scores.metrics.items() for row in _score_rows(name, score)]
    return [TextTable("", columns, rows), *confusion_tables(scores)]


def confusion_tables(scores: Scores) -> list[TextTable]:
    """A confusion matrix for each metric that has one, unless it has too many classes for a terminal."""
    tables = []
    for name, score in scores.metrics.items():
        confusion = score.table.get("confusion")
        if confusion and len(confusion["labels"]) <= MOST_CLASSES:
            headings = ("accepted \\ answered", *confusion["labels"])
            cells = [(label, *row) for label, row in zip(confusion["labels"], confusion["counts"], strict=True)]
            tables.append(TextTable(f"{name}: how often each label was answered", headings, cells))
    return tables


def score_remarks(scores: Scores) -> Iterator[str]:
    """What one must know beside the numbers: answers that are empty, cut or double, and what no metric judged."""
    total = len(scores.predictions)
    if scores.empty:
        yield f"{len(scores.empty)} of {total} answers are empty and count as wrong"
    if scores.unfinished:
        yield f"{len(scores.unfinished)} of {total} answers were cut by the length limit"
    if scores.duplicates:
        repeated = _some(scores.duplicates)
        yield f"{len(scores.duplicates)} ids occur more than once; each occurrence is scored: {repeated}"
    for name, score in scores.metrics.items():
        for reason, ids in score.left_out.items():
            yield f"{name} does not apply to {len(ids)} of {total}: {reason}: {_some(ids)}"
        if score.estimate.reason:
            yield f"{name}: no interval: {score.estimate.reason}"


def comparison_tables(comparison: Comparison) -> list[TextTable]:
    """A table of every number before and after, then the verdict on each metric in a sentence."""
    columns = ("metric", "n", "before", "after", "difference", "gained", "lost", "McNemar p", "verdict")
    rows = []
    for name, metric in comparison.metrics.items():
        rows.append(_comparison_row(name, metric.mean))
        rows += [_comparison_row(f"  {part}", each) for part, each in metric.slices.items()]
        rows += [_comparison_row(f"  {part}", each) for part, each in metric.quantities.items()]
    sentences = [(metric.mean.verdict.sentence,) for metric in comparison.metrics.values()]
    return [TextTable("", columns, rows), TextTable("", ("in words",), sentences)]


def comparison_remarks(comparison: Comparison) -> Iterator[str]:
    """What was not compared, and why."""
    for side, ids in (("before", comparison.only_before), ("after", comparison.only_after)):
        if ids:
            yield f"{len(ids)} ids are only in the predictions {side} and are not compared: {_some(ids)}"
    for name, metric in comparison.metrics.items():
        for reason, ids in metric.left_out.items():
            yield f"{name} does not apply to {len(ids)} of {comparison.pairs} pairs: {reason}: {_some(ids)}"


def slice_tables(search: SliceSearch) -> list[TextTable]:
    """The worst slices in a sentence each, at most `MOST_SLICES`; where none is surely worse, that sentence."""
    if not search.tested:
        return []
    told: dict[tuple[str, str], str] = {}
    for each in search.findings:
        if each.verdict.word == "worse":
            told.setdefault((each.column, each.value), each.verdict.sentence)
    sentences = list(told.values())[:MOST_SLICES]
    nothing = f"none of {search.tested} slices is surely worse than the rest"
    return [TextTable("", ("where it is worst",), [(sentence,) for sentence in sentences or [nothing]])]


def _score_rows(name: str, score: MetricScore) -> Iterator[tuple[Any, ...]]:
    yield _score_row(name, score.estimate)
    for part, each in (*score.slices.items(), *score.quantities.items()):
        yield _score_row(f"  {part}", each)


def _score_row(name: str, found: Estimate) -> tuple[Any, ...]:
    correct = "" if found.correct is None else found.correct
    return name, found.n, found.groups, correct, _percent(found.value), _range(found) or found.reason


def _comparison_row(name: str, found: AspectComparison) -> tuple[Any, ...]:
    change = found.difference
    shown = "" if change.value is None else f"{100 * change.value:+.1f} ({_range(change, '+') or 'no interval'})"
    flips = (len(found.flips.gained), len(found.flips.lost)) if found.flips else ("", "")
    p = "" if found.p is None else render_p(found.p)
    sides = (f"{_percent(side.value)} ({_range(side) or 'no interval'})" for side in (found.before, found.after))
    return name, change.n, *sides, shown, *flips, p, found.verdict.word


def _percent(value: float | None) -> str:
    return "cannot tell" if value is None else f"{100 * value:.1f} %"


def _range(found: Estimate, sign: str = "") -> str:
    """`41.3 to 51.9`, in per cent; empty where there is no interval."""
    interval = found.interval
    return f"{100 * interval.low:{sign}.1f} to {100 * interval.high:{sign}.1f}" if interval else ""


def _some(ids: Any, most: int = 5) -> str:
    shown = list(ids)
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "")
