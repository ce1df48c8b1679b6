"""A sweep's trials as runs like any other: checked together, run one by one, their ends kept in their folders."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lensmith.config.loading import load_recipe
from lensmith.config.origins import LoadedRecipe
from lensmith.config.sections import Recipe, SweepSection
from lensmith.console import say, show_problems
from lensmith.errors import LensmithError, Problem, RecipeError, RunError
from lensmith.evaluation.metrics import build_metrics
from lensmith.rundir import read_json, write_json
from lensmith.sweep.pruning import PrunedError, Pruner
from lensmith.sweep.space import Dimension, Setting, as_overrides, describe_setting
from lensmith.sweep.trials import FAILED_FILE, PRUNED_FILE, Trial, read_run
from lensmith.workflows.steps.reading import KNOWN

# What the base's answers depend on, beside the weights.
ASKED_ALIKE = ("model", "data", "prompt", "evaluate")


@dataclass(frozen=True, slots=True)
class TrialTask:
    """A trial as it is handed to a process.

    Attributes:
        trial: the setting.
        recipe: the sweep's.
        overrides: over all of its trials.
        prune: stop runs that do worse than half of the others.
    """

    trial: Trial
    recipe: Path
    overrides: tuple[str, ...]
    prune: bool


def check_settings(
    recipe: Path, overrides: Sequence[str], settings: Sequence[Setting], space: dict[str, Dimension]
) -> None:
    """Loads the recipe with every setting that is given and every value or end of the space, one at a time.

    Raises:
        RecipeError: with every problem of each, told once; nothing was started.
    """
    each_value = [{key: value} for key, dimension in space.items() for value in dimension.ends()]
    problems: dict[Problem, None] = {}
    for setting in (*settings, *each_value):
        try:
            loaded = load_recipe(recipe, [*overrides, *as_overrides(setting)], known=KNOWN)
            build_metrics(loaded.recipe.evaluate)
        except RecipeError as error:
            for problem in error.problems:
                where = f"{problem.where}, in the sweep's {describe_setting(setting)}"
                problems[replace(problem, where=where)] = None
    if problems:
        raise RecipeError(problems)


def run_trial(task: TrialTask) -> None:
    """Runs a setting with each of its seeds, unless it ended before; how each ended is in its folder.

    A run that fails is written down, and the next begins. One that was killed is taken up.
    """
    from lensmith.workflows.train import train_recipe

    for seed in task.trial.seeds:
        run = read_run(task.trial, seed)
        if run.ended in ("finished", "pruned"):
            continue
        (run.folder / FAILED_FILE).unlink(missing_ok=True)
        say(f"── {task.trial.name}, seed {seed}: {describe_setting(task.trial.setting)}")
        try:
            loaded = load_trial(task, seed)
            lend_answers(run.folder, loaded.recipe)
            pruner = Pruner(run.folder, task.trial.folder.parent, loaded.recipe.train.best)
            train_recipe(loaded, [pruner] if task.prune else [])
        except PrunedError as error:
            say(f"  stopped: {error.problems[0].found}")
            write_json(run.folder / PRUNED_FILE, {"reason": error.problems[0].found})
        except LensmithError as error:
            show_problems(error.problems)
            write_json(run.folder / FAILED_FILE, {"reason": "; ".join(each.render() for each in error.problems)})


def load_trial(task: TrialTask, seed: int) -> LoadedRecipe:
    """The recipe of one run: the setting and the seed laid over the sweep's, the division of the data the same for all.

    Raises:
        RecipeError: the values make no sense together.
    """
    common = load_recipe(task.recipe, task.overrides, known=KNOWN)
    divided_by = common.recipe.data.split.seed
    own = {
        **task.trial.setting,
        "run.seed": seed,
        "run.out": str(task.trial.run_folder(seed)),
        "data.split.seed": common.recipe.run.seed if divided_by is None else divided_by,
    }
    loaded = load_recipe(task.recipe, [*task.overrides, *as_overrides(own)], known=KNOWN)
    alone = loaded.recipe.model_copy(update={"sweep": SweepSection()})
    return replace(loaded, recipe=alone)


def lend_answers(run: Path, recipe: Recipe) -> None:
    """Gives a run the base's answers of a finished one that asked the same model the same questions in the same way."""
    if (run / "before.jsonl").exists():
        return
    wanted = recipe.model_dump(mode="json")
    for finished in sorted(run.parent.parent.glob("*/*/comparison.json")):
        lender = finished.parent
        asked = read_json(lender / "recipe.json")["asked"]
        if all(asked.get(name) == wanted[name] for name in ASKED_ALIKE):
            run.mkdir(parents=True, exist_ok=True)
            shutil.copy2(lender / "before.jsonl", run / ".before.jsonl")
            (run / ".before.jsonl").replace(run / "before.jsonl")
            say(f"  the base's answers are those of {lender.parent.name}, {lender.name}")
            return


def claim_sweep(folder: Path, recipe: Recipe) -> None:
    """Makes the folder this sweep's, or finds it is; more trials, settings or workers do not make it another.

    Raises:
        RunError: it holds a sweep of another recipe, space or objectives.
    """
    asked = recipe.model_dump(mode="json")
    asked["run"].pop("out")
    for name in ("trials", "settings", "workers", "prune"):
        asked["sweep"].pop(name)
    path = folder / "asked.json"
    if not path.exists():
        write_json(path, asked)
    elif read_json(path) != json.loads(json.dumps(asked)):
        found = "the folder holds a sweep of another recipe, space or objectives"
        fix = "give this sweep another folder with --out, or delete that one"
        raise RunError(Problem("sweep/other", str(folder), found, consequence="two sweeps would be mixed", fix=fix))


def nothing_to_try() -> RecipeError:
    """What is wrong with a recipe that asks for no sweep."""
    found = "the recipe's sweep section names neither a space nor settings"
    fix = "write for example sweep: {space: {tune.lora.r: [4, 16]}}"
    return RecipeError(Problem("sweep/nothing", "sweep.space", found, consequence="there is nothing to try", fix=fix))
