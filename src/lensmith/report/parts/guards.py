"""What watched the run: what was found before it began, and what guards found while it trained."""

import json
from typing import Any

from lensmith.markup.elements import element, escape, marked_table
from lensmith.report.intervals import shorten
from lensmith.report.reading import RunRecord
from lensmith.report.records import GuardLine
from lensmith.report.words import Words

_MOST = 60
_KINDS = {"ok": "good", "warn": "warn", "stop": "bad", "could not check": "quiet", "error": "bad", "warning": "warn"}


def render_guards(run: RunRecord, words: Words) -> str:
    """Both logs; where a file is absent, that is said. Empty for a run that has not begun."""
    if not run.log and run.guards is None and run.preflight is None:
        return ""
    return _preflight(run, words) + _guards(run, words)


def _preflight(run: RunRecord, words: Words) -> str:
    if run.preflight is None:
        return element("p", escape(words.say("No check before training left a record.")), kind="quiet")
    if not run.preflight:
        return element("p", escape(words.say("Checks before training found nothing.")))
    rows = [
        [
            element("span", escape(words.term(line.severity)), kind=_KINDS.get(line.severity, "quiet")),
            escape(shorten(line.found, 300)),
            element("code", escape(shorten(line.where, 120))),
            escape(shorten(line.fix, 300)),
        ]
        for line in run.preflight[:_MOST]
    ]
    headings = [escape(words.say(name)) for name in ("severity", "found", "where", "what to do")]
    title = element("h3", escape(words.say("Before training")))
    return title + marked_table(headings, rows, kind="prose") + _rest(len(run.preflight), words)


def _guards(run: RunRecord, words: Words) -> str:
    if run.guards is None:
        return element("p", escape(words.say("No guard wrote anything in this run.")), kind="quiet")
    title = element("h3", escape(words.say("While it trained")))
    found = [line for line in run.guards if not line.final]
    counts = {verdict: sum(line.verdict == verdict for line in found) for verdict in _KINDS}
    told = ", ".join(f"{words.term(verdict)}: {words.count(count)}" for verdict, count in counts.items() if count)
    said = [words.say("Findings: {counts}.", counts=told) if told else words.say("Guards found nothing.")]
    loud = [line for line in found if line.verdict != "ok"]
    quiet = sorted({line.guard for line in run.guards} - {line.guard for line in run.guards if line.verdict != "ok"})
    if quiet:
        said.append(words.say("In order: {guards}.", guards=", ".join(quiet)))
    last = [line for line in run.guards if line.final]
    return "".join(
        [
            title + element("p", escape(" ".join(said))),
            _table(loud, words),
            element("h3", escape(words.say("The last word of each"))) if last else "",
            _table(last, words),
        ]
    )


def _table(lines: list[GuardLine], words: Words) -> str:
    """What guards said, one a row."""
    if not lines:
        return ""
    headings = [escape(words.say(name)) for name in ("verdict", "guard", "step", "why", "what was done")]
    rows = [_guard_cells(line, words) for line in lines[:_MOST]]
    return marked_table(headings, rows, kind="prose") + _rest(len(lines), words)


def _guard_cells(line: GuardLine, words: Words) -> list[str]:
    evidence = element("span", escape(_evidence(line.evidence)), kind="span") if line.evidence else ""
    return [
        element("span", escape(words.term(line.verdict)), kind=_KINDS.get(line.verdict, "quiet")),
        element("code", escape(line.guard)),
        escape("–" if line.step is None else words.count(line.step)),
        escape(shorten(line.reason, 300)) + evidence,
        escape(shorten(line.action, 200)),
    ]


def _evidence(evidence: dict[str, Any]) -> str:
    """The first few values, as JSON writes them."""
    shown = [f"{key}: {json.dumps(value, ensure_ascii=False)[:60]}" for key, value in list(evidence.items())[:6]]
    return shorten(" · ".join(shown), 240)


def _rest(count: int, words: Words) -> str:
    if count <= _MOST:
        return ""
    return element("p", escape(words.say("… and {count} more", count=words.count(count - _MOST))), kind="quiet")
