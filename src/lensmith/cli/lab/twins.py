"""`lensmith lab twins`: which experiments there are."""

import click

from lensmith import console
from lensmith.cli.options import json_option


@click.command()
@json_option
def twins(as_json: bool) -> None:
    """Lists the experiments that `lensmith lab run` makes, one line each."""
    from lensmith.workflows.lab_twins import list_twins

    found = list_twins()
    if as_json:
        listed = [{"name": name, "world": twin.world, "summary": twin.summary} for name, twin in found.items()]
        console.show_json({"twins": listed})
    else:
        rows = [(name, twin.world, twin.summary) for name, twin in found.items()]
        console.show_table("", ("twin", "world", "what it shows"), rows, result=True)
