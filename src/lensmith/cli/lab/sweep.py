"""`lensmith lab sweep`: an experiment on a drawn world, with many settings."""

from pathlib import Path

import click

from lensmith.cli.lab.options import twin_options


@click.command()
@twin_options
def sweep(twin: str, out: Path, pictures: int | None, seed: int, overrides: tuple[str, ...], as_json: bool) -> None:
    """Draws the world of TWIN into the folder OUT and runs its recipe with every setting that its sweep asks for.

    One that was stopped is taken up by the same command.
    """
    from lensmith.cli.sweep import show_sweep
    from lensmith.workflows.lab_sweep import sweep_twin

    show_sweep(sweep_twin(twin, out, pictures=pictures, seed=seed, overrides=overrides), as_json=as_json)
