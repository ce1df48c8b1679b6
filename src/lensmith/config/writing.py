"""A recipe as text: every setting with what it is for, the chosen ones live, the rest commented out at their defaults.

Taking `# ` away before a setting gives the value that it has anyway.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from lensmith.config.sections import Recipe, Section
from lensmith.config.shape import accepts, nested
from lensmith.config.yaml12 import parse
from lensmith.errors import Problem, RecipeError
from lensmith.rundir import write_text

COMMENT_COLUMN = 40
# Text that begins with a letter, a dot or a slash, and that no reader of YAML 1.1 takes for a truth value.
_PLAIN = re.compile(r"(?!(?i:y|n|yes|no|on|off)$)([^\W\d]|[./])[\w./-]*( [\w./-]+)*")


def render_recipe(chosen: Mapping[str, Any], notes: Mapping[str, str] | None = None, heading: str = "") -> str:
    """The text of a recipe that loads to `chosen`, and to the defaults for all else.

    Args:
        chosen: values by key, for example `data.train.0.path`.
        notes: comments by key of a setting or section; they stand on lines of their own above it.
        heading: a comment at the top.
    """
    lines = [*_comment(heading, 0), *_section(Recipe, "", 0, chosen, notes or {})]
    return "\n".join(lines) + "\n"


def refuse_overwriting(path: Path, *, force: bool) -> None:
    """Makes sure that a recipe may be written to `path`.

    Raises:
        RecipeError: a folder is there, or a file that `force` does not give up.
    """
    if path.is_dir():
        fix = "name a file, such as recipe.yaml"
        raise RecipeError(Problem("recipe/out", str(path), "it is a folder", "a file", fix=fix))
    if path.exists() and not force:
        found, kept = "there is a file already", "it is left as it is"
        raise RecipeError(
            Problem("recipe/exists", str(path), found, "", kept, "name another with --out, or add --force")
        )


def save_recipe(path: Path, text: str) -> None:
    """Writes a recipe whole or not at all.

    Raises:
        RecipeError: nothing can be written there.
    """
    try:
        write_text(path, text)
    except OSError as error:
        found = f"it cannot be written: {error.strerror}"
        raise RecipeError(Problem("recipe/out", str(path), found, fix="name another with --out")) from error


def render_value(value: Any) -> str:
    """A value as YAML on one line, in quotes where it would otherwise be read as something else.

    >>> render_value(["true", "нет", "a: b", 1e-4])
    '["true", нет, "a: b", 0.0001]'
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {render_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(render_value(item) for item in value) + "]"
    return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text):
        node, _ = parse(text, "", Path())
        if node is not None and node.value == text:
            return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _section(
    section: type[Section], prefix: str, depth: int, chosen: Mapping[str, Any], notes: Mapping[str, str]
) -> Iterator[str]:
    """The lines of one section's settings."""
    for name, field in section.model_fields.items():
        key = f"{prefix}{name}"
        inner, listed = nested(field)
        if depth == 0:
            yield ""
        yield from _comment(notes.get(key, ""), depth)
        if inner is None:
            yield _setting(name, field, depth, chosen, key)
        elif listed and not any(each.startswith(f"{key}.") for each in chosen):
            yield _line(f"# {name}: null", depth, field.description)
        else:
            yield _line(f"{name}:", depth, field.description)
            if listed:
                yield from _items(inner, key, depth + 1, chosen, notes)
            else:
                yield from _section(inner, f"{key}.", depth + 1, chosen, notes)


def _items(
    section: type[Section], key: str, depth: int, chosen: Mapping[str, Any], notes: Mapping[str, str]
) -> Iterator[str]:
    """The items of a list of sections, each begun by a dash. All settings are told of the first item only."""
    at = 0
    while any(each.startswith(f"{key}.{at}.") for each in chosen):
        yield from _comment(notes.get(f"{key}.{at}", ""), depth)
        lines = list(_section(section, f"{key}.{at}.", depth + 1, chosen, notes))
        if at:
            lines = [line for line in lines if not line.lstrip().startswith("# ")]
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
        lines[first] = f"{'  ' * depth}- {lines[first].lstrip()}"
        yield from lines
        at += 1


def _setting(name: str, field: FieldInfo, depth: int, chosen: Mapping[str, Any], key: str) -> str:
    """One setting: chosen, or its default commented out; live and empty where there is no default."""
    about = _about(field)
    if key in chosen:
        return _line(f"{name}: {render_value(chosen[key])}", depth, about)
    if field.is_required():
        return _line(f"{name}:", depth, about)
    return _line(f"# {name}: {render_value(field.get_default(call_default_factory=True))}", depth, about)


def _about(field: FieldInfo) -> str:
    """What a setting is for, and the names to choose from where the words do not give them."""
    about = field.description or ""
    if get_origin(field.annotation) is Literal and not all(str(name) in about for name in get_args(field.annotation)):
        return f"{about}; {accepts(field)}".lstrip("; ")
    return about


def _line(text: str, depth: int, about: str | None) -> str:
    indented = f"{'  ' * depth}{text}"
    return f"{indented:<{COMMENT_COLUMN}}  # {about}" if about else indented


def _comment(text: str, depth: int) -> Iterator[str]:
    for line in text.splitlines():
        shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
        yield f"{'  ' * depth}# {shown}".rstrip()
