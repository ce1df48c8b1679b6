"""Options that several verbs share, each named and described once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from lensmith.config.sections import SourceSection
from lensmith.errors import Problem, RecipeError

Command = TypeVar("Command", bound=Callable[..., Any])


def recipe_argument(command: Command) -> Command:
    """Adds RECIPE, a path, as `recipe`."""
    return click.argument("recipe", type=click.Path(path_type=Path))(command)


def data_argument(command: Command) -> Command:
    """Adds DATA, one or more files, folders or hub ids, as `data`: a tuple of texts, none of them empty."""
    return click.argument("data", nargs=-1, required=True, callback=refuse_empty)(command)


def refuse_empty(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values, none of them empty; a click callback."""
    if not all(value.strip() for value in values):
        raise click.BadParameter("an empty name names nothing", context, parameter)
    return values


def set_option(command: Command) -> Command:
    """Adds `--set`, which may be repeated, as `overrides`: what `load_recipe` takes."""
    text = "Give a setting another value, for example --set train.epochs=1; may be repeated."
    return click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help=text)(command)


def json_option(command: Command) -> Command:
    """Adds `--json` as `as_json`: then stdout holds exactly one JSON object."""
    text = "Print the result, or the problems, as one JSON object on stdout."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def out_option(text: str, *, default: str | None = None) -> Callable[[Command], Command]:
    """Adds `--out`, a path, as `out`.

    Args:
        text: what is written there.
        default: where it goes when nothing is said; None when the command decides.
    """
    path = click.Path(path_type=Path)
    return click.option("--out", type=path, default=default, show_default=default is not None, help=text)


def choices(setting: str) -> click.Choice[str]:
    """What a setting of a source may be, as a recipe has it.

    >>> choices("ask").choices
    ('label', 'presence')
    """
    return click.Choice(get_args(SourceSection.model_fields[setting].annotation))


def parse_columns(text: str) -> dict[str, str]:
    """`question=q,answer=a` as a mapping.

    >>> parse_columns("question=q, answer=ответ")
    {'question': 'q', 'answer': 'ответ'}

    Raises:
        RecipeError: a piece is not of the form field=column, or a field comes twice; all such pieces are told.
    """
    split = [piece.partition("=") for piece in text.split(",") if piece.strip()]
    pieces = [(field.strip(), column.strip()) for field, _, column in split]
    fields = [field for field, _ in pieces]
    problems = [
        Problem("usage/columns", "--columns", found, "field=column,field=column", fix="for example question=q,answer=a")
        for found in (
            *(f"`{field}` names no column" for field, column in pieces if not field or not column),
            *(f"`{field}` is given twice" for field in dict.fromkeys(fields) if fields.count(field) > 1),
        )
    ]
    if problems:
        raise RecipeError(problems)
    return dict(pieces)
