"""Learned and forgotten: each subject before and after, and who is taken for whom."""

from collections import Counter

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.intervals import Row, shorten, track
from lensmith.report.phrases import change_cells, change_headings, number_cell
from lensmith.report.reading import RunRecord
from lensmith.report.records import Divergence, SubjectRow, Subjects
from lensmith.report.words import Words

STATUS_KINDS = {
    "learned": "good",
    "already known": "good",
    "kept": "good",
    "not learned": "bad",
    "degraded": "bad",
    "leaked": "bad",
}


def render_subjects(run: RunRecord, words: Words) -> str:
    """The summary, the matrix by group, and how far the model moved from the base; empty where nothing was probed."""
    if run.subjects is None or not run.subjects.rows:
        return ""
    rows = run.subjects.rows
    parts = [element("p", escape(_summary(rows, words)), kind="verdict"), _overall(run.subjects, words)]
    headings = [
        escape(name)
        for name in (
            words.say("subject"),
            words.say("questions"),
            words.say("before"),
            words.say("after"),
            "",
            words.say("difference"),
            words.say("verdict"),
        )
    ]
    for group in dict.fromkeys(row.group for row in rows):
        if group:
            title = words.term(group)
            parts.append(element("h3", escape(title[:1].upper() + title[1:])))
        cells = [_cells(row, words) for row in rows if row.group == group]
        parts.append(marked_table(headings, cells, kind="changes"))
    return "".join(parts)


def _summary(rows: list[SubjectRow], words: Words) -> str:
    """`learned: 3, kept: 2, leaked: 1`, in the order in which they occur."""
    counts = Counter(row.status for row in rows)
    told = ", ".join(f"{words.term(status)}: {words.count(count)}" for status, count in counts.items())
    return words.say("Subjects: {counts}.", counts=told)


def _overall(subjects: Subjects, words: Words) -> str:
    """Targets and controls as a whole, how far the model moved, and how many questions have no subject."""
    whole = (("All that was taught", subjects.targets), ("All that was not taught", subjects.forgetting))
    rows = [
        [element("b", escape(words.say(title))), *change_cells(change, words)]
        for title, change in whole
        if change is not None and change.difference.n
    ]
    body = marked_table(change_headings("", words), rows, kind="changes") if rows else ""
    said = []
    if subjects.kl is not None:
        parts = subjects.kl.parts or {subjects.kl.on: subjects.kl}
        told = "; ".join(_moved(name, part, words) for name, part in parts.items())
        said.append(
            words.say("How far the answers moved from the base model's, KL in nats a token: {parts}.", parts=told)
        )
    if subjects.without_subject:
        said.append(words.say("Questions without a subject: {count}.", count=words.count(subjects.without_subject)))
    return body + (element("p", escape(" ".join(said)), kind="quiet") if said else "")


def _moved(name: str, part: Divergence, words: Words) -> str:
    """`control 0.012 (0.010 to 0.014)`."""
    said = words.term(name or "all")
    if part.value is None:
        return f"{said} {words.say('cannot tell')}"
    said += f" {words.significant(part.value)}"
    if part.interval is None:
        return said
    ends = (words.significant(end) for end in (part.interval.low, part.interval.high))
    return f"{said} ({words.between(*ends)})"


def _cells(row: SubjectRow, words: Words) -> list[str]:
    difference = "–"
    if row.difference is not None and row.difference.value is not None:
        difference = words.number(100 * row.difference.value, sign=True)
    return [
        escape(shorten(row.subject, 60)),
        escape(words.count(row.n)),
        number_cell(row.before, words),
        number_cell(row.after, words),
        track(Row("", row.before, row.after), words),
        element("span", escape(difference), kind="value"),
        status_badge(row, words),
    ]


def status_badge(row: SubjectRow, words: Words) -> str:
    """The status, and as whom it is named instead."""
    badge = element("span", escape(words.term(row.status)), kind=f"word {STATUS_KINDS.get(row.status, 'quiet')}")
    leaks = [
        shorten(leak.subject, 40) + ("" if leak.share is None else f" {words.percent(leak.share, 0)}")
        for leak in row.leaked_as[:3]
    ]
    if not leaks:
        return badge
    return badge + element("span", escape(words.say("named {others}", others=", ".join(leaks))), kind="span")
