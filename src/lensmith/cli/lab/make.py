"""`lensmith lab make`: draws a world."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lensmith import console
from lensmith.cli.options import json_option

if TYPE_CHECKING:
    from lensmith.workflows.lab_make import MadeWorld


@click.command()
@click.argument("world")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--size", type=click.IntRange(min=1), default=1000, show_default=True, help="Training pictures.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="All that is random follows it.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=None, help="Processes that draw; otherwise as many as pay."
)
@json_option
def make(world: str, out: Path, size: int, seed: int, workers: int | None, as_json: bool) -> None:
    """Draws WORLD into the folder OUT.

    `lensmith lab worlds` lists the worlds. The same seed gives the same bytes. An eighth as many pictures as --size
    are held out for the test. OUT/world.yaml holds the `data` section of a recipe that reads the folder, and tells
    what one gets right without looking. A world that was stopped is drawn again by the same command; a folder that
    holds anything else is left alone.
    """
    from lensmith.workflows.lab_make import make_world

    made = make_world(world, out, pictures=size, seed=seed, workers=workers)
    if as_json:
        console.show_json(made.to_json())
    else:
        show(made)


def show(made: "MadeWorld") -> None:
    """Prints what each part holds, and what one gets right there without looking."""
    folder = made.folder
    parts = [(part, count, folder.questions[part]) for part, count in folder.pictures.items()]
    console.show_table("", ("part", "pictures", "questions"), parts, result=True)
    blind = [(kind, f"{accuracy:.1%}") for kind, accuracy in folder.blind.items()]
    console.show_table("", ("kind of question", "right without looking, in the test"), blind, result=True)
    console.say(f"written: {folder.out}; its `data` section for a recipe: {made.description}")
