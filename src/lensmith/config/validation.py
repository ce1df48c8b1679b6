"""A tree of values as recipe sections, and one problem for each value that its section refuses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lensmith.config.sections import Recipe, Section
from lensmith.config.shape import Path, accepts, accepts_item, dotted, field_at, known_keys, nested, section_at
from lensmith.config.tree import Node
from lensmith.errors import Problem, suggest

_STAND_IN = "-"
"""Each setting that a section needs takes text, or a source for which text may stand."""


@dataclass(frozen=True)
class Validated:
    """What came of a tree.

    Attributes:
        sections: the sections by name; those with problems as they are without the refused values, or missing.
        problems: one for each refused value.
        refused: the keys of the refused values.
    """

    sections: Mapping[str, Section]
    problems: list[Problem]
    refused: frozenset[str]


def validate(tree: Node) -> Validated:
    """Validates a spelled-out tree section by section, so that a mistake in one hides nothing in another."""
    sections: dict[str, Section] = {}
    errors: dict[Path, ErrorDetails] = {}
    refused: set[Path] = set()
    for name, field in Recipe.model_fields.items():
        inner, _ = nested(field)
        given = tree.value.get(name)
        if inner is None or (given is None and field.is_required()):
            errors[(name,)] = ErrorDetails(type="missing", loc=(name,), msg="", input=None)
            continue
        found, dropped, section = _validate_section(inner, given.plain() if given else {})
        refused |= {(name, *path) for path in dropped}
        if section:
            sections[name] = section
        for error in found:
            errors.setdefault(_real_path(tree, (name, *error["loc"]), error["type"]), error)
    for name in tree.value:
        if name not in Recipe.model_fields:
            errors[(name,)] = ErrorDetails(type="extra_forbidden", loc=(name,), msg="", input=None)
    problems = [_problem(tree, path, error) for path, error in errors.items() if not _is_misspelt(path, error, errors)]
    return Validated(sections, problems, frozenset(dotted(path) for path in refused | set(errors)))


def _validate_section(section: type[Section], content: Any) -> tuple[list[ErrorDetails], list[Path], Section | None]:
    """The errors, what was left out because of them, and the section as it is without; None where it cannot be.

    What a section cannot do without gets a stand-in, so that the rest of it can be checked all the same.
    """
    first: list[ErrorDetails] = []
    dropped: list[Path] = []
    for _ in range(3):
        try:
            return first, dropped, section.model_validate(content)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        first = first or errors
        for each in errors:
            dropped.append(_leave_out(content, each["loc"], each["type"] == "missing"))
    return first, dropped, None


def _leave_out(content: Any, loc: Sequence[str | int], missing: bool) -> Path:
    """Takes out the innermost setting on the way to an error, or puts a stand-in where one is missing; its path."""
    holder, setting = None, 0
    for at, part in enumerate(loc):
        if isinstance(content, dict) and (part in content or (missing and at == len(loc) - 1)):
            holder, setting = content, at
            content = content.get(part)
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            break
    path = tuple(loc[: setting + 1])
    if holder is not None:
        holder.pop(loc[setting], None)
        if missing:
            holder[loc[setting]] = _STAND_IN
    return path


def _real_path(tree: Node, loc: Path, kind: str) -> Path:
    """The path of the value at fault; pydantic's own marks for the members of a union are no part of it."""
    path, _ = tree.deepest(loc)
    return loc if kind == "missing" and len(loc) == len(path) + 1 else path


def _is_misspelt(path: Path, error: ErrorDetails, errors: Mapping[Path, ErrorDetails]) -> bool:
    """True for a missing key that an unknown key beside it was meant to be: that is one mistake, told there."""
    if error["type"] != "missing":
        return False
    beside = [
        other[-1] for other, each in errors.items() if each["type"] == "extra_forbidden" and other[:-1] == path[:-1]
    ]
    return any(f"`{path[-1]}`" in suggest(str(name), [str(path[-1])]) for name in beside)


