"""A page taken apart: its elements, its text and the data that its script reads."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "img", "link", "br", "hr", "input"}


class Outline(HTMLParser):
    """Elements as they open, checked to close in order; what is visible and what is in scripts apart."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._language = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag == "main":
            self._language = dict(attributes).get("lang") or ""
        if tag == "script":
            self.scripts.append("")
        if tag == "style":
            self.styles.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "main":
            self._language = ""

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts[-1] += data
        elif "style" in self.open:
            self.styles[-1] += data
        else:
            self.text[self._language] = self.text.get(self._language, "") + data

    def ids(self) -> set[str]:
        return {attributes["id"] or "" for _, attributes in self.seen if "id" in attributes}

    def data(self) -> Any:
        return json.loads(self.scripts[0])


def outline(page: str) -> Outline:
    """The page's elements.

    Raises:
        AssertionError: they do not close in order.
    """
    parsed = Outline()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    return parsed


def assert_safe(page: str) -> None:
    """Nothing is fetched, and no script or style runs but those whose hashes the policy names."""
    parsed = outline(page)
    tags = {tag for tag, _ in parsed.seen}
    assert not tags & {"iframe", "object", "embed", "link", "base", "form", "img"}, "pictures are made by the script"
    names = {name for _, attributes in parsed.seen for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "style", "srcset")]
    targets = [attributes["href"] or "" for _, attributes in parsed.seen if "href" in attributes]
    assert all(target.startswith("#") for target in targets)
    assert [attributes.get("type") for tag, attributes in parsed.seen if tag == "script"] == ["application/json", None]
    policy = next(a["content"] or "" for _, a in parsed.seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    for kind, content in (("script", parsed.scripts[1]), ("style", parsed.styles[0])):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not re.search(r"url\(|@import|https?://|//[a-z]+\.", parsed.styles[0] + parsed.scripts[1])
