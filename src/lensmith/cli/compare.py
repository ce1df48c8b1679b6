"""`lensmith compare`."""

from pathlib import Path
from typing import Any

import click

from lensmith import console
from lensmith.cli.judging import images_option, judging_options
from lensmith.cli.options import json_option


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path))
@judging_options
@images_option
@json_option
def compare(runs: tuple[Path, ...], columns: str, images: Path | None, as_json: bool, **judging: Any) -> None:
    """Tells what changed between answers to the same questions, and whether it can be chance.

    One RUN: its answers before training against those after. Several: what each ended with against the first.
    A file of predictions may stand in the place of a run.
    """
    from lensmith.cli.judging import judging_choice, show_tables
    from lensmith.cli.options import parse_columns
    from lensmith.evaluation.subject_tables import subject_tables
    from lensmith.evaluation.summary import comparison_remarks, comparison_tables, slice_tables
    from lensmith.workflows.compare import compare_paths

    compared = compare_paths(runs, parse_columns(columns), judging_choice(**judging), images)
    for pair in compared:
        console.say(f"before: {pair.before.path}")
        console.say(f"after: {pair.after.path}")
        for side in (pair.before, pair.after):
            if side.problems:
                console.warn(f"{side.path}: {len(side.problems)} of {side.rows} rows are left out:")
                console.show_problems(side.problems)
        for remark in comparison_remarks(pair.comparison):
            console.warn(remark)
        if not as_json:
            shown = subject_tables(pair.subjects) if pair.subjects else []
            show_tables([*comparison_tables(pair.comparison), *shown, *slice_tables(pair.slices)])
    if as_json:
        console.show_json({"comparisons": [pair.to_json() for pair in compared]})
