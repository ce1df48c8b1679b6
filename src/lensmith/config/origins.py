"""Where each value of a recipe came from, and what became of the values left to `auto`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lensmith.config.sections import Recipe, Section
from lensmith.errors import Problem, UnknownNameError, suggest

AUTO = "auto"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value came from.

    Attributes:
        kind: `default`; `recipe`, a file; `set`, the command line; `auto`, decided by lensmith.
        text: in words: `default`, `recipe.yaml:12`, `--set`, `auto: the CPU does float32 best`.
    """

    kind: Literal["default", "recipe", "set", "auto"]
    text: str


DEFAULT = Origin("default", "default")


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe that holds no problem, and the origin of every value in it.

    Attributes:
        recipe: the values. Paths are absolute.
        origins: for every key of `flatten(recipe)`.
        path: the file it was read from; None when there was none.
    """

    recipe: Recipe
    origins: Mapping[str, Origin]
    path: Path | None = None


def flatten(section: Section, prefix: str = "") -> dict[str, Any]:
    """Every value by its key, in the recipe's order. Lists and mappings of plain values are one value.

    >>> recipe = Recipe.model_validate({"model": "org/name", "data": {"train": "a.jsonl"}})
    >>> values = flatten(recipe)
    >>> values["model.name"], values["data.train.0.path"], values["evaluate.metrics"]
    ('org/name', 'a.jsonl', ['exact_match', 'yes_no'])
    """
    values: dict[str, Any] = {}
    for name in type(section).model_fields:
        key, value = f"{prefix}{name}", getattr(section, name)
        if isinstance(value, Section):
            values |= flatten(value, f"{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], Section):
            for at, item in enumerate(value):
                values |= flatten(item, f"{key}.{at}.")
        else:
            values[key] = value
    return values


def settle(loaded: LoadedRecipe, key: str, value: Any, reason: str) -> LoadedRecipe:
    """The recipe with `key`, where the user left it at `auto`, set to `value`, and the reason kept as its origin.

    A value that the user gave is never changed: then the recipe comes back as it was.

    Args:
        key: such as `train.learning_rate`.
        value: what `auto` became.
        reason: why, in a few words.

    Raises:
        UnknownNameError: the recipe has no such key.
        pydantic.ValidationError: `value` is not one that the setting accepts.
    """
    values = flatten(loaded.recipe)
    if key not in values:
        fix = suggest(key, values)
        raise UnknownNameError(Problem("recipe/unknown-key", key, "the recipe has no such setting", fix=fix))
    if values[key] != AUTO:
        return loaded
    content: Any = loaded.recipe.model_dump()
    *parents, last = key.split(".")
    inner = content
    for part in parents:
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]
    inner[last] = value
    origins = {**loaded.origins, key: Origin("auto", f"auto: {reason}")}
    return replace(loaded, recipe=Recipe.model_validate(content), origins=origins)


def dump_resolved(loaded: LoadedRecipe) -> dict[str, Any]:
    """The recipe and its origins as plain values for a run's `recipe.json`; `load_recipe` reads them again."""
    origins = {key: {"kind": origin.kind, "text": origin.text} for key, origin in loaded.origins.items()}
    return {"format": FORMAT_VERSION, "recipe": loaded.recipe.model_dump(mode="json"), "origins": origins}
