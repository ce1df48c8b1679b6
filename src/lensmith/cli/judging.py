"""Options of the verbs that judge predictions, and how their results are shown."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from lensmith.console import show_table
from lensmith.evaluation.choices import JudgingChoice
from lensmith.evaluation.summary import TextTable

Command = TypeVar("Command", bound=Callable[..., Any])

IMAGES_HELP = "Where the pictures are that the groups name: slices by brightness, contrast, sharpness and size."
COLUMNS_HELP = "Which column holds what, for example question=q,answer=gold,prediction=pred,group=imageId."


def judging_options(command: Command) -> Command:
    """Adds `--columns`, `--metrics`, `--labels`, `--positive`, `--unknown`, `--slices` and `--seed`."""
    options = (
        click.option("--columns", default="", metavar="ROLE=COLUMN,…", help=COLUMNS_HELP),
        click.option("--metrics", metavar="NAME,…", help="How to judge; by default exact_match,yes_no."),
        click.option("--labels", metavar="LABEL,…", help="The classes; answers are also judged by `label` then."),
        click.option("--positive", metavar="LABEL", help="The label that precision, recall and F1 are about."),
        click.option("--unknown", metavar="LABEL", help="What an answer counts as that names no label."),
        click.option("--slices", metavar="COLUMN,…", help="Columns by whose values the scores are shown apart."),
        click.option("--seed", type=click.IntRange(min=0), help="The seed of the intervals; by default 0."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def images_option(command: Command) -> Command:
    """Adds `--images`."""
    folder = click.Path(path_type=Path, exists=True, file_okay=False)
    return click.option("--images", metavar="FOLDER", type=folder, help=IMAGES_HELP)(command)


def judging_choice(*, metrics: str | None, labels: str | None, slices: str | None, **single: Any) -> JudgingChoice:
    """What the options say: lists between commas, and `positive`, `unknown` and `seed` as they are."""
    return JudgingChoice(metrics=_listed(metrics), labels=_listed(labels), slices=_listed(slices), **single)


def show_tables(tables: Iterable[TextTable]) -> None:
    """Prints tables as the command's result."""
    for table in tables:
        show_table(table.title, table.columns, table.rows, result=True)


def _listed(text: str | None) -> tuple[str, ...] | None:
    """The items between commas; None where there are none."""
    items = tuple(item.strip() for item in (text or "").split(",") if item.strip())
    return items or None
