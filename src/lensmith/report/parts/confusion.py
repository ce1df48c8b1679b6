"""Which label was answered for which: a matrix whose cells lead to their examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.intervals import shorten
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words

_MOST_CLASSES = 24
_SHADES = 5


def render_confusion(run: RunRecord, words: Words) -> str:
    """The tuned model's matrix, and the base model's folded below; empty where no metric has one."""
    names = list(run.tables.get("after", {}))
    return "".join(_metric(run, name, words) for name in names)


def _metric(run: RunRecord, name: str, words: Words) -> str:
    after = _matrix(run.tables["after"].get(name), words, links=name == "label")
    if not after:
        return ""
    before = _matrix(run.tables.get("before", {}).get(name), words, links=False)
    said = words.say("Rows: the right label. Columns: what the tuned model answered.")
    classes = _classes(run.tables["after"][name], words)
    folded = (
        element("details", element("summary", escape(words.say("The base model's matrix"))) + before) if before else ""
    )
    return element("p", escape(said), kind="quiet") + after + classes + folded


def _matrix(table: Any, words: Words, *, links: bool) -> str:
    """A matrix of counts as a table, each row shaded by its shares; in words where it is too large or damaged."""
    confusion = table.get("confusion") if isinstance(table, Mapping) else None
    if not isinstance(confusion, Mapping):
        return ""
    labels, counts = confusion.get("labels"), confusion.get("counts")
    if not _is_square(labels, counts):
        return ""
    assert isinstance(labels, list)
    assert isinstance(counts, list)
    if len(labels) > _MOST_CLASSES:
        text = words.say(
            "The matrix has {count} classes, too many to show; scores.json holds it.", count=words.count(len(labels))
        )
        return element("p", escape(text), kind="quiet")
    headings = [escape(words.say("right label")), *(escape(shorten(str(label), 24)) for label in labels)]
    rows = [
        [escape(shorten(str(label), 24)), *_cells(row, labels, at, words, links)]
        for at, (label, row) in enumerate(zip(labels, counts, strict=True))
    ]
    return marked_table(headings, rows, kind="matrix")


def _is_square(labels: Any, counts: Any) -> bool:
    if not isinstance(labels, list) or not isinstance(counts, list) or len(labels) != len(counts):
        return False
    return all(
        isinstance(row, list) and len(row) == len(labels) and all(isinstance(count, int) for count in row)
        for row in counts
    )


def _cells(row: Sequence[int], labels: Sequence[Any], at: int, words: Words, links: bool) -> list[str]:
    total = sum(row) or 1
    cells = []
    for column, count in enumerate(row):
        shade = round(_SHADES * count / total) if count else 0
        kind = f"shade-{shade} {'right' if column == at else 'wrong'}"
        shown = escape(words.count(count))
        if links and count:
            place = {"data_gold": str(labels[at]), "data_read": str(labels[column])}
            shown = element("a", shown, href="#examples", **place)
        cells.append(element("span", shown, kind=f"cell {kind}"))
    return cells


def _classes(table: Mapping[str, Any], words: Words) -> str:
    """Precision, recall and F1 of each class."""
    classes = table.get("classes")
    if not isinstance(classes, Mapping) or len(classes) > _MOST_CLASSES:
        return ""
    names = ("precision", "recall", "f1")
    rows = [
        [escape(shorten(str(label), 40)), *(escape(_share(numbers.get(name), words)) for name in names)]
        for label, numbers in classes.items()
        if isinstance(numbers, Mapping)
    ]
    headings = [escape(words.say(name)) for name in ("label", *names)]
    summary = element("summary", escape(words.say("Precision, recall and F1 of each label")))
    return element("details", summary + marked_table(headings, rows, kind="numeric"))


def _share(value: Any, words: Words) -> str:
    return words.percent(value) if isinstance(value, int | float) else "–"
