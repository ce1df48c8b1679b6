"""Several runs as one HTML file."""

from collections.abc import Callable

from lensmith.markup.elements import element, escape
from lensmith.report.page import contents, document, main, section
from lensmith.report.several.parts import (
    render_care,
    render_differences,
    render_first,
    render_losses,
    render_scores,
    render_settings,
    render_slices,
    render_subjects,
)
from lensmith.report.several.side_by_side import SideBySide
from lensmith.report.words import LANGUAGES, Language, Words

PARTS: tuple[tuple[str, str, Callable[[SideBySide, Words], str]], ...] = (
    ("scores", "Scores", render_scores),
    ("differences", "Against the first run", render_differences),
    ("slices", "Where they are weak", render_slices),
    ("subjects", "Learned and forgotten", render_subjects),
    ("losses", "Training", render_losses),
    ("settings", "What was set differently", render_settings),
    ("care", "What to bear in mind", render_care),
)


def render_side_by_side(side: SideBySide, language: Language) -> str:
    """The whole page, as text, in both languages; `language` is the one it opens in."""
    mains = [_main(side, Words(each), shown=each == language) for each in LANGUAGES]
    return document(", ".join(run.name for run in side.runs)[:200], mains, {}, language)


def _main(side: SideBySide, words: Words, *, shown: bool) -> str:
    named = words.say("Runs: {names}", names=" · ".join(run.name for run in side.runs))
    body = [element("p", escape(named), kind="quiet named"), render_first(side, words)]
    parts = [(key, words.say(title), render(side, words)) for key, title, render in PARTS]
    present = [part for part in parts if part[2]]
    body.append(contents([(key, title) for key, title, _ in present], words))
    body += [section(key, title, content, words) for key, title, content in present]
    return main("\n".join(body), words, shown=shown)
