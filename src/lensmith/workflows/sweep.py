"""check → try settings → search the space → table → page: many runs of one recipe, in order."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.console import say
from lensmith.evaluation.metrics import build_metrics
from lensmith.report.sweeps.page import write_sweep_page
from lensmith.report.writing import PageChoice
from lensmith.rundir import RunDir, write_json
from lensmith.sweep.objectives import read_objectives
from lensmith.sweep.outcome import FILE, SweepOutcome, make_outcome
from lensmith.sweep.pools import open_pool
from lensmith.sweep.space import read_space, spread_grid
from lensmith.sweep.trials import read_trial
from lensmith.workflows.steps.driving import SweepTrials
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.steps.recording import run_folder
from lensmith.workflows.steps.trials import check_settings, claim_sweep, nothing_to_try, refuse_ranks, run_trial


def sweep_recipe(recipe: Path, overrides: Sequence[str], out: Path | None, on: str) -> SweepOutcome:
    """Runs every setting that the recipe's `sweep` section asks for, and says what they came to.

    A sweep that was stopped is taken up by the same call: runs that finished are not repeated.

    Args:
        recipe: a file with a `sweep` section.
        overrides: `section.key=value`.
        out: the sweep's folder; None: beside the run folder that the recipe names.
        on: `local` or `ray`.

    Raises:
        RecipeError: nothing is asked for, values are wrong, or a launcher started several processes; nothing began.
        RunError: the folder holds another sweep.
    """
    refuse_ranks()
    loaded = read_recipe(recipe, overrides)
    asked = loaded.recipe.sweep
    space = read_space(asked)
    given = dict(asked.settings)
    if space and asked.search == "grid":
        given |= {f"grid-{at:03d}": dict(point) for at, point in enumerate(spread_grid(space))}
    if not given and not space:
        raise nothing_to_try()
    evaluate = loaded.recipe.evaluate
    objectives = read_objectives(asked.objectives, build_metrics(evaluate), evaluate.slices)
    check_settings(recipe, overrides, list(given.values()), space)
    folder = out or run_folder(loaded).path.with_name(f"{run_folder(loaded).path.name}-sweep")
    with RunDir(folder).lock():
        claim_sweep(folder, loaded.recipe)
        trials = SweepTrials(folder, loaded.recipe, objectives, given)
        tries = len(given) + (asked.trials if trials.searched else 0)
        say(f"{tries} settings with {asked.seeds} seeds each, {asked.workers} at a time, in {folder}")
        with open_pool(run_trial, asked.workers, on) as pool:
            for trial in trials.drive(pool, recipe, tuple(overrides)):
                say(f"{trial.name}: " + ", ".join(f"seed {run.seed} {run.ended}" for run in read_trial(trial)))
        outcome = make_outcome(folder, loaded.recipe, trials.all(), objectives)
        write_json(folder / FILE, outcome.to_json())
        write_sweep_page(folder, PageChoice())
        return outcome
