"""draw → read → train: an experiment of the lab, which is a run like any other once its folder is written."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.console import say
from lensmith.lab.twins import TWINS, write_twin
from lensmith.workflows.steps.judging import Outcome
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe


def run_twin(name: str, out: Path, *, pictures: int | None, seed: int, overrides: Sequence[str] = ()) -> Outcome:
    """Draws what a twin learns from and trains it; one that was stopped is taken up by the same call.

    Args:
        name: of a twin.
        out: for world/, recipe.yaml and run/.
        pictures: to learn from; None: as many as the twin is made for.
        seed: of the pictures and the run.
        overrides: settings over the twin's own, as `--set` takes them.

    Raises:
        LensmithError: with all problems of the step that found them.
    """
    twin = TWINS[name]
    say(f"{name}: {twin.summary}; drawing the world `{twin.world}` in {out}")
    recipe = write_twin(name, out, pictures=pictures, seed=seed)
    return train_recipe(read_recipe(recipe, (*twin.overrides, *overrides)))
