"""A check as one HTML file for people: no network, no scripts, everything escaped, light and dark."""

from pathlib import Path
from typing import TYPE_CHECKING

from lensmith.data.doctor.page.findings import render_finding
from lensmith.data.doctor.page.plots import plot_answers, plot_histogram
from lensmith.errors import Problem
from lensmith.markup.document import Document, read_asset
from lensmith.markup.elements import element, escape, table

if TYPE_CHECKING:
    from lensmith.data.findings import CheckResult, SourceCheck

__all__ = ["render_page"]

PROBLEMS_SHOWN = 50


def render_page(result: "CheckResult") -> str:
    """The whole page, as text."""
    names = ", ".join(source.name for source in result.sources)
    verdict = "The run would be wrong" if result.exit_code else "Clean: every row can be used"
    body = [
        element("h1", escape("Data check")),
        element("p", escape(names), kind="quiet"),
        element("p", escape(verdict), kind="verdict bad" if result.exit_code else "verdict good"),
        _sources(result),
        _plots(result),
        element("h2", escape(f"Findings: {len(result.findings)}")),
        *(render_finding(finding) for finding in result.findings),
        *(_problems(source) for source in result.sources if source.problems or source.report.notes),
    ]
    style = read_asset(Path(__file__).parent / "page.css")
    return Document("Data check: " + names, element("main", "\n".join(body)), style).render()


def _sources(result: "CheckResult") -> str:
    rows = []
    for source in result.sources:
        report = source.report
        left_out = sum(report.rows_left_out.values()) + sum(report.examples_left_out.values())
        counts = (report.rows, len(source.entries), report.pictures, left_out)
        rows.append([source.name, source.format or "unknown", *(f"{count:,}" for count in counts)])
    return table(("source", "format", "rows", "examples", "pictures", "left out"), rows)


def _plots(result: "CheckResult") -> str:
    case = result.case
    plots = [plot_answers(case.answers)] if case.answers else []
    if case.lengths is not None:
        tokens = [count for count in case.lengths.tokens if count is not None]
        plots.append(plot_histogram(tokens, "Tokens of an example", limit=case.lengths.limit))
    else:
        questions = [len(turn.question) for entry in case.train for turn in entry.example.turns]
        answers = [length for text, count in case.answers.items() for length in [len(text)] * count]
        plots.append(plot_histogram(questions, "Characters of a question"))
        plots.append(plot_histogram(answers, "Characters of an answer"))
    return element("div", "".join(plots), kind="plots")


def _problems(source: "SourceCheck") -> str:
    told = [*source.problems, *source.report.notes]
    items = "".join(_problem(problem) for problem in told[:PROBLEMS_SHOWN])
    rest = len(told) - PROBLEMS_SHOWN
    more = element("p", escape(f"… and {rest} more"), kind="quiet") if rest > 0 else ""
    heading = element("h2", escape(f"Rows and files of {source.name}: {len(told)} remarks"))
    return heading + element("ul", items, kind="problems") + more


def _problem(problem: Problem) -> str:
    where = element("code", escape(problem.where))
    mend = f" {escape(problem.fix)}." if problem.fix else ""
    code = element("span", escape(problem.code), kind="quiet")
    return element("li", f"{where} {escape(problem.found)}.{mend} {code}")
