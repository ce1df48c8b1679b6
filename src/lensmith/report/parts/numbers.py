"""Every metric and every further quantity in one table."""

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.phrases import LADDER, change_cells, change_headings
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words


def render_numbers(run: RunRecord, words: Words) -> str:
    """A row for each metric, with its quantities below it; slices and the ladder have parts of their own."""
    if run.comparison is None:
        return ""
    rows = []
    for name, metric in run.comparison.metrics.items():
        rows.append([element("b", escape(name)), *change_cells(metric, words)])
        own = metric.quantities.items() if name != LADDER else ()
        # What is told in each slice comes after what is told of the whole.
        for part, change in sorted(own, key=lambda item: " where " in item[0]):
            rows.append([escape(part), *change_cells(change, words)])
    return marked_table(change_headings(words.say("metric"), words), rows, kind="changes")
