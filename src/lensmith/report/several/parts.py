"""The parts of the page of several runs: from runs and a language to markup, empty where there is nothing."""

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.curves import Curve, Frame, curve_chart, legend, spans_much
from lensmith.report.intervals import Row, interval_chart, interval_legend, shorten
from lensmith.report.overfit import TRAINING, VALIDATION, read_course, series
from lensmith.report.parts.settings import chosen_settings
from lensmith.report.parts.subjects import status_badge
from lensmith.report.phrases import change_cells, change_headings, number_cell, number_or_dash, say_course
from lensmith.report.reading import RunRecord
from lensmith.report.records import Change, MetricChange
from lensmith.report.several.side_by_side import Against, SideBySide
from lensmith.report.words import Words

_COLOURS = 8
_SHADES = 5
_MOST_ROWS = 60


def render_first(side: SideBySide, words: Words) -> str:
    """Which run ended highest, whether the first is beaten, and every run's before and after."""
    scored = [
        (run, metric) for run in side.runs if (metric := _metric(run, side.metric)) and metric.after.value is not None
    ]
    if not scored:
        title = element("h1", escape(words.say("None of these runs is finished")))
        return title + element("p", escape(words.say("There is nothing to compare yet.")), kind="lead")
    lowest = scored[0][1].better == "lower"
    best = min(scored, key=lambda pair: (1 if lowest else -1) * (pair[1].after.value or 0.0))
    value = words.percent(best[1].after.value or 0.0)
    text = "Lowest {metric}: {run}, {value}" if lowest else "Highest {metric}: {run}, {value}"
    title = element("h1", escape(words.say(text, metric=side.metric, run=best[0].name, value=value)))
    chart_title = words.say("{metric} before and after, with intervals", metric=side.metric)
    rows = [Row(run.name, metric.before, metric.after) for run, metric in scored]
    caption = element("figcaption", escape(chart_title) + interval_legend(words))
    chart = element("figure", caption + interval_chart(rows, words, chart_title))
    said = [_against_first(side, best[0], words)]
    others = [run.name for run in side.runs if run not in [each for each, _ in scored]]
    if others:
        said.append(words.say("Runs without this number: {names}.", names=", ".join(others)))
    return title + element("p", escape(" ".join(said)), kind="lead") + chart


def _against_first(side: SideBySide, best: RunRecord, words: Words) -> str:
    """What paired statistics say of the best run, where it is not the first."""
    first = side.runs[0]
    if best is first:
        return words.say("That is the first run; the others are compared with it below.")
    against = side.against[[run.name for run in side.runs].index(best.name) - 1]
    change = against.compared.metrics.get(side.metric) if against.compared else None
    if change is None or change.difference.value is None:
        return words.say("It cannot be compared with the first run: {reason}.", reason=words.term(against.reason))
    values = {
        "run": first.name,
        "difference": words.points(change.difference.value),
        "verdict": words.term(change.verdict),
    }
    text = "Against {run}, on the {count} questions that both answered: {difference}, {verdict}."
    return words.say(text, **values, count=words.count(against.shared))


def render_scores(side: SideBySide, words: Words) -> str:
    """Metric by run: what each ended with, with its interval."""
    if not side.metrics:
        return ""
    rows = []
    for name in side.metrics:
        metrics = [_metric(run, name) for run in side.runs]
        rows.append(
            [element("b", escape(name)), *(number_or_dash(each.after if each else None, words) for each in metrics)]
        )
        quantities = dict.fromkeys(
            part for each in metrics if each for part in each.quantities if " where " not in part
        )
        for part in quantities:
            cells = (each.quantities.get(part) if each else None for each in metrics)
            rows.append([escape(part), *(number_or_dash(each.after if each else None, words) for each in cells)])
    return _by_run(words.say("metric"), rows[:_MOST_ROWS], side, words)


def render_differences(side: SideBySide, words: Words) -> str:
    """Each run against the first, on the questions that both answered."""
    parts = []
    for run, against in zip(side.runs[1:], side.against, strict=True):
        parts.append(element("h3", escape(words.say("{run} against {first}", run=run.name, first=side.runs[0].name))))
        parts.append(_one_difference(against, words))
    return "".join(parts)


def _one_difference(against: Against, words: Words) -> str:
    if against.compared is None:
        reason = words.term(against.reason)
        return element("p", escape(words.say("Not compared: {reason}.", reason=reason)), kind="quiet")
    rows = [[escape(name), *change_cells(change, words)] for name, change in against.compared.metrics.items()]
    shared = words.say("Questions that both answered: {count}.", count=words.count(against.shared))
    headings = change_headings(words.say("metric"), words)
    headings[2:4] = [escape(words.say("first run")), escape(words.say("this run"))]
    return element("p", escape(shared), kind="quiet") + marked_table(headings, rows, kind="changes")


