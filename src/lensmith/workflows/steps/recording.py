"""What a run writes down about itself before it starts, and what it checks when it is taken up again."""

import os
import platform
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lensmith.config.loading import load_recipe
from lensmith.config.origins import LoadedRecipe, dump_resolved, settle
from lensmith.config.sections import Recipe
from lensmith.console import say
from lensmith.errors import Problem, RunError
from lensmith.ranks import count_ranks, describe_ranks
from lensmith.rundir import RunDir, is_main_process, read_json, write_json
from lensmith.workflows.steps.safe_mode import finish_retreat

if TYPE_CHECKING:  # a model that is served elsewhere is asked without torch
    from lensmith.families.placement import Placement

OPTIONAL = ("bitsandbytes",)
PACKAGES = ("lensmith", "torch", "transformers", "peft", "accelerate", "datasets", "pillow", "numpy")


def run_folder(loaded: LoadedRecipe) -> RunDir:
    """The folder the recipe names; `auto` is `runs/` and the recipe's name, in the current folder."""
    out = loaded.recipe.run.out
    if out == "auto":
        out = str(Path("runs") / (loaded.path.stem if loaded.path else "run"))
    return RunDir(Path(out).absolute())


def take_up(run: RunDir, loaded: LoadedRecipe) -> LoadedRecipe:
    """The recipe as the run began with it, every `auto` settled as it was then; `loaded` when it is a new run.

    Raises:
        RunError: the folder holds a run of another recipe.
    """
    finish_retreat(run)
    path = run / "recipe.json"
    if not path.exists():
        return loaded
    stored, asked = read_json(path), _asked(loaded)
    begun = [as_now(stored[name]) for name in ("asked", "recipe")]
    if asked not in begun:
        changed = sorted(key for key in asked if asked[key] != begun[0].get(key))
        raise RunError(
            Problem(
                "run/other-recipe",
                str(run.path),
                f"the folder holds a run of another recipe; sections that differ: {', '.join(changed)}",
                consequence="going on would mix two runs",
                fix="give this run another folder with --out, or delete that one",
            )
        )
    say(f"taking up the run in {run.path}")
    return load_recipe(path)


def record(
    run: RunDir, asked: LoadedRecipe, loaded: LoadedRecipe, read: dict[str, Any], placed: "Placement | None"
) -> None:
    """Writes recipe.json, data.json and environment.json, or checks that the data is what it was.

    Args:
        run: the folder.
        asked: the recipe as the user gave it.
        loaded: the same with every `auto` settled.
        read: what data.json holds, a fingerprint among it.
        placed: device and precision; None where no model is loaded here.

    Raises:
        RunError: the folder's run was begun with other data.
    """
    if not is_main_process():
        return
    path = run / "data.json"
    if path.exists() and read_json(path)["fingerprint"] != read["fingerprint"]:
        raise RunError(
            Problem(
                "run/other-data",
                str(run.path),
                "the data has changed since this run began",
                consequence="before and after would be measured on different questions",
                fix="start a new run with --out, or put the data back",
            )
        )
    if not (run / "recipe.json").exists():
        write_json(path, read)
        questions = loaded.recipe.train.batch_size * loaded.recipe.train.accumulate
        write_json(run / "environment.json", {**_environment(placed), "questions_a_step": questions})
        loaded = settle(loaded, "run.out", str(run.path), "runs/ and the recipe's name, in the current folder")
        write_json(run / "recipe.json", {**dump_resolved(loaded), "asked": _asked(asked)})


def _asked(loaded: LoadedRecipe) -> dict[str, Any]:
    return _without_place(loaded.recipe.model_dump(mode="json"))


def as_now(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored recipe with the defaults of settings that lensmith did not have yet when it was written."""
    try:
        return _without_place(Recipe.model_validate(stored).model_dump(mode="json"))
    except ValidationError:  # a setting that is gone: no recipe of today is this one
        return _without_place(stored)


def _without_place(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe without where its results go, and whether safe mode may save it: that does not make it another run."""
    run = {key: value for key, value in recipe["run"].items() if key != "out"}
    train = {key: value for key, value in recipe["train"].items() if key != "safe_mode"}
    return {**recipe, "run": run, "train": train}


def _environment(placed: "Placement | None") -> dict[str, Any]:
    here: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version(name) for name in (*PACKAGES, *filter(find_spec, OPTIONAL))},
    }
    if placed is None:
        return here
    import torch

    return {
        **here,
        "device": str(placed.device),
        "device_reason": placed.device_reason,
        "precision": placed.precision,
        "precision_reason": placed.precision_reason,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "processes": count_ranks(),
        "processes_share": describe_ranks(),
    }
