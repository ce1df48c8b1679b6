"""`lensmith sweep`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lensmith import console
from lensmith.cli.options import json_option, out_option, recipe_argument, set_option

if TYPE_CHECKING:
    from lensmith.sweep.outcome import SweepOutcome


@click.command()
@recipe_argument
@set_option
@out_option("The sweep's folder; else beside the recipe's run folder.")
@click.option(
    "--on",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where runs go: this machine, or a Ray cluster.",
)
@json_option
def sweep(recipe: Path, overrides: tuple[str, ...], out: Path | None, on: str, as_json: bool) -> None:
    """Runs RECIPE with every setting that its `sweep` section asks for, and compares them.

    A sweep that was stopped is taken up by the same command; runs that finished are not repeated.
    """
    from lensmith.workflows.sweep import sweep_recipe

    show_sweep(sweep_recipe(recipe, overrides, out, on), as_json=as_json)


def show_sweep(outcome: "SweepOutcome", *, as_json: bool) -> None:
    """Prints what a sweep came to, as a table or as one JSON object."""
    for run in outcome.unfinished:
        console.warn(f"{run.trial.name}, seed {run.seed} {run.ended}: {run.reason}")
    if as_json:
        console.show_json(outcome.to_json())
        return
    headings, rows = outcome.table()
    console.show_table("settings; ★: nothing beats it in everything", headings, rows, result=True)
    for sentence in (*(gap.sentence() for gap in outcome.gaps), *(effect.sentence() for effect in outcome.effects)):
        console.say(sentence)
    for sentence in (*outcome.describe_subjects(), *outcome.best):
        console.say(sentence)
    console.say(f"page: {outcome.folder / 'sweep.html'}; all of it: {outcome.folder / 'sweep.json'}")