def render_losses(side: SideBySide, words: Words) -> str:
    """Validation losses over each other, and what each log says about overfitting."""
    watched = any(len(series(run.log, VALIDATION)) > 1 for run in side.runs)
    name, title = (VALIDATION, "Validation loss") if watched else (TRAINING, "Training loss")
    curves = [
        Curve(run.name, points, f"run-{at % _COLOURS}", watched)
        for at, run in enumerate(side.runs)
        if (points := series(run.log, name))
    ]
    if not curves:
        return ""
    said = [(run, say_course(read_course(run.log), words)) for run in side.runs if run.log]
    logarithmic = spans_much([y for curve in curves for _, y in curve.points])
    shown = words.say(title)
    description = " ".join(f"{run.name}: {text}" for run, text in said)
    frame = Frame(shown, description, words.say("epoch"), logarithmic=logarithmic)
    caption = element("figcaption", escape(shown) + legend(curves))
    items = "".join(element("li", f"{element('b', escape(run.name))} {escape(text)}") for run, text in said)
    return element("figure", caption + curve_chart(curves, frame, words)) + element("ul", items, kind="remarks")


def render_slices(side: SideBySide, words: Words) -> str:
    """Slice by run for the first metric, weakest first."""
    metrics = [_metric(run, side.metric) for run in side.runs]
    names = dict.fromkeys(name for metric in metrics if metric for name in metric.slices)
    rows = []
    for name in names:
        changes = [metric.slices.get(name) if metric else None for metric in metrics]
        rows.append((_mean(changes), [escape(shorten(name, 80)), *(_shaded(change, words) for change in changes)]))
    rows.sort(key=lambda row: row[0])
    return _by_run(words.say("where"), [cells for _, cells in rows[:_MOST_ROWS]], side, words)


def _mean(changes: list[Change | None]) -> float:
    values = [each.after.value for each in changes if each and each.after.value is not None]
    return sum(values) / len(values) if values else 2.0


def _shaded(change: Change | None, words: Words) -> str:
    if change is None or change.after.value is None:
        return number_or_dash(None, words)
    shade = min(_SHADES, max(0, round(_SHADES * change.after.value)))
    return element("div", number_cell(change.after, words), kind=f"heat heat-{shade}")


def render_subjects(side: SideBySide, words: Words) -> str:
    """Subject by run: what each ended with, and what that means."""
    tables = [{row.subject: row for row in run.subjects.rows} if run.subjects else {} for run in side.runs]
    subjects = dict.fromkeys(subject for table in tables for subject in table)
    rows = []
    for subject in subjects:
        cells = [escape(shorten(subject, 60))]
        for table in tables:
            row = table.get(subject)
            cells.append(
                number_cell(row.after, words) + status_badge(row, words) if row else number_or_dash(None, words)
            )
        rows.append(cells)
    return _by_run(words.say("subject"), rows, side, words)


def render_settings(side: SideBySide, words: Words) -> str:
    """The settings in which the runs differ, folders aside."""
    chosen = [dict(chosen_settings(run)) for run in side.runs]
    rows = []
    for key in dict.fromkeys(key for settings in chosen for key in settings):
        values = [settings.get(key) or _default(run, key) for settings, run in zip(chosen, side.runs, strict=True)]
        if len(set(values)) > 1 and key != "run.out":
            rows.append([element("code", escape(key)), *(escape(shorten(value, 60)) for value in values)])
    return _by_run(words.say("setting"), rows, side, words)


def _default(run: RunRecord, key: str) -> str:
    """What a setting is in a run that did not choose it."""
    value = run.setting(*key.split("."))
    return "–" if value is None else str(value)


def render_care(side: SideBySide, words: Words) -> str:
    """For each run: findings of guards, files that are damaged, examples that were left out."""
    rows = []
    for run in side.runs:
        loud = [line for line in run.guards or () if line.verdict != "ok" and not line.final]
        left = sum((*run.data.rows_left_out.values(), *run.data.examples_left_out.values())) if run.data else 0
        guards = words.say("none wrote") if run.guards is None else words.count(len(loud))
        finished = words.say("yes") if run.comparison else words.say("no")
        rows.append(
            [
                escape(run.name),
                escape(finished),
                escape(guards),
                escape(words.count(left)),
                escape(words.count(len(run.problems))),
            ]
        )
    names = ("run", "finished", "findings of guards", "examples left out", "damaged files")
    return marked_table([escape(words.say(name)) for name in names], rows, kind="compare")


def _by_run(first: str, rows: list[list[str]], side: SideBySide, words: Words) -> str:
    """A table with a column for each run; empty without rows."""
    if not rows:
        return ""
    return marked_table([escape(first), *(escape(run.name) for run in side.runs)], rows, kind="compare")


def _metric(run: RunRecord, name: str) -> MetricChange | None:
    return run.comparison.metrics.get(name) if run.comparison else None
