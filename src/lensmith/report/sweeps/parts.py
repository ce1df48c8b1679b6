"""The parts of a sweep's page: from its record and a language to markup, empty where there is nothing."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from lensmith.markup.elements import element, escape, marked_table, table
from lensmith.report.intervals import shorten
from lensmith.report.parts.settings import flatten
from lensmith.report.parts.subjects import STATUS_KINDS
from lensmith.report.phrases import number_cell
from lensmith.report.records import Number
from lensmith.report.sweeps.records import (
    Effect,
    Other,
    Ranking,
    Setting,
    Spread,
    SubjectCell,
    SubjectLine,
    SweepRecord,
)
from lensmith.report.words import Words

_SHADES = 5
_LEARNED, _LOST = ("learned", "already known"), ("degraded", "leaked")
_REASON_SIGNS = 400
_ENDED = {"pruned": "stopped early", "failed": "failed", "unfinished": "interrupted"}


def render_settings(sweep: SweepRecord, words: Words) -> str:
    """A row a setting: its numbers, whether nothing beats it, and the pages of its runs."""
    if not sweep.settings:
        return ""
    headings = [words.say("setting"), *(name for each in sweep.objectives for name in (each, words.say("change")))]
    rows = []
    for at, setting in enumerate(sweep.settings, 1):
        star = element("span", "★ ", kind="good", title=words.say("nothing beats it in everything"))
        name = f"{at} {star if setting.best else ''}{element('b', escape(shorten(setting.name, 40)))}"
        cells = [name + element("span", escape(setting.text), kind="span")]
        for objective in sweep.objectives:
            numbers = setting.objectives[objective]
            cells += [number_cell(numbers.after.share(), words), change_cell(numbers.change, words)]
        rows.append([*cells, _links(setting, words)])
    note = words.say("★: nothing beats it in everything. Below each number its interval, over seeds.")
    if sweep.seeds < 2:
        note = words.say("★: nothing beats it in everything. Below each number its interval, over the test questions.")
    shown = marked_table([escape(name) for name in (*headings, words.say("runs"))], rows, kind="compare settings")
    return element("p", escape(note), kind="quiet") + shown + _gaps(sweep, words)


def _gaps(sweep: SweepRecord, words: Words) -> str:
    """Where runs have no number, and why."""
    items = [
        words.say(
            "{name}: {objective}: runs without a number: {missing} of {runs}: {reasons}",
            name=gap.name,
            objective=gap.objective,
            missing=words.count(gap.missing),
            runs=words.count(gap.runs),
            reasons="; ".join(map(words.term, gap.reasons)),
        )
        for gap in sweep.gaps
    ]
    return element("ul", "".join(element("li", escape(item)) for item in items), kind="remarks") if items else ""


def _links(setting: Setting, words: Words) -> str:
    """The runs' own pages, which lie in the sweep's folder."""
    links = [
        element("a", escape(str(seed)), href=f"trials/{quote(setting.name)}/seed-{seed}/report.html")
        for seed in setting.seeds
    ]
    return f"{escape(words.say('seed'))} {' '.join(links)}" if links else ""


def change_cell(change: Spread, words: Words) -> str:
    """Points, and the interval below."""
    if change.value is None:
        return element("span", escape(words.say("cannot tell")), kind="quiet")
    value = element("span", escape(words.number(100 * change.value, sign=True)), kind="value")
    if change.low is None or change.high is None:
        return value
    return value + element("span", escape(words.span(change.low, change.high, sign=True)), kind="span")


def render_best(sweep: SweepRecord, words: Words) -> str:
    """For each objective the best setting against every other."""
    return "".join(_ranked(sweep, ranking, words) for ranking in sweep.rankings if ranking.others)


def _ranked(sweep: SweepRecord, ranking: Ranking, words: Words) -> str:
    title = words.say("{objective}: {name} against each other", objective=ranking.objective, name=ranking.best)
    headings = [words.say(name) for name in ("setting", "ahead by", "verdict")]
    less = sweep.wants_less(ranking.objective)
    rows = [
        [
            escape(f"{shorten(other.name, 40)} ({sweep.setting(other.name).text})"),
            _ahead(other, words, less=less),
            _verdict(other, ranking, words),
        ]
        for other in ranking.others
    ]
    shown = marked_table([escape(heading) for heading in headings], rows, kind="compare")
    return element("details", element("summary", escape(title)) + shown, open="")


def _ahead(other: Other, words: Words, *, less: bool) -> str:
    found = other.difference
    if found is None or found.value is None:
        return element("span", "–", kind="quiet")
    if not less:
        return change_cell(found, words)
    low, high = (None if end is None else -end for end in (found.high, found.low))
    return change_cell(Spread(n=found.n, value=-found.value, low=low, high=high), words)


def _verdict(other: Other, ranking: Ranking, words: Words) -> str:
    if other.sure:
        return element("span", escape(words.say("surely behind")), kind="word bad")
    said = words.say("one seed cannot tell") if ranking.seeds < 2 else words.say("cannot be told apart")
    return element("span", escape(said), kind="word quiet")


def render_effects(sweep: SweepRecord, words: Words) -> str:
    """What each value does, in words, by objective."""
    parts = []
    for objective in sweep.objectives:
        effects = [each for each in sweep.effects if each.objective == objective]
        items = "".join(element("li", _effect(each, words)) for each in effects)
        if items:
            parts.append(element("h3", escape(objective)) + element("ul", items, kind="remarks"))
    if not parts:
        return ""
    note = words.say("“Sure” holds for all effects on one number together; other differences may be chance.")
    return element("p", escape(note), kind="quiet") + "".join(parts)


def _effect(effect: Effect, words: Words) -> str:
    """`max_length 256 over 128: +8.0 points (95 % interval +2.0 to +14.0; pairs of runs: 6): sure`."""
    found = effect.difference
    name = element("b", escape(f"{effect.key.rpartition('.')[2]} {effect.second}"))
    said = words.say(" over {first}: {points}", first=effect.first, points=words.points(found.value or 0.0))
    told = []
    if found.low is not None and found.high is not None:
        span = words.span(found.low, found.high, sign=True)
        told.append(words.say("{confidence} interval {span}", confidence=words.percent(found.confidence, 0), span=span))
    count = words.count(found.n)
    told.append(
        words.say("pairs of runs: {count}", count=count) if effect.paired else words.say("runs: {count}", count=count)
    )
    mixed = ", ".join(key.rpartition(".")[2] for key in effect.mixed_with)
    doubt = words.say("changed along: {keys}", keys=mixed) if mixed else words.say("may be chance")
    verdict = words.say("sure") if effect.sure else doubt
    mark = element("span", escape(verdict), kind="word good" if effect.sure else "quiet")
    return name + escape(f"{said} ({'; '.join(told)}): ") + mark


def render_subjects(sweep: SweepRecord, words: Words) -> str:
    """Who was learned, who was lost and taken for whom: in words for settings nothing beats, for all as tables."""
    if not sweep.subjects:
        return ""
    parts = [element("p", escape(words.say("Of the settings that nothing beats, by most of their runs:")))]
    items = [_told(sweep, setting, words) for setting in sweep.settings if setting.best]
    parts.append(element("ul", "".join(element("li", item) for item in items), kind="remarks"))
    for group in dict.fromkeys(line.group for line in sweep.subjects):
        title = words.term(group)
        parts.append(element("h3", escape(title[:1].upper() + title[1:])) if group else "")
        parts.append(_matrix(sweep, [line for line in sweep.subjects if line.group == group], words))
    return "".join(parts)


def _told(sweep: SweepRecord, setting: Setting, words: Words) -> str:
    cells = [(line, cell) for line in sweep.subjects for cell in line.settings if cell.name == setting.name]
    learned = [line.subject for line, cell in cells if line.group == "target" and _mostly(cell, _LEARNED)]
    missed = [line.subject for line, _ in cells if line.group == "target" and line.subject not in learned]
    lost = [line.subject for line, cell in cells if line.group == "control" and _mostly(cell, _LOST)]
    leaks = [f"{line.subject} → {', '.join(names)}" for line, cell in cells if (names := cell.mostly_named())]
    controls = any(line.group == "control" for line, _ in cells)
    said = [
        words.say("learned: {names}", names=", ".join(learned) or words.say("nobody")),
        words.say("not surely learned: {names}", names=", ".join(missed)) if missed else "",
        words.say("controls lost: {names}", names=", ".join(lost) or words.say("none")) if controls else "",
        words.say("taken for another: {names}", names="; ".join(leaks) or words.say("nobody")),
    ]
    return f"{element('b', escape(setting.name))} {escape('; '.join(text for text in said if text))}."


def _mostly(cell: SubjectCell, statuses: Sequence[str]) -> bool:
    return 2 * sum(cell.statuses.get(status, 0) for status in statuses) > sum(cell.statuses.values())


def _matrix(sweep: SweepRecord, lines: Sequence[SubjectLine], words: Words) -> str:
    """Setting by subject, the base on top."""
    headings = [escape(words.say("setting")), *(escape(shorten(line.subject, 30)) for line in lines)]
    rows = [
        [
            element("i", escape(words.say("the base model"))),
            *(number_cell(Number(value=each.before.value), words) for each in lines),
        ]
    ]
    for setting in sweep.settings:
        mark = "★ " if setting.best else ""
        rows.append([escape(mark + shorten(setting.name, 30)), *(_cell(line, setting.name, words) for line in lines)])
    return marked_table(headings, rows, kind="compare subjects")


def _cell(line: SubjectLine, name: str, words: Words) -> str:
    cell = next((each for each in line.settings if each.name == name), None)
    if cell is None or cell.after.value is None:
        return element("span", "–", kind="quiet")
    value = element("span", escape(words.percent(cell.after.value, 0)), kind="value")
    said = "".join(_status(status, count, cell, words) for status, count in cell.statuses.items())
    leaks = "".join(
        element("span", escape(words.say("named {others}", others=shorten(other, 30))), kind="span")
        for other in cell.leaked_as
    )
    shade = min(_SHADES, max(0, round(_SHADES * cell.after.value)))
    return element("div", value + said + leaks, kind=f"heat heat-{shade}")


def _status(status: str, count: int, cell: SubjectCell, words: Words) -> str:
    """`learned 2/3`, the count only where runs disagree."""
    runs = sum(cell.statuses.values())
    share = "" if count == runs else f" {count}/{runs}"
    return element("span", escape(words.term(status) + share), kind=f"span word {STATUS_KINDS.get(status, 'quiet')}")


def render_unfinished(sweep: SweepRecord, words: Words) -> str:
    """Runs that were stopped, that failed or were cut, each with its reason."""
    if not sweep.unfinished:
        return ""
    note = words.say(
        "A run that was stopped did worse than half of those before it. None of these is part of any number above."
    )
    rows = [
        (
            f"{run.name}: {run.text}" if run.text else run.name,
            str(run.seed),
            words.term(_ENDED.get(run.ended, run.ended)),
            shorten(run.reason, _REASON_SIGNS),
        )
        for run in sweep.unfinished
    ]
    headings = (words.say("setting"), words.say("seed"), words.say("ended"), words.say("reason"))
    return element("p", escape(note), kind="quiet") + table(headings, rows)


def render_asked(sweep: SweepRecord, words: Words) -> str:
    """What the sweep's recipe asked for."""
    rows = [(words.say(key), value) for key, value in _asked(sweep)]
    space = [(f"{words.say('searched')}: {key}", value) for key, value in _space(sweep)]
    given = [
        (f"{words.say('given')}: {name}", ", ".join(f"{key} {value}" for key, value in flatten(values)))
        for name, values in (sweep.asked.get("settings") or {}).items()
    ]
    return table((words.say("what"), words.say("value")), [*rows, *given, *space]) if rows else ""


def _asked(sweep: SweepRecord) -> Iterator[tuple[str, str]]:
    asked = sweep.asked
    if "model" in asked:
        yield "model", shorten(str(asked["model"]), 120)
    yield "objectives", "; ".join(sweep.objectives)
    if "seeds" in asked:
        yield "runs a setting", str(asked["seeds"])
    if asked.get("space"):
        yield "search", f"{asked.get('search')}" + ("" if asked.get("search") == "grid" else f", {asked.get('trials')}")


def _space(sweep: SweepRecord) -> Iterator[tuple[str, str]]:
    for key, value in (sweep.asked.get("space") or {}).items():
        if isinstance(value, dict):
            shown = ", ".join(f"{name} {each}" for name, each in value.items())
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield key, shorten(shown, 200)
