"""`lensmith train`."""

from pathlib import Path

import click

from lensmith.cli.options import json_option, out_option, recipe_argument, set_option


@click.command()
@recipe_argument
@set_option
@out_option("The run folder, over what the recipe says.")
@json_option
def train(recipe: Path, overrides: tuple[str, ...], out: Path | None, as_json: bool) -> int:
    """Trains as RECIPE says and compares the model before and after.

    RECIPE is a file, or the folder of a run to be taken up. A run that was stopped, in whatever way, is taken
    up by the same command.
    """
    from lensmith.workflows.steps.reading import read_recipe

    loaded = read_recipe(recipe, overrides, out)

    from lensmith.cli.outcome import show_outcome
    from lensmith.workflows.train import train_recipe

    return show_outcome(train_recipe(loaded), as_json=as_json)
