"""What the commands share that make an experiment of a twin."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lensmith.cli.options import json_option, set_option

Command = TypeVar("Command", bound=Callable[..., Any])


def twin_options(command: Command) -> Command:
    """Adds TWIN, OUT, `--pictures`, `--seed`, `--set` and `--json`."""
    pictures = click.IntRange(min=8)
    text = "All that is random follows it."
    added = set_option(json_option(command))
    added = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help=text)(added)
    text = "To learn from; else as many as it is for."
    added = click.option("--pictures", type=pictures, default=None, help=text)(added)
    added = click.argument("out", type=click.Path(path_type=Path))(added)
    return click.argument("twin")(added)
