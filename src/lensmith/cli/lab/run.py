"""`lensmith lab run`: an experiment on a drawn world."""

from pathlib import Path

import click

from lensmith.cli.lab.options import twin_options


@click.command()
@twin_options
def run(twin: str, out: Path, pictures: int | None, seed: int, overrides: tuple[str, ...], as_json: bool) -> int:
    """Draws the world of TWIN into the folder OUT, asks, trains, asks again and compares.

    `lensmith lab twins` lists them. One that was stopped is taken up by the same command.
    """
    from lensmith.cli.outcome import show_outcome
    from lensmith.workflows.lab_run import run_twin

    return show_outcome(run_twin(twin, out, pictures=pictures, seed=seed, overrides=overrides), as_json=as_json)
