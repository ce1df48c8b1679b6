"""YAML text as a tree of placed values, with every trouble of the text told.

The text is read as YAML 1.2 means it: `1e-4` is a number, and `yes`, `no`, `on`, `off` and dates are text
(version 1.1, PyYAML's own reading, makes the first text and the others truth values and calendar days).
"""

import re
from pathlib import Path
from typing import Any, Literal

import yaml

from lensmith.config.shape import Path as KeyPath
from lensmith.config.shape import dotted
from lensmith.config.tree import Node, Place
from lensmith.errors import Problem

MAX_VALUES = 20_000
MAX_DEPTH = 20


def parse(
    text: str, name: str, folder: Path, kind: Literal["recipe", "set"] = "recipe"
) -> tuple[Node | None, list[Problem]]:
    """Parses YAML text; (None, problems) when its syntax is broken.

    Args:
        text: the YAML.
        name: what its places are called; a file's get `:LINE` after it.
        folder: what relative paths in it are relative to.
        kind: `recipe` or `set`.
    """
    builder = _Builder(name, folder, kind)
    try:
        root = yaml.compose(text, Loader=_Loader)
        return (builder.build(root, None, ()) if root is not None else None), builder.problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [builder.broken(f"{error.problem or error.context}", mark.line if mark else 0)]
    except yaml.reader.ReaderError as error:
        line = text[: int(error.position)].count("\n")
        return None, [builder.broken(f"the character U+{ord(text[int(error.position)]):04X} may not stand here", line)]
    except (_TooMuchError, RecursionError):
        limits = f"more than {MAX_VALUES} values or {MAX_DEPTH} levels"
        return None, [builder.broken(f"it unfolds into {limits}, which no recipe needs", 0)]


class _Loader(yaml.SafeLoader):
    """Resolves plain text as YAML 1.2's core schema does."""


_Loader.yaml_implicit_resolvers = {}

for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), [*_first, ""] if _tag == "null" else list(_first)
    )


class _TooMuchError(Exception):
    """A small text that unfolds without end, by references to references or to itself."""


class _Builder:
    """Turns PyYAML's nodes into ours, collecting what is wrong on the way."""

    def __init__(self, name: str, folder: Path, kind: Literal["recipe", "set"]) -> None:
        self.name, self.folder, self.kind = name, folder, kind
        self.problems: list[Problem] = []
        self.values = 0

    def place(self, line: int) -> Place:
        """The place at a line counted from 0."""
        return Place(self.kind, self.name if self.kind == "set" else f"{self.name}:{line + 1}", self.folder)

    def broken(self, found: str, line: int) -> Problem:
        """A problem of the text itself, with the fix that fits the commonest causes."""
        fix = (
            "indent with spaces only"
            if "'\\t'" in found
            else "put text that holds `:`, `#`, `{`, `[`, `*`, `&`, `!` or `%` in quotes"
        )
        return Problem("recipe/not-yaml", self.place(line).where(""), f"this is not YAML: {found}", fix=fix)

    def build(self, node: yaml.Node, place: Place | None, path: KeyPath) -> Node:
        """A node and all below it."""
        self.values += 1
        if self.values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _TooMuchError
        place = place or self.place(node.start_mark.line)
        if isinstance(node, yaml.MappingNode):
            return Node(self._mapping(node, path), place)
        if isinstance(node, yaml.SequenceNode):
            items = (self.build(item, None, (*path, at)) for at, item in enumerate(node.value))
            return Node(list(items), place)
        return Node(self._scalar(node, path), place)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Node]:
        mapping: dict[str, Node] = {}
        for key_node, value_node in node.value:
            place = self.place(key_node.start_mark.line)
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(
                    "recipe/odd-key", place, path, "a list or mapping stands where a name should", "write a plain name"
                )
                continue
            key = _joined(key_node.value)
            if key in mapping:
                first = mapping[key].place.text
                self._add(
                    "recipe/duplicate-key", place, (*path, key), f"given before, at {first}", "keep one of the two"
                )
                continue
            mapping[key] = self.build(value_node, place, (*path, key))
        return mapping

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        text = _joined(node.value)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        try:
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() == "true"
            if kind == "int":
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            if kind == "float":
                return float(text.replace(".inf", "inf").replace(".nan", "nan")) if "n" in text.lower() else float(text)
        except ValueError:
            kind = node.tag
        if kind != "str":
            place = self.place(node.start_mark.line)
            self._add(
                "recipe/odd-tag",
                place,
                path,
                f"`{text[:60]}` cannot be read as `{kind}`",
                "leave the tag out, or quote the text",
            )
        return text

    def _add(self, code: str, place: Place, path: KeyPath, found: str, fix: str) -> None:
        self.problems.append(Problem(code, place.where(dotted(path)), found, fix=fix))


def _joined(text: str) -> str:
    """Text whose characters beyond the first plane were written as JSON writes them, in two halves, joined."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return text
