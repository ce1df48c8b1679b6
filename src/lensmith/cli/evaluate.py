"""`lensmith evaluate`."""

from pathlib import Path

import click

from lensmith.cli.options import data_argument, json_option, out_option, parse_columns, set_option


@click.command()
@click.argument("model")
@data_argument
@click.option("--format", "form", default="auto", help="How the data is laid out; by default recognised.")
@click.option("--columns", default="", metavar="ROLE=COLUMN,…", help="Which column holds what, for example question=q.")
@click.option("--images", default=None, help="The folder that image paths start from.")
@click.option("--split", default=None, help="The split to read, where the data has several.")
@set_option
@out_option("The folder for answers and scores; by default in runs/.")
@json_option
def evaluate(
    model: str,
    data: tuple[str, ...],
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    **source: str | None,
) -> None:
    """Asks MODEL the questions in DATA, and scores its answers where the data has any.

    MODEL is a run folder, a folder with an adapter or a model, or a hub id. A run's model is asked and judged as
    in that run. An evaluation that was stopped is taken up by the same command.
    """
    from lensmith.workflows.steps.reading import read_question

    loaded = read_question(model, _sections(data, source), overrides, out)

    from lensmith.cli.outcome import show_scores
    from lensmith.workflows.evaluate import evaluate_model

    show_scores(evaluate_model(loaded), as_json=as_json)


def _sections(data: tuple[str, ...], source: dict[str, str | None]) -> list[dict[str, object]]:
    """The source section that the options describe, for each path."""
    described = {
        "format": source["form"],
        "columns": parse_columns(source["columns"] or ""),
        "images": source["images"],
        "split": source["split"],
    }
    return [{"path": path, **described} for path in data]
