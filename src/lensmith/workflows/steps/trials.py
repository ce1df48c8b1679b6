"""A sweep's trials as runs like any other: checked together, run one by one, their ends kept in their folders."""

import shutil
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lensmith.config.loading import load_recipe
from lensmith.config.origins import LoadedRecipe
from lensmith.config.sections import Recipe, SweepSection
from lensmith.console import say, show_problems
from lensmith.errors import LensmithError, Problem, RecipeError, RunError
from lensmith.evaluation.metrics import build_metrics
from lensmith.ranks import count_ranks
from lensmith.rundir import read_json, read_jsonl_prefix, write_json
from lensmith.sweep.space import Dimension, Setting, as_overrides, describe_setting
from lensmith.sweep.trials import FAILED_FILE, PRUNED_FILE, PrunedError, Trial, read_run, write_failure
from lensmith.workflows.steps.reading import KNOWN
from lensmith.workflows.steps.recording import as_now

# What the base's answers depend on: whole sections, and of others what sets its precision.
ASKED_ALIKE = ("model", "data", "prompt", "evaluate", "tune.method", "tune.quantise", "train.precision")
# What stops every run of a sweep, so that going on would only write failures down.
STOPS_ALL = ("run/disk-full", "run/no-locks", "run/locked")
# What libraries raise at values that they do not take.
AT_VALUES = (ArithmeticError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class TrialTask:
    """A run as it is handed to a process.

    Attributes:
        trial: the setting.
        seed: of this run.
        recipe: the sweep's.
        overrides: over all of its trials.
        prune: stop it where it does worse than half of the others.
    """

    trial: Trial
    seed: int
    recipe: Path
    overrides: tuple[str, ...]
    prune: bool

    @property
    def folder(self) -> Path:
        """The run's."""
        return self.trial.run_folder(self.seed)


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
    """Runs a setting with one seed, unless it ended before; how it ended is in its folder.

    A run that was killed is taken up. One that fails is written down, and that is all: the others can go on.

    Raises:
        RunError: nothing can be written, or another process works in the folder.
    """
    if read_run(task.trial, task.seed).ended in ("finished", "pruned"):
        return
    (task.folder / FAILED_FILE).unlink(missing_ok=True)
    say(f"── {task.trial.name}, seed {task.seed}: {describe_setting(task.trial.setting)}")
    try:
        _train(task)
    except PrunedError as error:
        say(f"  stopped: {error.problems[0].found}")
        write_json(task.folder / PRUNED_FILE, {"reason": error.problems[0].found})
    except LensmithError as error:
        if error.problems[0].code in STOPS_ALL:
            raise
        show_problems(error.problems)
        write_failure(task.folder, error)
    except AT_VALUES as error:
        traceback.print_exc()
        found = f"something lensmith did not expect: {type(error).__name__}: {error}"
        write_failure(task.folder, RunError(Problem("sweep/unexpected", str(task.folder), found)))


def _train(task: TrialTask) -> None:
    from lensmith.sweep.pruning import Pruner  # torch is for who trains, not for who waits for those
    from lensmith.workflows.train import train_recipe

    loaded = load_trial(task)
    lend_answers(task.folder, loaded.recipe)
    pruner = Pruner(task.folder, task.trial.folder.parent, loaded.recipe.train.best)
    train_recipe(loaded, [pruner] if task.prune else [])


def load_trial(task: TrialTask) -> LoadedRecipe:
    """The recipe of one run: the setting and the seed laid over the sweep's, the division of the data the same for all.

    Raises:
        RecipeError: the values make no sense together.
    """
    common = load_recipe(task.recipe, task.overrides, known=KNOWN)
    divided_by = common.recipe.data.split.seed
    own = {
        **task.trial.setting,
        "run.seed": task.seed,
        "run.out": str(task.folder),
        "data.split.seed": common.recipe.run.seed if divided_by is None else divided_by,
    }
    loaded = load_recipe(task.recipe, [*task.overrides, *as_overrides(own)], known=KNOWN)
    alone = loaded.recipe.model_copy(update={"sweep": SweepSection()})
    return replace(loaded, recipe=alone)


def lend_answers(run: Path, recipe: Recipe) -> None:
    """Gives a run the base's answers of another that asked the same model the same questions in the same way."""
    if (run / "before.jsonl").exists():
        return
    wanted = asked_alike(recipe.model_dump(mode="json"))
    for path in sorted(run.parent.parent.glob("*/*/before.jsonl")):
        lender = path.parent
        began = (lender / "recipe.json").exists()  # else it failed with answers that it was lent itself
        if began and asked_alike(as_now(read_json(lender / "recipe.json")["asked"])) == wanted and _is_whole(path):
            run.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, run / ".before.jsonl")
            (run / ".before.jsonl").replace(run / "before.jsonl")
            say(f"  the base's answers are those of {lender.parent.name}, {lender.name}")
            return


def asked_alike(recipe: dict[str, Any]) -> list[Any]:
    """What the base's answers depend on, in a recipe as it was asked for."""
    found = []
    for key in ASKED_ALIKE:
        section, _, name = key.partition(".")
        found.append(recipe[section].get(name) if name else recipe[section])
    return found


def _is_whole(answers: Path) -> bool:
    """True once there is an answer to each test question."""
    return len(read_jsonl_prefix(answers)) == len(read_json(answers.parent / "data.json")["ids"]["test"])


def claim_sweep(folder: Path, recipe: Recipe) -> None:
    """Makes the folder this sweep's, or finds it is; more trials, settings or workers do not make it another.

    Raises:
        RunError: it holds a sweep of another recipe, space or objectives.
    """
    path = folder / "asked.json"
    asked = recipe.model_dump(mode="json")
    if not path.exists():
        write_json(path, asked)
        return
    mine, begun = (_lasting(as_now(each)) for each in (asked, read_json(path)))
    if mine == begun:
        return
    changed = ", ".join(sorted(name for name in mine if mine[name] != begun.get(name)))
    found = f"the folder holds a sweep of another recipe, space or objectives; sections that differ: {changed}"
    fix = "give this sweep another folder with --out, or delete that one"
    raise RunError(Problem("sweep/other", str(folder), found, consequence="two sweeps would be mixed", fix=fix))


def _lasting(asked: dict[str, Any]) -> dict[str, Any]:
    """A recipe without what may change while a sweep goes on."""
    may_change = ("trials", "settings", "workers", "prune")
    return {**asked, "sweep": {name: value for name, value in asked["sweep"].items() if name not in may_change}}


def refuse_ranks() -> None:
    """Makes sure that this is the sweep's only process.

    Raises:
        RecipeError: a launcher started several, and each would run every setting in the same folders.
    """
    if count_ranks() > 1:
        found = f"a launcher started {count_ranks()} processes, each with this whole sweep"
        consequence = "they would run the same settings in the same folders; a sweep gives each run one process"
        fix = (
            "start it once, without torchrun, accelerate launch or srun; for several runs at a time, "
            "--set sweep.workers=N on this machine or --on ray on many. What needs several processes for one run is "
            "`lensmith train`"
        )
        raise RecipeError(Problem("sweep/ranks", "WORLD_SIZE", found, consequence=consequence, fix=fix))


def nothing_to_try() -> RecipeError:
    """What is wrong with a recipe that asks for no sweep."""
    found = "the recipe's sweep section names neither a space nor settings"
    fix = "write for example sweep: {space: {tune.lora.r: [4, 16]}}"
    return RecipeError(Problem("sweep/nothing", "sweep.space", found, consequence="there is nothing to try", fix=fix))
