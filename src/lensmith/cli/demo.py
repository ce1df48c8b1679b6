"""`lensmith demo`."""

from pathlib import Path

import click

from lensmith.cli.options import json_option, out_option


@click.command()
@out_option("The folder for the model, the pictures, the recipe and the run.", default="demo")
@click.option("--pictures", type=click.IntRange(min=8), default=None, help="How many pictures to learn from.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="All that is random follows it.")
@json_option
def demo(out: Path, pictures: int | None, seed: int, as_json: bool) -> None:
    """Shows the whole story on a small model, on a CPU, in minutes.

    Builds a model that knows nothing, draws pictures of coloured shapes with questions in English and Russian,
    asks, trains, asks again and compares. A demo that was stopped is taken up by the same command.
    """
    from lensmith.cli.outcome import show_outcome
    from lensmith.lab.demo import PICTURES
    from lensmith.workflows.demo import run_demo

    show_outcome(run_demo(out, seed=seed, pictures=pictures or PICTURES), as_json=as_json)
