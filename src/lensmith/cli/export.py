"""`lensmith export`."""

from pathlib import Path

import click

from lensmith.cli.options import json_option
from lensmith.console import say, show_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write; it must not exist.")
@click.option("--merge", is_flag=True, help="Add the adapter into the base model's weights.")
@click.option("--precision", type=click.Choice(["fp32", "bf16", "fp16"]), default="fp32", help="Of merged weights.")
@json_option
def export(run: Path, out: Path, merge: bool, precision: str, as_json: bool) -> None:
    """Writes the model of RUN so that transformers or PEFT loads it with no lensmith code."""
    from lensmith.workflows.export import export_model

    written = export_model(run, out, merge=merge, precision=precision)  # type: ignore[arg-type]
    say(f"written: {written}")
    if as_json:
        show_json({"written": str(written.absolute()), "merged": merge})
