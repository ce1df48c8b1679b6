"""One run as one HTML file."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lensmith.markup.document import Document, read_asset
from lensmith.markup.elements import element, escape, visible
from lensmith.report.examples import Gallery
from lensmith.report.parts.confusion import render_confusion
from lensmith.report.parts.gallery import render_gallery
from lensmith.report.parts.guards import render_guards
from lensmith.report.parts.headline import render_headline
from lensmith.report.parts.ladder import render_ladder
from lensmith.report.parts.left_out import render_left_out
from lensmith.report.parts.numbers import render_numbers
from lensmith.report.parts.settings import render_settings
from lensmith.report.parts.slices import render_slices
from lensmith.report.parts.subjects import render_subjects
from lensmith.report.parts.training import render_training
from lensmith.report.reading import RunRecord
from lensmith.report.words import LANGUAGES, Language, Words

Render = Callable[[RunRecord, Words], str]

PARTS: tuple[tuple[str, str, Render], ...] = (
    ("subjects", "Learned and forgotten", render_subjects),
    ("slices", "Where it is weak", render_slices),
    ("confusion", "Which label for which", render_confusion),
    ("ladder", "Form or error", render_ladder),
    ("training", "Training", render_training),
    ("guards", "Guards", render_guards),
    ("numbers", "All numbers", render_numbers),
    ("left-out", "What was left out", render_left_out),
    ("settings", "How it was made", render_settings),
)
"""The parts below the first screen, in order: anchor, heading, and how each is rendered."""

BROWSER_WORDS = (
    "gained", "lost", "still wrong", "right both times", "not judged", "higher score", "lower score", "same score",
    "best both times", "all", "any", "empty", "what changed",
    "search questions and answers", "judged by", "right label", "expected answer", "answered label", "where", "order",
    "as in the data", "most confident first", "least confident first", "pages of examples", "back", "further",
    "{from}–{to} of {all}", "No example fits.", "expected", "base", "tuned", "right", "wrong", "no picture",
    "picture of {id}", "and {count} more", "show {shown} of {all} characters", "show all {all} characters",
)  # fmt: skip


def render_page(run: RunRecord, gallery: Gallery, language: Language) -> str:
    """The whole page, as text, in both languages; `language` is the one it opens in."""
    mains = [_main(run, gallery, Words(each), shown=each == language) for each in LANGUAGES]
    payload = gallery.to_json() if gallery.examples else {}
    browser = element("section", "", id="browser", kind="browser") if gallery.examples else ""
    return document(run.name, [*mains, browser], payload, language)


def document(title: str, body: Sequence[str], payload: dict[str, Any], language: Language) -> str:
    """A page with a switch of languages above `body`, and what its script reads below."""
    folder = Path(__file__).parent
    style, script = read_asset(folder / "page.css"), read_asset(folder / "browser.js")
    words = {each: {text: _raw(text, each) for text in BROWSER_WORDS} for each in LANGUAGES}
    data = element("script", embed_json({**payload, "words": words}), id="page-data", type="application/json")
    whole = [_switch(language), *body, data]
    return Document(title, "\n".join(whole), style, script, language).render()


def embed_json(value: Any) -> str:
    """JSON that may stand in a script element: no text in it can end the element.

    >>> embed_json({"a": "</script><!--"})
    '{"a":"\\\\u003c/script\\\\u003e\\\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return visible(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _main(run: RunRecord, gallery: Gallery, words: Words, *, shown: bool) -> str:
    """Everything but the browser, in one language."""
    named = " · ".join(part for part in (run.name, run.model) if part)
    body = [element("p", escape(named), kind="quiet named"), render_headline(run, words), _problems(run, words)]
    sections = [(key, title, render(run, words)) for key, title, render in PARTS]
    sections.append(("examples", "Examples", render_gallery(gallery, words)))
    present = [section for section in sections if section[2]]
    body.append(contents([(key, words.say(title)) for key, title, _ in present], words))
    body += [section(key, words.say(title), content, words) for key, title, content in present]
    return main("\n".join(body), words, shown=shown)


def main(body: str, words: Words, *, shown: bool) -> str:
    """The page in one language, hidden unless it is the one that is shown."""
    hidden = "" if shown else " hidden"
    return f'<main lang="{words.language}"{hidden}>{body}</main>'


def section(key: str, title: str, content: str, words: Words) -> str:
    """A part under its heading; the examples, which both languages share, have their anchor on the browser."""
    return element("section", element("h2", escape(title)) + content, id=f"{words.language}-{key}")


def contents(parts: Sequence[tuple[str, str]], words: Words) -> str:
    """Links to the parts."""
    links = "".join(element("a", escape(title), href=f"#{words.language}-{key}") for key, title in parts)
    return element("nav", links, kind="contents", aria_label=words.say("contents"))


def _problems(run: RunRecord, words: Words) -> str:
    """Files that are damaged, and so missing from the page."""
    if not run.problems:
        return ""
    told = "".join(
        element("li", f"{element('code', escape(each.where[:200]))} {escape(each.found[:300])}")
        for each in run.problems[:20]
    )
    title = words.say("The run folder is damaged; the page does without: {count}", count=words.count(len(run.problems)))
    return element(
        "div", element("p", escape(title), kind="verdict bad") + element("ul", told, kind="problems"), kind="damage"
    )


def _switch(language: Language) -> str:
    names = {"en": "English", "ru": "Русский"}
    buttons = "".join(
        element(
            "button",
            names[each],
            type="button",
            data_language=each,
            lang=each,
            aria_pressed=str(each == language).lower(),
        )
        for each in LANGUAGES
    )
    return element("header", buttons, kind="switch")


def _raw(text: str, language: Language) -> str:
    """The text with its places for values still open, for the script to fill."""
    from lensmith.report.russian import RUSSIAN

    return text if language == "en" else RUSSIAN[text]
