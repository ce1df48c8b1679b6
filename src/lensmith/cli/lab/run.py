"""`lensmith lab run`: an experiment on a drawn world."""

from pathlib import Path

import click

from lensmith.cli.options import json_option, set_option


@click.command()
@click.argument("twin")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--pictures", type=click.IntRange(min=8), default=None, help="To learn from; else as many as it is for.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="All that is random follows it.")
@set_option
@json_option
def run(twin: str, out: Path, pictures: int | None, seed: int, overrides: tuple[str, ...], as_json: bool) -> int:
    """Draws the world of TWIN into the folder OUT, asks, trains, asks again and compares.

    `lensmith lab twins` lists them. One that was stopped is taken up by the same command.
    """
    from lensmith.cli.outcome import show_outcome
    from lensmith.workflows.lab_run import run_twin

    return show_outcome(run_twin(twin, out, pictures=pictures, seed=seed, overrides=overrides), as_json=as_json)
