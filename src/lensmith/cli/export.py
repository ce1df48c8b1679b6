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
@click.option(
    "--quantise",
    type=click.Choice(["4bit", "8bit"]),
    help="Write the whole model, its language layers in so many bits.",
)
@click.option("--gguf", is_flag=True, help="Merge, then write GGUF files for llama.cpp, or tell the commands for it.")
@click.option("--llama-cpp", type=click.Path(path_type=Path), help="With --gguf: a checkout of llama.cpp to run.")
@click.option("--push", "hub_id", metavar="OWNER/NAME", help="Send the folder to a hub, into a private repository.")
@click.option("--public", is_flag=True, help="With --push: let everybody have it.")
@click.option(
    "--dry-run", is_flag=True, help="With --push: write the folder and show what would be sent; send nothing."
)
@json_option
def export(
    run: Path,
    out: Path,
    merge: bool,
    precision: str,
    quantise: str | None,
    gguf: bool,
    llama_cpp: Path | None,
    hub_id: str | None,
    public: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Writes the model of RUN so that transformers or PEFT loads it with no lensmith code."""
    if hub_id is None and (public or dry_run):
        raise click.UsageError("--public and --dry-run without --push have no effect")

    if llama_cpp is not None and not gguf:
        raise click.UsageError("--llama-cpp without --gguf has no effect")
    if gguf and quantise:
        raise click.UsageError("GGUF files are made of whole numbers: leave out --quantise, and use llama-quantize")

    if hub_id is not None:
        from lensmith.training.upload import check_hub_id

        check_hub_id(hub_id)

    from lensmith.workflows.export import export_gguf, export_model, push_model

    files: list[Path] = []
    if gguf:
        written, files = export_gguf(run, out, precision=precision, checkout=llama_cpp)  # type: ignore[arg-type]
    else:
        how = {"precision": precision, "quantise": quantise or "none"}
        written = export_model(run, out, merge=merge, **how)  # type: ignore[arg-type]
    say(f"written: {written}")
    pushed = push_model(written, hub_id, public=public, dry_run=dry_run).to_json() if hub_id else None
    if as_json:
        sent = {} if pushed is None else {"push": {**pushed, "sent": not dry_run}}
        told = {"merged": merge or gguf, "quantised": quantise, "gguf": [str(file.absolute()) for file in files]}
        show_json({"written": str(written.absolute()), **told, **sent})
