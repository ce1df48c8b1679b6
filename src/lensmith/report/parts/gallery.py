"""What stands above the browser of examples: what is in it, which pictures are not, and why."""

from lensmith.markup.elements import element, escape
from lensmith.report.examples import TEXT_SIGNS, Gallery
from lensmith.report.intervals import shorten
from lensmith.report.words import Words

_MOST = 5


def render_gallery(gallery: Gallery, words: Words) -> str:
    """Counts, in words; empty where no question was answered."""
    if not gallery.examples:
        return ""
    said = []
    if len(gallery.examples) < gallery.total:
        counts = {"shown": words.count(len(gallery.examples)), "all": words.count(gallery.total)}
        text = (
            "Here are {shown} of {all} examples, lost and wrong ones first; the others would make the page too large."
        )
        said.append(words.say(text, **counts))
    said += _pictures(gallery, words)
    if any(isinstance(value, list) for row in gallery.examples for value in (row["q"], row.get("b"), row.get("t"))):
        said.append(
            words.say("Texts are cut after {count} characters, and searched as far.", count=words.count(TEXT_SIGNS))
        )
    script = element(
        "noscript", element("p", escape(words.say("Examples need a browser that runs the page's own script.")))
    )
    return element("p", escape(" ".join(said)), kind="quiet") + _unreadable(gallery, words) + script


def _pictures(gallery: Gallery, words: Words) -> list[str]:
    """How many pictures are in the page, and why not the others."""
    pictures, found = gallery.pictures, gallery.found
    if found.problem:
        return [words.say(found.problem, detail=found.detail)]
    counts = {"shown": words.count(len(pictures.data)), "all": words.count(pictures.wanted)}
    said = [words.say("Pictures in this page: {shown} of {all}, made small.", **counts)] if pictures.wanted else []
    if pictures.too_many:
        left = words.count(pictures.too_many)
        said.append(
            words.say(
                "Left out to keep the page small: {count}; those of lost and wrong answers come first.", count=left
            )
        )
    without = gallery.total - len(found.by_id)
    if without:
        said.append(words.say("Questions that were not found in the data again: {count}.", count=words.count(without)))
    return said


def _unreadable(gallery: Gallery, words: Words) -> str:
    bad = gallery.pictures.unreadable
    if not bad:
        return ""
    told = "".join(element("li", escape(shorten(each, 200))) for each in bad[:_MOST])
    text = words.say("Pictures that could not be read: {count}", count=words.count(len(bad)))
    return element("p", escape(text), kind="warn") + element("ul", told, kind="problems")
