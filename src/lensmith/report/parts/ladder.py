"""The ladder: how many answers count as right, rung by rung, as less and less form is asked for."""

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.phrases import LADDER, change_cells, change_headings
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words


def render_ladder(run: RunRecord, words: Words) -> str:
    """A row for each rung, strictest first, with what it adds to the rung above; empty where there is no ladder."""
    metric = run.comparison.metrics.get(LADDER) if run.comparison else None
    if metric is None or not metric.quantities:
        return ""
    rows = []
    above: float | None = None
    for name, change in metric.quantities.items():
        cells = change_cells(change, words)
        after = change.after.value
        gain = words.number(100 * (after - above), sign=True) if above is not None and after is not None else "–"
        above = after
        rows.append([escape(words.term(name)), *cells[:3], escape(gain), *cells[3:]])
    headings = change_headings(words.say("rung"), words)
    headings.insert(4, escape(words.say("over the rung above")))
    text = words.say(
        "Each rung forgives more of an answer's form than the one above it. What a rung adds is form, not error."
    )
    return element("p", escape(text), kind="quiet") + marked_table(headings, rows, kind="changes")
