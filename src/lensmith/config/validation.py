"""A tree of values as recipe sections, and one problem for each value that its section refuses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lensmith.config.sections import Recipe, Section
from lensmith.config.shape import Path, accepts, dotted, field_at, known_keys, nested, section_at
from lensmith.config.tree import Node
from lensmith.errors import Problem, suggest


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
    for name, field in Recipe.model_fields.items():
        inner, _ = nested(field)
        given = tree.value.get(name)
        if inner is None or (given is None and field.is_required()):
            errors[(name,)] = ErrorDetails(type="missing", loc=(name,), msg="", input=None)
            continue
        found, section = _validate_section(inner, given.plain() if given else {})
        if section:
            sections[name] = section
        for error in found:
            errors.setdefault(_real_path(tree, (name, *error["loc"]), error["type"]), error)
    for name in tree.value:
        if name not in Recipe.model_fields:
            errors[(name,)] = ErrorDetails(type="extra_forbidden", loc=(name,), msg="", input=None)
    problems = [_problem(tree, path, error) for path, error in errors.items() if not _is_misspelt(path, error, errors)]
    return Validated(sections, problems, frozenset(dotted(path) for path in errors))


def _validate_section(section: type[Section], content: Any) -> tuple[list[ErrorDetails], Section | None]:
    """The errors, and the section as it is without the settings that have them; None when it cannot do without."""
    try:
        return [], section.model_validate(content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    for each in errors:
        _drop(content, each["loc"])
    try:
        return errors, section.model_validate(content)
    except ValidationError:
        return errors, None


def _drop(content: Any, loc: Sequence[str | int]) -> None:
    """Takes out the innermost setting on the way to an error."""
    holder, setting = None, ""
    for part in loc:
        if isinstance(content, dict) and part in content:
            holder, setting = content, str(part)
            content = content[part]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            break
    if holder is not None:
        del holder[setting]


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
    if error["type"] == "missing":
        field = field_at(path)
        place = node.place.where(key) if len(path) > 1 else f"{node.place.text.partition(':')[0]} {key}"
        fix = f"write {key}: …" if len(path) == 1 else f"write {path[-1]}: … beneath {dotted(path[:-1])}"
        return Problem("recipe/missing-key", place, "this is not given", accepts(field) if field else "", fix=fix)
    where = node.place.where(key)
    if error["type"] == "extra_forbidden":
        return Problem("recipe/unknown-key", where, f"there is no setting `{path[-1]}` here", fix=_known(path))
    field = field_at(path)
    expected = accepts(field) if field and not isinstance(path[-1], int) else _item(path)
    return Problem(
        "recipe/wrong-value", where, f"found {found(node.value)}", expected, fix=_fix(node.value, path, expected)
    )


def _known(path: Path) -> str:
    """Where an unknown key might belong: a near name here, or the same name in another section."""
    section = section_at(path[:-1])
    here = suggest(str(path[-1]), section.model_fields if section else [])
    elsewhere = [key for key in known_keys() if key.rpartition(".")[2] == path[-1]]
    return f"`{elsewhere[0]}` is a setting; {here}" if elsewhere and "did you mean" not in here else here


def _item(path: Path) -> str:
    """What one item of a list accepts, in words."""
    field = field_at(path)
    inner, _ = nested(field) if field else (None, False)
    if inner is not None:
        return f"text, or settings: {', '.join(inner.model_fields)}"
    words = accepts(field) if field else ""
    return words.partition("each of them ")[2] or words


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
    """The one thing to do about a value of the wrong kind."""
    if isinstance(value, str):
        choices = _choices(path)
        if "number" in expected and (number := _number_in(value)):
            return f"write {number} without quotes"
        if "`true`" in expected and value.lower() in ("yes", "no", "on", "off", "true", "false"):
            return f"write {str(value.lower() in ('yes', 'on', 'true')).lower()} without quotes"
        if choices:
            return suggest(value, choices)
        if expected.startswith("a list"):
            return f"write [{value}]"
    if isinstance(value, bool | int | float) and "text" in expected:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return f'put it in quotes: "{shown}"'
    if isinstance(value, dict) and expected.startswith("text") and len(value) == 1:
        return f'if it is text, put it in quotes: "{{{next(iter(value))}}}"'
    return f"write {expected}"


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
    """The number that a text is but for white space or a decimal comma; empty when it is none."""
    candidate = text.strip().replace(",", ".")
    try:
        return candidate if math.isfinite(float(candidate)) else ""
    except ValueError:
        return ""
