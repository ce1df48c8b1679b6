"""`lensmith score`."""

from pathlib import Path
from typing import Any

import click

from lensmith import console
from lensmith.cli.judging import images_option, judging_options
from lensmith.cli.options import json_option


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@judging_options
@images_option
@json_option
def score(predictions: Path, columns: str, images: Path | None, as_json: bool, **judging: Any) -> None:
    """Scores the answers in PREDICTIONS, made by lensmith or by anything else.

    PREDICTIONS is JSON lines, a JSON list, CSV or TSV with a column for the accepted answers and one for the
    answers given. A column that names the picture (--columns group=NAME) makes the intervals honest where
    several questions share one.
    """
    from lensmith.cli.judging import judging_choice, show_tables
    from lensmith.cli.options import parse_columns
    from lensmith.evaluation.summary import score_remarks, score_tables, slice_tables
    from lensmith.workflows.score import score_file

    scored = score_file(predictions, parse_columns(columns), judging_choice(**judging), images)
    for note in scored.source.notes:
        console.say(f"note: {note}")
    if scored.source.problems:
        console.warn(f"{len(scored.source.problems)} of {scored.source.rows} rows are left out:")
        console.show_problems(scored.source.problems)
    for remark in score_remarks(scored.scores):
        console.warn(remark)
    if as_json:
        console.show_json(scored.to_json())
    else:
        show_tables([*score_tables(scored.scores), *slice_tables(scored.slices)])
