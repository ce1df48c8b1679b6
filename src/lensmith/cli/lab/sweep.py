"""`lensmith lab sweep`: an experiment on a drawn world, with many settings."""

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
def sweep(twin: str, out: Path, pictures: int | None, seed: int, overrides: tuple[str, ...], as_json: bool) -> None:
    """Draws the world of TWIN into the folder OUT and runs its recipe with every setting that its sweep asks for.

    One that was stopped is taken up by the same command.
    """
    from lensmith.cli.sweep import show_sweep
    from lensmith.workflows.lab_sweep import sweep_twin

    show_sweep(sweep_twin(twin, out, pictures=pictures, seed=seed, overrides=overrides), as_json=as_json)
