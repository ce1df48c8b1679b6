"""`lensmith evaluate`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from lensmith.cli.options import json_option, out_option, parse_columns, refuse_empty, set_option


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="[MODEL] DATA...", callback=refuse_empty)
@click.option("--format", "form", default="auto", help="How the data is laid out; by default recognised.")
@click.option("--columns", default="", metavar="ROLE=COLUMN,…", help="Which column holds what, for example question=q.")
@click.option("--images", default=None, help="The folder that image paths start from.")
@click.option("--split", default=None, help="The split to read, where the data has several.")
@click.option("--endpoint", metavar="URL", help="Ask a served model: an OpenAI-compatible address, up to /v1.")
@click.option("--model", metavar="NAME", help="With --endpoint: the model's name there.")
@click.option("--like", type=click.Path(path_type=Path), help="With --endpoint: the run to ask and judge as in.")
@click.option("--concurrency", type=click.IntRange(min=1, max=256), help="With --endpoint: questions at a time; 4.")
@click.option("--timeout", type=click.FloatRange(min=0.1), help="With --endpoint: seconds without a word; 120.")
@set_option
@out_option("The folder for answers and scores; by default in runs/.")
@json_option
def evaluate(
    names: tuple[str, ...],
    overrides: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    endpoint: str | None,
    model: str | None,
    like: Path | None,
    concurrency: int | None,
    timeout: float | None,
    **source: str | None,
) -> None:
    """Asks MODEL the questions in DATA, and scores its answers where the data has any.

    MODEL is a run folder, a folder with an adapter or a model, or a hub id. A run's model is asked and judged as
    in that run. An evaluation that was stopped is taken up by the same command.

    With --endpoint URL --model NAME there is no MODEL: all names are DATA. A key that the endpoint asks for is read
    from the environment variable LENSMITH_API_KEY, and never written.
    """
    served = {"model": model, "like": like, "concurrency": concurrency, "timeout": timeout}
    if endpoint is None:
        given = [f"--{name}" for name, value in served.items() if value is not None]
        if given:
            raise click.UsageError(f"{', '.join(given)} without --endpoint has no effect")
        _evaluate_here(names, source, overrides, out, as_json=as_json)
        return
    if model is None:
        raise click.UsageError("--endpoint needs --model NAME: the model's name there")

    from lensmith.evaluation.endpoint import Endpoint
    from lensmith.workflows.steps.reading import read_served_question

    patience = {"concurrency": concurrency, "timeout_s": timeout}
    where = Endpoint(endpoint, model, **{name: value for name, value in patience.items() if value is not None})  # type: ignore[arg-type]
    loaded = read_served_question(model, like, _sections(names, source), overrides, out)

    from lensmith.cli.outcome import show_evaluated
    from lensmith.workflows.evaluate_endpoint import evaluate_endpoint

    show_evaluated(evaluate_endpoint(loaded, where), as_json=as_json)


def _evaluate_here(
    names: tuple[str, ...],
    source: dict[str, str | None],
    overrides: tuple[str, ...],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Loads the model that comes first among the names and asks it the rest."""
    name, *data = names
    if not data:
        raise click.UsageError("Missing argument 'DATA...': give a model and what it is to be asked")

    from lensmith.workflows.steps.reading import read_question

    loaded = read_question(name, _sections(data, source), overrides, out)

    from lensmith.cli.outcome import show_evaluated
    from lensmith.workflows.evaluate import evaluate_model

    show_evaluated(evaluate_model(loaded), as_json=as_json)


def _sections(data: Sequence[str], source: Mapping[str, str | None]) -> list[dict[str, object]]:
    """The source section that the options describe, for each path."""
    described = {
        "format": source["form"],
        "columns": parse_columns(source["columns"] or ""),
        "images": source["images"],
        "split": source["split"],
    }
    return [{"path": path, **described} for path in data]
