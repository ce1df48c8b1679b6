"""`lensmith lab build`: pretrains a base model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lensmith import console
from lensmith.cli.options import json_option

if TYPE_CHECKING:
    from lensmith.workflows.lab_build import BuiltBase

EPOCHS = click.FloatRange(min=0, min_open=True)
PRECISION = "bf16 is faster where the processor multiplies bfloat16, fp32 where it does not."


@click.command()
@click.argument("base")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--pictures", type=click.IntRange(min=8), default=None, help="To learn from; else as the shipped one.")
@click.option("--seeing-epochs", type=EPOCHS, default=None, help="Over pictures, for the tower to learn to see.")
@click.option("--epochs", type=EPOCHS, default=None, help="Over pictures, for the whole to learn to answer.")
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="bf16", show_default=True, help=PRECISION)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="All that is random follows it.")
@json_option
def build(base: str, out: Path, as_json: bool, **plan: Any) -> None:
    """Pretrains BASE (the models called lab/…) from nothing in the folder OUT, and writes it to OUT/model.

    Hours of work on two cores. It may be stopped at any time: the same command takes it up.
    """
    from lensmith.lab.pretraining import plan_pretraining
    from lensmith.workflows.lab_build import build_base

    built = build_base(base, out, plan_pretraining(base, **plan))
    if as_json:
        console.show_json({"folder": str(built.folder), **built.outcome.to_json(), "by_kind": dict(built.by_kind)})
    else:
        show(built)


def show(built: "BuiltBase") -> None:
    """Prints how many held-out questions of each kind are answered right, and where the model is."""
    rows = [(kind, f"{value:.1%}", asked) for kind, (value, asked) in built.by_kind.items()]
    console.show_table("held-out questions", ("kind", "right", "asked"), rows, result=True)
    console.say(f"written: {built.folder}")
