"""A whole page in one file: nothing is fetched, and no script or style runs but the page's own."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lensmith.markup.elements import element, escape


@dataclass(frozen=True, slots=True)
class Document:
    """What a page holds.

    Attributes:
        title: text.
        body: markup.
        style: CSS, after that which all pages share.
        script: JavaScript, run at the end; empty for none.
        language: of the page's own words: `en`, `ru`.
    """

    title: str
    body: str
    style: str = ""
    script: str = ""
    language: str = "en"

    def render(self) -> str:
        """The file's text. The policy names script and style by their hashes, so that nothing else can run."""
        style = minify_style(read_asset(Path(__file__).parent / "page.css") + self.style)
        script = element("script", self.script) if self.script else ""
        return (
            f'<!doctype html>\n<html lang="{escape(self.language)}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, self.script)}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
            f"<title>{escape(self.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
            f"{self.body}\n{script}\n</body>\n</html>\n"
        )


@cache
def read_asset(path: Path) -> str:
    """A file of the package that goes into pages."""
    return path.read_text(encoding="utf-8")


def minify_style(style: str) -> str:
    """CSS without line ends and the space around them.

    >>> minify_style("p {\\n  margin: 0;\\n}\\n")
    'p {margin: 0;}'
    """
    return "".join(line.strip() for line in style.splitlines())


def _policy(style: str, script: str) -> str:
    scripts = f" script-src {_source(script)};" if script else ""
    return (
        f"default-src 'none'; img-src data:; style-src {_source(style)};{scripts} base-uri 'none'; form-action 'none'"
    )


def _source(content: str) -> str:
    """How a policy names a script or a style that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode('ascii')}'"
