"""`lensmith lab worlds`: which worlds there are."""

import click

from lensmith import console
from lensmith.cli.options import json_option


@click.command()
@json_option
def worlds(as_json: bool) -> None:
    """Lists the worlds that `lensmith lab make` draws, one line each."""
    from lensmith.workflows.lab_worlds import list_worlds

    summaries = list_worlds()
    if as_json:
        console.show_json({"worlds": [{"name": name, "summary": text} for name, text in summaries.items()]})
    else:
        console.show_table("", ("world", "what it draws"), summaries.items(), result=True)
