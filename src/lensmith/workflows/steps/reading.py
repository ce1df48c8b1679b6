"""A recipe as a verb gets it: read, laid over, and checked against every name that lensmith knows."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from lensmith.config.loading import load_recipe
from lensmith.config.origins import LoadedRecipe
from lensmith.console import say
from lensmith.data.sources import SOURCES
from lensmith.errors import Problem, RecipeError
from lensmith.evaluation.metrics import METRICS, build_metrics
from lensmith.families import FAMILIES
from lensmith.rundir import read_json
from lensmith.training.trackers import check_trackers

KNOWN: dict[str, Collection[str]] = {"metrics": METRICS, "families": FAMILIES, "formats": SOURCES}


def read_recipe(recipe: Path, overrides: Sequence[str], out: Path | None = None) -> LoadedRecipe:
    """The recipe in a file, or the one that a run folder was begun with.

    Args:
        recipe: a file, or a run folder.
        overrides: `section.key=value`.
        out: the run folder, over what the recipe says.

    Raises:
        RecipeError: with every problem; no model has been touched.
    """
    begun = recipe / "recipe.json"
    path, place = (begun, out or recipe) if begun.is_file() else (recipe, out)
    loaded = load_recipe(path, _with_out(overrides, place), known=KNOWN)
    build_metrics(loaded.recipe.evaluate)  # metrics refuse settings that they cannot work with now, not at the end
    check_trackers(loaded.recipe.run.trackers)
    say(f"recipe {path} is right; loading torch and transformers")
    return loaded


def read_question(
    model: str, data: Sequence[Mapping[str, Any]], overrides: Sequence[str], out: Path | None
) -> LoadedRecipe:
    """The recipe of an evaluation: a run's own way of asking and judging, another model or other data.

    Args:
        model: a run folder, an adapter's or a model's folder, or a hub id.
        data: source sections.
        overrides: `section.key=value`.
        out: the folder for the answers.

    Raises:
        RecipeError: with every problem.
    """
    name = str(Path(model).absolute()) if Path(model).is_dir() else model
    loaded = _load_question(name, _begun(Path(model)), data, _with_out(overrides, out))
    say(f"{name} will be asked; loading torch and transformers")
    return loaded


def read_served_question(
    model: str, like: Path | None, data: Sequence[Mapping[str, Any]], overrides: Sequence[str], out: Path | None
) -> LoadedRecipe:
    """The recipe of an evaluation through an endpoint; its `model.name` is `endpoint://` and the name there.

    Args:
        model: the model's name at the endpoint.
        like: a run folder whose way of asking and judging is taken over.
        data: source sections.
        overrides: `section.key=value`.
        out: the folder for the answers.

    Raises:
        RecipeError: with every problem.
    """
    begun = _begun(like) if like else {}
    if like and not begun:
        found = "it holds no recipe.json"
        raise RecipeError(Problem("endpoint/like", f"--like {like}", found, "a run folder", fix="name a run's folder"))
    begun["prompt"] = {**begun.get("prompt", {}), "chat_template": None}  # that is the server's
    return _load_question(f"endpoint://{model}", begun, data, _with_out(overrides, out))


def _begun(run: Path) -> dict[str, Any]:
    """The recipe that a run was begun with; empty where the folder is no run's."""
    path = run / "recipe.json"
    return dict(read_json(path)["recipe"]) if path.is_file() else {}


def _load_question(
    name: str, begun: Mapping[str, Any], data: Sequence[Mapping[str, Any]], overrides: Sequence[str]
) -> LoadedRecipe:
    base = {key: begun[key] for key in ("prompt", "evaluate", "run") if key in begun} | {
        "model": {"name": name},
        "data": {"train": list(data)},
    }
    base["run"] = {**begun.get("run", {}), "out": str(Path("runs") / f"evaluate-{Path(name).name}")}
    loaded = load_recipe(None, overrides, base=base, known=KNOWN)
    build_metrics(loaded.recipe.evaluate)
    return loaded


def _with_out(overrides: Sequence[str], out: Path | None) -> list[str]:
    return [*overrides, *([f"run.out={json.dumps(str(out))}"] if out else [])]
