"""What was not used, not asked or not judged, and why: nothing is lost silently."""

from collections.abc import Mapping
from typing import Any

from lensmith.markup.elements import element, escape, marked_table, table
from lensmith.report.intervals import shorten
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words

_MOST = 30
_REASON_SIGNS = 300


def render_left_out(run: RunRecord, words: Words) -> str:
    """Counts of what the data gave and what was left out; then problems of the data, of pairing and of metrics."""
    parts = [_data(run, words), _judging(run, words)]
    return "".join(parts)


def _data(run: RunRecord, words: Words) -> str:
    data = run.data
    if data is None:
        return ""
    counts = {"rows": words.count(data.rows), "pictures": words.count(data.pictures)}
    said = [words.say("Rows read: {rows}; pictures: {pictures}.", **counts)]
    if data.examples:
        told = ", ".join(f"{words.term(part)} {words.count(count)}" for part, count in data.examples.items())
        said.append(words.say("Examples: {parts}.", parts=told))
    left = {**data.rows_left_out, **data.examples_left_out}
    if data.not_encoded:
        left[words.say("cannot be put into the model's tokens")] = len(data.not_encoded)
    if not left:
        said.append(words.say("No row and no picture was left out."))
    body = element("p", escape(" ".join(said)))
    if left:
        rows = [[reason, words.count(count)] for reason, count in left.items()]
        body += element("div", table((words.say("left out because"), words.say("examples")), rows), kind="numeric")
    return body + _problems([*data.problems, *data.not_encoded], words)


def _problems(problems: list[Any], words: Words) -> str:
    """The first problems of the data, each with its place."""
    if not problems:
        return ""
    told = [_problem(problem) for problem in problems[:_MOST]]
    more = len(problems) - len(told)
    if more:
        told.append(element("li", escape(words.say("… and {count} more", count=words.count(more))), kind="quiet"))
    summary = element("summary", escape(words.say("Problems in the data: {count}", count=words.count(len(problems)))))
    return element("details", summary + element("ul", "".join(told), kind="problems"))


def _problem(problem: Any) -> str:
    if not isinstance(problem, Mapping):
        return element("li", escape(shorten(str(problem), _REASON_SIGNS)))
    where = element("code", escape(shorten(str(problem.get("where", "")), 120)))
    return element("li", f"{where} {escape(shorten(str(problem.get('found', '')), _REASON_SIGNS))}")


def _judging(run: RunRecord, words: Words) -> str:
    """Questions that only one side answered, and pairs that a metric does not apply to."""
    if run.comparison is None:
        return ""
    rows = []
    for side, ids in (
        (words.say("only answered before"), run.comparison.only_before),
        (words.say("only answered after"), run.comparison.only_after),
    ):
        if ids and ids.n:
            rows.append([side, words.count(ids.n), ", ".join(ids.ids[:3])])
    for name, metric in run.comparison.metrics.items():
        rows += [
            [f"{name}: {reason}", words.count(ids.n), ", ".join(ids.ids[:3])] for reason, ids in metric.left_out.items()
        ]
    if not rows:
        return ""
    headings = [escape(words.say(name)) for name in ("not compared because", "questions", "for example")]
    return marked_table(
        headings, [[escape(shorten(cell, _REASON_SIGNS)) for cell in row] for row in rows], kind="prose"
    )
