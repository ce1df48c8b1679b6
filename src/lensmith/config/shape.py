"""The recipe's shape, read off its sections: which keys exist, what each accepts, and in what words.

A *key* is a path written with dots: `train.epochs`, `data.train.0.path`. List positions are numbers.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo

from lensmith.config.sections import KeepSection, ModelSection, Recipe, Section, SourceSection

SHORTHANDS: dict[type[Section], str] = {ModelSection: "name", SourceSection: "path", KeepSection: "replay"}
"""Sections for which a plain value may stand, and the setting that it then is."""

Path = tuple[str | int, ...]


def dotted(path: Sequence[str | int]) -> str:
    """A path as a key.

    >>> dotted(("data", "train", 0, "path"))
    'data.train.0.path'
    """
    return ".".join(str(part) for part in path)


def nested(field: FieldInfo) -> tuple[type[Section] | None, bool]:
    """The section a field holds, and whether it holds a list of them; (None, False) for a plain value."""
    return _nested(field.annotation)


def _nested(annotation: Any) -> tuple[type[Section] | None, bool]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    if origin is Annotated:
        return _nested(arguments[0])
    if origin is list:
        return _nested(arguments[0])[0], _nested(arguments[0])[0] is not None
    if origin in (Union, UnionType):
        found = [_nested(argument) for argument in arguments if argument is not NoneType]
        return next((pair for pair in found if pair[0]), (None, False))
    return None, False


def section_at(path: Sequence[str | int]) -> type[Section] | None:
    """The section whose settings live at `path`, None where no section does."""
    section: type[Section] | None = Recipe
    for part in path:
        if isinstance(part, int):
            continue
        field = section.model_fields.get(part) if section else None
        section = nested(field)[0] if field else None
    return section


def field_at(path: Sequence[str | int]) -> FieldInfo | None:
    """The field that `path` names or lies in, None where the recipe has no such key."""
    section: type[Section] | None = Recipe
    field: FieldInfo | None = None
    for part in path:
        if isinstance(part, int) or section is None:
            continue
        field = section.model_fields.get(part)
        if field is None:
            return None
        section = nested(field)[0]
    return field


def takes_text(path: Sequence[str | int]) -> bool:
    """True where nothing but text (or nothing at all) may stand.

    >>> [takes_text(key.split(".")) for key in ("prompt.template", "run.seed", "evaluate.metrics")]
    [True, False, False]
    """
    field = field_at(path)
    if field is None:
        return False
    if get_origin(field.annotation) is dict:
        return section_at(path[:-1]) is None
    return field.annotation is str or set(get_args(field.annotation)) == {str, NoneType}


@cache
def known_keys() -> tuple[str, ...]:
    """Every key a recipe may have, sections left out, list positions as `0`."""
    return tuple(_keys(Recipe, ()))


def _keys(section: type[Section], path: Path) -> Iterator[str]:
    for name, field in section.model_fields.items():
        inner, listed = nested(field)
        if inner is None:
            yield dotted((*path, name))
        else:
            yield from _keys(inner, (*path, name, 0) if listed else (*path, name))


def accepts(field: FieldInfo) -> str:
    """What a field accepts, in words.

    >>> from lensmith.config.sections import TrainSection
    >>> accepts(TrainSection.model_fields["learning_rate"])
    'a number above 0, or `auto`'
    """
    inner, listed = nested(field)
    if inner is None:
        return _words(field.annotation, field.metadata)
    return _settings(inner) + (", or a list of such" if listed else "")


def accepts_item(field: FieldInfo) -> str:
    """What one item of a list accepts, in words.

    >>> from lensmith.config.sections import EvaluateSection
    >>> accepts_item(EvaluateSection.model_fields["labels"])
    'text'
    """
    inner, _ = nested(field)
    if inner is not None:
        return _settings(inner)
    pending = [field.annotation]
    while pending:
        annotation = pending.pop()
        if get_origin(annotation) is list:
            return _words(get_args(annotation)[0])
        pending += get_args(annotation)
    return accepts(field)


def _settings(section: type[Section]) -> str:
    """What a section accepts, in words."""
    settings = f"settings: {', '.join(section.model_fields)}"
    if section not in SHORTHANDS:
        return settings
    return f"{accepts(section.model_fields[SHORTHANDS[section]])}, or {settings}"


def _words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """An annotation in words; what it is made of comes first, its bounds after."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0], [*arguments[1:], *metadata])
    if origin in (Union, UnionType):
        parts = [_words(argument, metadata) for argument in arguments if argument is not NoneType]
        return ", or ".join([*parts, "nothing (null)"] if NoneType in arguments else parts)
    if origin is Literal:
        return _either([f"`{argument}`" for argument in arguments])
    if origin is list:
        least = " with at least one item" if any(isinstance(bound, MinLen) for bound in _bounds(metadata)) else ""
        return f"a list{least}, each of them {_words(arguments[0])}"
    if origin is dict:
        return _by_name(arguments[1])
    if annotation is bool:
        return "`true` or `false`"
    if annotation is str:
        return "text that is not empty" if any(isinstance(bound, MinLen) for bound in _bounds(metadata)) else "text"
    return {int: "a whole number", float: "a number"}[annotation] + _limits(metadata)


def _by_name(annotation: Any) -> str:
    """What a mapping holds, in words."""
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if kind is str:
        return "names for names, such as {question: q}"
    return "lists by name, such as {cat: [kitten, puss]}" if get_origin(kind) is list else "values by name"


def _bounds(metadata: Sequence[Any]) -> Iterator[Any]:
    """The bounds in a field's metadata, those inside nested field descriptions included."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _bounds(item.metadata)
        else:
            yield item


def _limits(metadata: Sequence[Any]) -> str:
    words = []
    for bound in _bounds(metadata):
        for kind, attribute, word in (
            (Ge, "ge", "at least"),
            (Gt, "gt", "above"),
            (Le, "le", "at most"),
            (Lt, "lt", "below"),
        ):
            if isinstance(bound, kind):
                words.append(f"{word} {getattr(bound, attribute):g}")
    return f" {' and '.join(words)}" if words else ""


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
