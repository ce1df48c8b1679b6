"""build → draw → read → train: the demo, which is a run like any other once its folder is written."""

from pathlib import Path

from lensmith.console import say
from lensmith.lab.demo import blind_accuracy, write_demo
from lensmith.workflows.steps.judging import Outcome
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe


def run_demo(out: Path, *, seed: int, pictures: int) -> Outcome:
    """Builds a blank model, draws a world, and trains the one on the other; a demo that was stopped is taken up.

    Args:
        out: for model/, world/, recipe.yaml and run/.
        seed: of the weights, the pictures and the run.
        pictures: to learn from.

    Raises:
        LensmithError: with all problems of the step that found them.
    """
    say(f"drawing {pictures} pictures with questions and building a blank model in {out}")
    recipe = write_demo(out, seed=seed, pictures=pictures)
    say(f"  who answers without looking gets {blind_accuracy(out):.0%} of the test questions right")
    return train_recipe(read_recipe(recipe, ()))
