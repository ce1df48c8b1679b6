"""`lensmith demo`."""

from pathlib import Path

import click

from lensmith.cli.options import json_option, out_option


@click.command()
@out_option("The folder for the pictures, the recipe and the run.", default="demo")
@click.option("--pictures", type=click.IntRange(min=8), default=None, help="How many pictures to learn from.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="All that is random follows it.")
@json_option
def demo(out: Path, pictures: int | None, seed: int, as_json: bool) -> int:
    """Shows the whole story on a small model, on a CPU, in minutes.

    Draws streets with and without a zebra crossing, asks a small model that has never seen one, teaches it, asks again
    and compares. A demo that was stopped is taken up by the same command. It is `lensmith lab run crosswalk`.
    """
    from lensmith.cli.outcome import show_outcome
    from lensmith.workflows.lab_run import run_twin

    return show_outcome(run_twin("crosswalk", out, pictures=pictures, seed=seed), as_json=as_json)