def _problem(tree: Node, path: Path, error: ErrorDetails) -> Problem:
    """The problem that an error is to a person."""
    key = dotted(path)
    _, node = tree.deepest(path)
    field = field_at(path)
    empty = node.value is None and field is not None and field.is_required() and not isinstance(path[-1], int)
    if error["type"] == "missing" or empty:
        place = node.place.where(key) if len(path) > 1 else f"{node.place.text.partition(':')[0]} {key}"
        fix = f"write {key}: …" if len(path) == 1 else f"write {path[-1]}: … beneath {dotted(path[:-1])}"
        return Problem("recipe/missing-key", place, "this is not given", accepts(field) if field else "", fix=fix)
    where = node.place.where(key)
    if error["type"] == "extra_forbidden":
        return Problem("recipe/unknown-key", where, f"there is no setting `{path[-1]}` here", fix=_known(path))
    expected = "" if field is None else accepts_item(field) if isinstance(path[-1], int) else accepts(field)
    fix = _fix(node.value, path, expected) or _default(path, expected)
    return Problem("recipe/wrong-value", where, f"found {found(node.value)}", expected, fix=fix)


def _default(path: Path, expected: str) -> str:
    """What to write where nothing about the value tells what was meant."""
    field = field_at(path)
    if field is None or field.is_required() or isinstance(path[-1], int):
        return f"write {expected}"
    inner, listed = nested(field)
    if inner and not listed:
        return f"write its settings beneath it, such as {next(iter(inner.model_fields))}"
    default = field.get_default(call_default_factory=True)
    return f"correct it, or take it out for the default, {found(default)}"


def _known(path: Path) -> str:
    """Where an unknown key might belong: a near name here, or the same name in another section."""
    section = section_at(path[:-1])
    here = suggest(str(path[-1]), section.model_fields if section else [])
    elsewhere = [key for key in known_keys() if key.rpartition(".")[2] == path[-1]]
    return f"`{elsewhere[0]}` is a setting; {here}" if elsewhere and "did you mean" not in here else here


def found(value: Any) -> str:
    """A value of a recipe in words, long ones shortened.

    >>> found("three"), found(True), found(1.5), found({"a": None})
    ('the text `three`', '`true`, a truth value', 'the number 1.5', 'settings (a)')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`, a truth value"
    if isinstance(value, dict):
        return f"settings ({', '.join(list(value)[:5])})" if value else "no settings"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    shown = str(value) if len(str(value)) <= 60 else f"{str(value)[:60]}…"
    return f"the text `{shown}`" if isinstance(value, str) else f"the number {shown}"


def _fix(value: Any, path: Path, expected: str) -> str:
    """What to do about a value that is nearly right; empty where nothing tells what was meant."""
    if isinstance(value, str):
        choices = _choices(path)
        if "number" in expected and (number := _number_in(value)):
            return f"write {number}, without quotes"
        if "`true`" in expected and value.lower() in ("yes", "no", "on", "off", "true", "false"):
            return f"write {str(value.lower() in ('yes', 'on', 'true')).lower()}, without quotes"
        if choices:
            return suggest(value, choices)
        if expected.startswith("a list"):
            return f"write [{value}]"
    if isinstance(value, bool | int | float) and "text" in expected:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return f'put it in quotes: "{shown}"'
    if isinstance(value, dict) and expected.startswith("text") and len(value) == 1:
        return f'if it is text, put it in quotes: "{{{next(iter(value))}}}"'
    return ""


def _choices(path: Path) -> list[str]:
    """The names from which a value is chosen; empty where it is free."""
    field = field_at(path)
    pending, names = [field.annotation if field else None], []
    while pending:
        annotation = pending.pop()
        if get_origin(annotation) is Literal:
            names += [str(name) for name in get_args(annotation)]
        else:
            pending += get_args(annotation)
    return names


def _number_in(text: str) -> str:
    """The number that a text is but for white space, underscores or a decimal comma; empty when it is none."""
    candidate = text.strip().replace(",", ".").replace("_", "")
    return candidate if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", candidate) else ""
