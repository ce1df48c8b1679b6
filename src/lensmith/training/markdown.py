"""Markdown in which text from data stays text: nothing in it becomes a link, an element, a heading or a new cell."""

import re
from collections.abc import Iterable, Sequence

# Everything that Markdown, HTML, the tables and mentions of code hosts, or mathematics may read as a command.
_COMMANDS = re.compile(r"[&<>\\`*_{}\[\]()#+!|~@:$\"^]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b-\u001f\u007f]")


def escape(text: object, limit: int = 200) -> str:
    """The text on one line, commands written as entities, cut after `limit` characters with a sign that it was.

    >>> escape("a|b\\n<script>")
    'a&#124;b &#60;script&#62;'
    """
    line = " ".join(_TURNING.sub("\ufffd", str(text)).split())
    line = line if len(line) <= limit else f"{line[:limit]}…"
    line = line.encode("utf-8", "replace").decode("utf-8")
    return _COMMANDS.sub(lambda found: f"&#{ord(found.group())};", line)


def code(name: str) -> str:
    """A plain name as code, as it is typed; any other text escaped.

    >>> code("exact_match"), code("a `b`")
    ('`exact_match`', 'a &#96;b&#96;')
    """
    return f"`{name}`" if re.fullmatch(r"[\w.-]+", name) else escape(name)


def quote(text: object, limit: int = 200) -> str:
    """The escaped text between quotation marks.

    >>> quote("да")
    '“да”'
    """
    return f"“{escape(text, limit)}”"


def block(text: str, language: str = "") -> str:
    """A fenced block that nothing in `text` can close.

    >>> print(block("a", "python"))
    ```python
    a
    ```
    """
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already.

    >>> print(table(("metric", "before"), [("label", "0.0 %")]))
    | metric | before |
    |---|---|
    | label | 0.0 % |
    """
    lines = [headings, ["---"] * len(headings), *rows]
    rule = "|" + "|".join(lines[1]) + "|"
    return "\n".join(rule if at == 1 else "| " + " | ".join(cells) + " |" for at, cells in enumerate(lines))
