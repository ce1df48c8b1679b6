"""One sweep as one HTML file."""

from collections.abc import Callable
from pathlib import Path

from lensmith.markup.elements import element, escape
from lensmith.report.page import contents, document, main, section
from lensmith.report.sweeps.answer import render_answer
from lensmith.report.sweeps.parts import (
    render_asked,
    render_best,
    render_effects,
    render_settings,
    render_subjects,
    render_unfinished,
)
from lensmith.report.sweeps.records import SweepRecord, read_sweep
from lensmith.report.words import LANGUAGES, Language, Words, choose_language
from lensmith.report.writing import PageChoice, WrittenPage, write_page
from lensmith.rundir import read_jsonl_prefix

PAGE = "sweep.html"
PARTS: tuple[tuple[str, str, Callable[[SweepRecord, Words], str]], ...] = (
    ("settings", "Settings", render_settings),
    ("best", "How sure the best is", render_best),
    ("effects", "What each value does", render_effects),
    ("subjects", "Learned and forgotten", render_subjects),
    ("unfinished", "Runs that did not finish", render_unfinished),
    ("asked", "What was asked", render_asked),
)


def render_sweep(sweep: SweepRecord, name: str, language: Language) -> str:
    """The whole page, as text, in both languages; `language` is the one it opens in."""
    mains = [_main(sweep, name, Words(each), shown=each == language) for each in LANGUAGES]
    return document(name[:200], mains, {}, language)


def _main(sweep: SweepRecord, name: str, words: Words, *, shown: bool) -> str:
    named = " · ".join(part for part in (name, str(sweep.asked.get("model") or "")) if part)
    body = [element("p", escape(named), kind="quiet named"), render_answer(sweep, words)]
    parts = [(key, words.say(title), render(sweep, words)) for key, title, render in PARTS]
    present = [part for part in parts if part[2]]
    body.append(contents([(key, title) for key, title, _ in present], words))
    body += [section(key, title, content, words) for key, title, content in present]
    return main("\n".join(body), words, shown=shown)


def write_sweep_page(path: Path, choice: PageChoice) -> WrittenPage:
    """Writes the page of a sweep, which links to those of its runs.

    Args:
        path: the sweep's folder.
        choice: how it is wanted; pictures are on the runs' own pages.

    Raises:
        RunError: the sweep has not ended, its file is damaged, or the page cannot be written.
    """
    sweep = read_sweep(path)
    own = path.absolute()
    name = own.name if own.name != "sweep" else f"{own.parent.name}/{own.name}"
    out = choice.out or path / PAGE
    return WrittenPage(out, write_page(out, render_sweep(sweep, name, choice.language or _language(path, sweep))))


def _language(path: Path, sweep: SweepRecord) -> Language:
    """That of the first questions of the first run."""
    for setting in sweep.settings[:1]:
        for seed in setting.seeds[:1]:
            rows = read_jsonl_prefix(path / "trials" / setting.name / f"seed-{seed}" / "after.jsonl")
            return choose_language([str(row.get("question", ""))[:500] for row in rows[:200] if isinstance(row, dict)])
    return "en"
