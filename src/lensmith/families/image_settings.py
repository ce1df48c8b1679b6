"""An image processor's settings: those that a recipe changes, and those that a family cannot work with."""

from collections.abc import Mapping
from typing import Any

from lensmith.errors import Problem, RecipeError, suggest

# As a recipe and older checkpoints name them, and where today's image processors of dynamic resolution hold them.
BUDGETS = {"max_pixels": "longest_edge", "min_pixels": "shortest_edge"}


def change_settings(images: Any, asked: Mapping[str, Any]) -> None:
    """Changes an image processor's settings, before the family reads them.

    A setting of several values, such as `size`, keeps those that are not asked for. `max_pixels` and `min_pixels` are
    the most and the least pixels of a picture as it is resized, where the model takes pictures at their own shape.

    Args:
        images: the published image processor, or None where the architecture has none.
        asked: the recipe's `model.image_settings`.

    Raises:
        RecipeError: there is no such setting, or the value is of another kind; one problem a setting.
    """
    known = _settings_of(images)
    problems = []
    for name, value in asked.items():
        now = known.get(name)
        if name in BUDGETS and now is None and _has_budget(images):
            _change_size(images, {BUDGETS[name]: value})
        elif name not in known:
            problems.append(_unknown(name, sorted({*known, *(BUDGETS if _has_budget(images) else ())})))
        elif isinstance(value, Mapping) and _is_mapping(now):
            _change_size(images, value, name)
        elif now is not None and not _is_like(value, now):
            kind = "several values" if _is_mapping(now) else f"a value like {now!r}"
            where = f"model.image_settings.{name}"
            problems.append(Problem("recipe/image-setting", where, f"it is {value!r}", expected=kind))
        else:
            setattr(images, name, value)
    if problems:
        raise RecipeError(problems)


def unfit_setting(name: str, found: Any, expected: str) -> Problem:
    """The problem of a value in `preprocessor_config.json` by which tokens and features could not be made to agree."""
    return Problem(
        "model/image-settings",
        f"preprocessor_config.json {name}",
        f"it is {found}",
        expected=expected,
        consequence="a picture's tokens and features could not be made to agree",
        fix="use the settings that this model was published with",
    )


def _settings_of(images: Any) -> dict[str, Any]:
    if images is None:
        return {}
    known = {name: getattr(images, name, None) for name in images.to_dict()}
    return {name: value for name, value in known.items() if not name.endswith(("_type", "_class"))}


def _has_budget(images: Any) -> bool:
    """True where `size` is the least and the most pixels of a picture, as in Qwen-VL's image processors."""
    size = getattr(images, "size", None) or {}
    return "longest_edge" in size and "shortest_edge" in size and hasattr(images, "merge_size")


def _is_mapping(value: Any) -> bool:
    return hasattr(value, "__setitem__") and not isinstance(value, list)


def _change_size(images: Any, asked: Mapping[str, Any], name: str = "size") -> None:
    changed = {**dict(getattr(images, name)), **asked}
    kind = type(getattr(images, name))
    setattr(images, name, kind(**changed))


def _is_like(value: Any, now: Any) -> bool:
    if isinstance(now, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(now, bool)
    if isinstance(now, (int, float)):
        return isinstance(value, (int, float))
    return isinstance(value, list) if isinstance(now, (list, tuple)) else isinstance(value, type(now))


def _unknown(name: str, known: list[str]) -> Problem:
    return Problem(
        "recipe/image-setting",
        f"model.image_settings.{name}",
        "this model's image processor has no such setting",
        consequence="it would change nothing",
        fix=suggest(name, known) if known else "take it out: this architecture has settings of its own alone",
    )
