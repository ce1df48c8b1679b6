"""The matrix of subjects as tables of text for a person."""

from lensmith.evaluation.learning import SubjectMatrix, SubjectRow
from lensmith.evaluation.statistics import Estimate
from lensmith.evaluation.summary import TextTable


def subject_tables(matrix: SubjectMatrix) -> list[TextTable]:
    """A row a subject, then a sentence a subject, and what they come to."""
    numbers = ("n", "pictures", "before", "after", "difference", "gained", "lost")
    columns = ("subject", "group", *numbers, "named instead", "status")
    title = f"who was learned, who was kept ({matrix.metric})"
    sentences = [*(row.sentence for row in matrix.rows), matrix.targets_sentence, matrix.forgetting_sentence]
    if matrix.shift is not None:
        sentences.append(matrix.shift.sentence)
    return [
        TextTable(title, columns, [_row(row) for row in matrix.rows]),
        TextTable("", (f"in words: {matrix.sentence}",), [(sentence,) for sentence in sentences]),
    ]


def _row(row: SubjectRow) -> tuple[object, ...]:
    change = row.change
    return (
        *(row.subject, row.group, change.difference.n, change.difference.groups),
        *(_share(change.before), _share(change.after), _difference(change.difference)),
        *(len(change.gained), len(change.lost), _named_instead(row), row.shown_status),
    )


def _named_instead(row: SubjectRow) -> str:
    """The name that wrong answers give most often after, a bare count: "Колобок 13 (0 before)"."""
    leak = next(iter(row.leaks), None)
    return f"{leak.subject} {leak.n} ({leak.n_before} before)" if leak and leak.n else ""


def _share(found: Estimate) -> str:
    return "cannot tell" if found.value is None else f"{100 * found.value:.1f} %"


def _difference(found: Estimate) -> str:
    if found.value is None:
        return ""
    interval = found.interval
    shown = f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f}" if interval else "no interval"
    return f"{100 * found.value:+.1f} ({shown})"
