"""A recipe from a file and the command line, with the origin of every value and all of its problems at once.

Paths: see `lensmith.config.paths`. A run's own `recipe.json` is a recipe too: it loads to the same values, and
each value keeps the origin that was recorded.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lensmith.config.checks import Known, check_recipe, check_settings
from lensmith.config.document import read_document
from lensmith.config.origins import (
    DEFAULT,
    FORMAT_VERSION,
    LoadedRecipe,
    Origin,
    dump_resolved,
    flatten,
    settle,
)
from lensmith.config.overrides import apply_overrides, lay_over, spell_out
from lensmith.config.paths import anchor_paths
from lensmith.config.sections import Recipe
from lensmith.config.settings import Settings
from lensmith.config.tree import Node, Place, from_value
from lensmith.config.validation import validate
from lensmith.errors import Problem, RecipeError

__all__ = ["LoadedRecipe", "Origin", "check_recipe", "dump_resolved", "flatten", "load_recipe", "settle"]


def load_recipe(
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    base: Mapping[str, Any] | None = None,
    known: Known | None = None,
    check_files: bool = True,
) -> LoadedRecipe:
    """The recipe that a file, values beneath it and overrides above it make; or every problem they hold.

    Args:
        path: a YAML or JSON recipe, or a run's `recipe.json`; None when `base` and `overrides` say everything.
        overrides: `section.key=value`, later ones over earlier ones, all of them over the file.
        base: values that the file's replace, setting by setting.
        known: names of metrics, families and formats, to be checked along with the rest.
        check_files: False accepts data, pictures and models that are not on this machine.

    Raises:
        RecipeError: with all problems that were found: of the text, of each value, of values together.
    """
    tree, recorded, problems = _gather(path, base or {})
    tree, wrong = apply_overrides(tree, overrides)
    anchor_paths(tree)
    validated = validate(tree)
    values = {
        f"{name}.{key}": value
        for name, section in validated.sections.items()
        for key, value in flatten(section).items()
    }
    origins = {key: _origin(tree, key, recorded) for key in values}
    problems += [*wrong, *validated.problems]
    problems += check_settings(Settings(values, origins, validated.refused), known or {}, check_files)
    if problems:
        raise RecipeError(sorted(problems, key=_line))
    return LoadedRecipe(Recipe.model_validate(dict(validated.sections)), origins, path)


def _line(problem: Problem) -> int:
    """The line that a problem is about, 0 where it is about none, so that problems come in the recipe's order."""
    found = re.match(r"[^:]*:(\d+)( |$)", problem.where)
    return int(found[1]) if found else 0


def _gather(path: Path | None, base: Mapping[str, Any]) -> tuple[Node, dict[str, Origin], list[Problem]]:
    """The file's tree over the base's, the origins that a run recorded, and what is wrong with the text."""
    tree = spell_out(from_value(base, Place("recipe", "given", Path.cwd())))
    if path is None:
        return tree, {}, []
    document, problems = read_document(path)
    recorded: dict[str, Origin] = {}
    if {"recipe", "origins"} <= document.value.keys():
        recorded = _recorded(document, path.name)
        document = document.value["recipe"]
    return lay_over(tree, spell_out(document)), recorded, problems


def _recorded(document: Node, name: str) -> dict[str, Origin]:
    """The origins in a run's recipe.

    Raises:
        RecipeError: it was written by a later version, or its origins are not what lensmith writes.
    """
    content = document.plain()
    version = content.get("format")
    if version != FORMAT_VERSION:
        found = f"this recipe has format {version}, and this lensmith reads {FORMAT_VERSION}"
        raise RecipeError(Problem("recipe/format", name, found, fix="use the lensmith that wrote it, or a later one"))
    try:
        return {key: Origin(kind=each["kind"], text=each["text"]) for key, each in content["origins"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        found = "the origins are not a mapping of keys to kind and text"
        raise RecipeError(Problem("recipe/format", name, found, fix="use the file as the run wrote it")) from error


def _origin(tree: Node, key: str, recorded: Mapping[str, Origin]) -> Origin:
    """Where the value at `key` came from; a value of which any part was set on the command line was set there."""
    path = tuple(int(part) if part.isdecimal() else part for part in key.split("."))
    reached, node = tree.deepest(path)
    if reached != path:
        return DEFAULT
    for _, inner in node.walk():
        if inner.place.kind == "set":
            return Origin("set", inner.place.text)
    return recorded.get(key) or Origin("recipe", node.place.text)
