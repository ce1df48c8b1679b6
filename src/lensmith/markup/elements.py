"""Text made safe, and the elements that pages are built of."""

import html
import re
from collections.abc import Iterable, Sequence

# Control signs but for line ends and tabs, halves of characters, and signs that turn the direction of the text around
# them: a page that shows those no longer shows what the data says.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Text without what no page may hold: control signs, halves of characters, and turns of direction become a mark.

    >>> visible("пёс\\x07 👨‍👩‍👧")
    'пёс� 👨‍👩‍👧'
    """
    return _UNFIT.sub("\ufffd", text)


def escape(text: str) -> str:
    """Text as it may stand in the page, in an attribute too.

    >>> escape('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    return html.escape(visible(text), quote=True)


def element(name: str, content: str, *, kind: str = "", **attributes: str) -> str:
    """An element around content that is markup already.

    Args:
        name: of the element.
        content: markup.
        kind: its classes.
        attributes: their values as text; a trailing underscore is dropped and the others become hyphens.

    >>> element("p", escape("a & b"), kind="quiet", aria_label="«x»")
    '<p class="quiet" dir="auto" aria-label="«x»">a &amp; b</p>'
    """
    named = {"class": kind} if kind else {}
    if name in ("p", "code", "h3"):
        named["dir"] = "auto"
    named |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(f' {key}="{escape(value)}"' for key, value in named.items())
    return f"<{name}{written}>{content}</{name}>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    lines = ([escape(cell) for cell in row] for row in rows)
    return marked_table([escape(heading) for heading in headings], lines)


def marked_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """A table whose cells and headings are markup already; the first of each row is its heading."""
    head = element("tr", "".join(element("th", heading, scope="col") for heading in headings))
    lines = "".join(element("tr", _row(cells, headings)) for cells in rows)
    whole = element("table", element("thead", head) + element("tbody", lines), kind=kind)
    return element("div", whole, kind="scroll", tabindex="0")


def _row(cells: Sequence[str], headings: Sequence[str]) -> str:
    """A row; each cell knows its heading, for screens too narrow to show it above."""
    first = element("th", cells[0], scope="row") if cells else ""
    named = zip(cells[1:], headings[1:], strict=True)
    return first + "".join(f'<td data-label="{heading}">{cell}</td>' for cell, heading in named)
