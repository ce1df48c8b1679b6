"""draw → try settings → table: an experiment of the lab with many settings."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.console import say
from lensmith.lab.twins import TWINS, write_twin
from lensmith.sweep.outcome import SweepOutcome
from lensmith.workflows.steps.trials import refuse_ranks
from lensmith.workflows.sweep import sweep_recipe


def sweep_twin(name: str, out: Path, *, pictures: int | None, seed: int, overrides: Sequence[str] = ()) -> SweepOutcome:
    """Draws what a twin learns from and sweeps its recipe; one that was stopped is taken up by the same call.

    Args:
        name: of a twin whose recipe has a `sweep` section, or with one in `overrides`.
        out: for world/, recipe.yaml and sweep/.
        pictures: to learn from; None: as many as the twin is made for.
        seed: of the pictures and the first run.
        overrides: settings over the twin's own, as `--set` takes them.

    Raises:
        LensmithError: with all problems of the step that found them.
    """
    refuse_ranks()  # before any of them draws
    twin = TWINS[name]
    say(f"{name}: {twin.summary}; drawing the world `{twin.world}` in {out}")
    recipe = write_twin(name, out, pictures=pictures, seed=seed)
    return sweep_recipe(recipe, (*twin.overrides, *overrides), out / "sweep", "local")
